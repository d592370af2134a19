"""What the site is made of: the source file of every page."""

import json
from pathlib import Path

import yaml

from course.tools.lessons import Lesson, lessons
from course.tools.site import emulated, glossary, lesson_page
from course.tools.site.curriculum import contents, part_lessons

PAGES = ("*.md", "*.yml", "figures/*", "_static/*")


def assemble(root: Path, executed: Path) -> dict[str, bytes]:
    """Every source file of the site: its path inside the site and its content."""
    book = root / "book"
    pages = {
        path.relative_to(book).as_posix(): path.read_bytes()
        for pattern in PAGES
        for path in sorted(book.glob(pattern))
    }
    skeleton = yaml.safe_load((book / "_toc.yml").read_text(encoding="utf-8"))
    found = lessons(folder=root / "notebooks")
    toc = yaml.safe_dump(contents(skeleton, found), sort_keys=False)
    pages["_toc.yml"] = toc.encode()
    pages["lessons.md"] = _lesson_list(skeleton, found).encode()
    pages["glossary.md"] = glossary.page(found).encode()
    pages["aws_operations.md"] = emulated.page().encode()
    pages["aws_commands.md"] = emulated.command_line().encode()
    for lesson in found:
        notebook = lesson_page.page(lesson.path, executed / lesson.path.name)
        pages[lesson.page + ".ipynb"] = json.dumps(notebook, indent=1).encode()
    return pages


def _lesson_list(skeleton: dict, found: list[Lesson]) -> str:
    """The home page's lists: a heading and a table for each part that has lessons."""
    blocks = []
    for part in skeleton["parts"]:
        rows = [
            f"| [{lesson.title}]({lesson.page}.ipynb) | {lesson.question} |"
            for lesson in part_lessons(part, found)
        ]
        if rows:
            head = f"## {part['caption']}\n\n| lesson | its question |\n|---|---|"
            blocks.append("\n".join([head, *rows, ""]))
    return "\n".join(blocks) + "\n"
