"""Work copies of the lessons: made once, never overwritten."""

import os
from contextlib import closing
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.sign import NotebookNotary

from course.desk import exercises
from course.tools.desk.edition import base_of, edition
from course.tools.lessons import Lesson

WORK = exercises.ROOT / "work"
BASES = ".base"  # the editions that copies were made of, by digest


class Unreadable(ValueError):
    """A file in `work/` that is no notebook; it is left as it is."""


def make(lesson: Lesson, work: Path) -> bool:
    """Make the work copy of a lesson; False where there is something already."""
    path = place(lesson, work)
    if os.path.lexists(path):
        return False
    _folder(work)
    fresh = edition(lesson)
    keep_base(fresh, work)
    write(fresh, path)
    return True


def place(lesson: Lesson, work: Path) -> Path:
    """Where the work copy of a lesson is, or would be."""
    return work / lesson.path.name


def read(path: Path) -> NotebookNode:
    """A notebook in `work/`; Unreadable says what is the matter and what to do."""
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises what it stumbles over
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise Unreadable(
            f'"{path}" cannot be read as a notebook ({reason}). It is left as it is. '
            f"Rename it, and `course start {path.name[:2]}` makes a new copy."
        ) from None
    return notebook


def keep_base(notebook: NotebookNode, work: Path) -> None:
    """Keep an edition, so that a later one can be merged into what a learner made."""
    path = work / BASES / f"{base_of(notebook)}.ipynb"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        write(notebook, path)


def base(notebook: NotebookNode, work: Path) -> NotebookNode | None:
    """The edition that a work copy was made of; None where it is lost."""
    digest = base_of(notebook)
    path = work / BASES / f"{digest}.ipynb"
    try:
        return read(path) if digest and path.exists() else None
    except Unreadable:
        return None


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook whole or not at all, and sign it: Jupyter shows its HTML."""
    temporary = path.with_name(f".{path.name}.part")
    nbformat.write(notebook, temporary)
    sign(notebook)
    temporary.replace(path)


def sign(notebook: NotebookNode) -> None:
    """Make Jupyter trust the outputs of this notebook, as it stands."""
    notary = NotebookNotary()
    with closing(notary.store):
        notary.sign(notebook)


def trusted(notebook: NotebookNode) -> bool:
    """Whether Jupyter trusts it now."""
    notary = NotebookNotary()
    with closing(notary.store):
        return notary.check_signature(notebook)


def _folder(work: Path) -> None:
    try:
        work.mkdir(exist_ok=True)
    except FileExistsError:
        raise ValueError(
            f'"{work}" is a file, expected the folder of your work copies: rename it'
        ) from None
