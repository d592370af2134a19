"""Builds the site: the lessons and the pages of book/, typeset by Jupyter Book."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import yaml

from course.tools import emulated, glossary
from course.tools.lessons import Lesson, lessons

COLOUR = re.compile(r"\x1b\[[\d;]*m")
PAGES = ("*.md", "*.yml", "figures/*", "_static/*")
BUILT_WITH = ("jupyter-book", "sphinx", "myst-nb", "sphinx-book-theme")


class SiteError(RuntimeError):
    """The site could not be built; the message holds the warnings."""


def build_site(root: Path, executed: Path | None = None) -> Path:
    """Build the site of the clone at `root` and return its index.html.

    Lessons come from `executed` (by default build/notebooks) where they ran to the end
    there with their own parameters and have the text of the lesson in notebooks/;
    from notebooks/ otherwise. No notebook is run. Nothing outside `root` is written.
    Raises SiteError, with the warnings, when there is any warning.
    """
    root = Path(root).resolve()
    source, output = root / "build" / "site", root / "book" / "_build"
    pages = assemble(root, executed or root / "build" / "notebooks")
    index, stamp = output / "html" / "index.html", output / "built_from"
    digest = _digest(pages)
    if not (index.exists() and stamp.exists() and stamp.read_text() == digest):
        _write(pages, source, output)
        _run_jupyter_book(root, source, output)
        _replace(stamp, digest.encode())
    print(f"The site is at {index}")
    return index


def contents(skeleton: dict, found: list[Lesson]) -> dict:
    """The table of contents: each part of `skeleton` with those lessons that exist.

    Raises SiteError for a lesson whose number belongs to no part.
    """
    parts, placed = [], []
    for part in skeleton["parts"]:
        inside = part_lessons(part, found)
        placed += inside
        chapters = [{"file": lesson.page} for lesson in inside]
        chapters += part.get("chapters", [])
        if chapters:
            parts.append({"caption": part["caption"], "chapters": chapters})
    for lesson in found:
        if lesson not in placed:
            raise SiteError(
                f'"{lesson.path.name}" belongs to no part of the book: the numbers of '
                "each are in book/_toc.yml. Rename the notebook or extend a part."
            )
    return {**skeleton, "parts": parts}


def part_lessons(part: dict, found: list[Lesson]) -> list[Lesson]:
    """The lessons whose number lies in the part's `lessons: [first, last]`."""
    first, last = part.get("lessons", (0, -1))
    return [lesson for lesson in found if first <= int(lesson.number) <= last]


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
        notebook = _page(_newest(lesson.path, executed / lesson.path.name))
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


def _newest(committed: Path, executed: Path) -> dict:
    """The executed copy when it is a whole run of the committed text, else that."""
    lesson = _read(committed)
    if not executed.exists():
        return lesson
    try:
        run = _read(executed)
    except ValueError:  # a run that was interrupted while it was being saved
        return lesson
    return run if _is_whole_run(run, lesson) else lesson


def _is_whole_run(run: dict, lesson: dict) -> bool:
    papermill = run["metadata"].get("papermill", {})
    return (
        _text(run) == _text(lesson)
        and not papermill.get("parameters")
        and not papermill.get("exception")
        and all(
            cell["execution_count"] is not None
            for cell in run["cells"]
            if cell["cell_type"] == "code" and "".join(cell["source"]).strip()
        )
    )


def _text(notebook: dict) -> list[tuple[str, str]]:
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]


def _page(notebook: dict) -> dict:
    """The notebook as the site shows it: no run times, solutions labelled as such."""
    notebook["metadata"].pop("papermill", None)
    for cell in notebook["cells"]:
        metadata = cell["metadata"]
        for key in ("papermill", "execution"):
            metadata.pop(key, None)
        if "solution" in metadata.get("tags", []):
            prompts = metadata.setdefault("mystnb", {})
            prompts.setdefault("code_prompt_show", "Show the solution")
            prompts.setdefault("code_prompt_hide", "Hide the solution")
    return notebook


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def _digest(pages: dict[str, bytes]) -> str:
    """Changes when a source file of the site or a program that builds it does."""
    digest = hashlib.sha256(" ".join(map(version, BUILT_WITH)).encode())
    for name, content in sorted(pages.items()):
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _write(pages: dict[str, bytes], folder: Path, output: Path) -> None:
    """Make the folder hold just these files; what is equal already keeps its time."""
    old = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    for name in old - pages.keys():
        (folder / name).unlink()
    if old != pages.keys():  # no page of a lesson that has gone may stay in the site
        shutil.rmtree(output, ignore_errors=True)
    (output / "built_from").unlink(missing_ok=True)
    for name, content in pages.items():
        path = folder / name
        if not (path.exists() and path.read_bytes() == content):
            _replace(path, content)


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(content)
    temporary.replace(path)


def _run_jupyter_book(root: Path, source: Path, output: Path) -> None:
    """Raises SiteError with what Jupyter Book said when it warns or fails."""
    program = "from jupyter_book.cli.main import main; main()"
    options = ["--warningiserror", "--keep-going", "--quiet"]
    options += ["--path-output", str(output.parent)]
    run = subprocess.run(
        [sys.executable, "-c", program, "build", str(source), *options],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if run.returncode:
        # Pages that were read are not read again: their warnings would not come back.
        shutil.rmtree(output / ".doctrees", ignore_errors=True)
        said = COLOUR.sub("", run.stderr.strip() or run.stdout.strip())
        raise SiteError(
            f"The site was not built.\n{said.replace(f'{source}/', '')}\n"
            "Mend what the warnings name, then run `course book` again."
        )
