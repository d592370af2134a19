"""What the site is made of: the source file of every page."""

import json
from pathlib import Path

import yaml

from course.tools import permissions
from course.tools.lessons import lessons
from course.tools.site import (
    course_map,
    curriculum,
    emulated,
    glossary,
    lesson_page,
    places,
    repository,
    studio,
)
from course.tools.site.curriculum import Curriculum

PAGES = ("*.md", "_*.yml", "figures/*", "_static/*", "_templates/*")


def assemble(root: Path, executed: Path) -> dict[str, bytes]:
    """Every source file of the site: its path inside the site and its content."""
    book, course = root / "book", curriculum.read(root)
    pages = {
        path.relative_to(book).as_posix(): path.read_bytes()
        for pattern in PAGES
        for path in sorted(book.glob(pattern))
    }
    config, found = pages["_config.yml"].decode(), lessons(folder=root / "notebooks")
    if "studio.md" in pages:
        text = pages["studio.md"].decode()
        pages["studio.md"] = studio.page(text, found, permissions.stored()).encode()
    pages |= {name: text.encode() for name, text in _written(root, course).items()}
    pages["_config.yml"] = repository.configured(config).encode()
    first = [repository.first_cell(repository.address(yaml.safe_load(config)))]
    for lesson in found:
        run = executed / lesson.path.name
        notebook = lesson_page.page(lesson.path, run, course, first)
        pages[lesson.page + ".ipynb"] = json.dumps(notebook, indent=1).encode()
    return pages


def _written(root: Path, course: Curriculum) -> dict[str, str]:
    """What is written when the site is built, from lessons, data and code."""
    found = lessons(folder=root / "notebooks")
    names = places.read(root / "book" / "where_is.yml")
    return {
        "_toc.yml": yaml.safe_dump(course.contents(), sort_keys=False),
        "_static/map.css": course_map.style(course),
        "lessons.md": course_map.page(course),
        "glossary.md": course.mark(glossary.page(found)),
        "where_is.md": places.page(names, course),
        "aws_operations.md": emulated.page(),
        "aws_commands.md": emulated.command_line(),
    }
