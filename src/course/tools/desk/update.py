"""Brings newer lessons into the work copies, and loses nothing of a learner's."""

import datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.tools.desk import copies, merge
from course.tools.desk.edition import base_of, edition
from course.tools.lessons import Lesson

BACKUPS = ".backup"


def update(lesson: Lesson, work: Path) -> str:
    """Merge the lesson into its work copy; return what was done, in a line or two.

    The copy is kept in `work/.backup` first. Raises copies.Unreadable, or RuntimeError
    where the copy was saved in the meantime: then nothing has changed.
    """
    path = copies.place(lesson, work)
    if not path.exists():
        return _first(lesson, work)
    before = path.read_bytes()
    mine, newer = copies.read(path), edition(lesson)
    if base_of(mine) == base_of(newer):
        return f"{lesson.name}: your copy is up to date."
    base = copies.base(mine, work)
    merged = base and _safely_merged(base, mine, newer)
    if not merged:
        return _lay_beside(newer, path)
    backup = _back_up(path, before)
    copies.keep_base(newer, work)
    _replace(path, merged.notebook, before, signed=copies.trusted(mine))
    return _told(lesson, merged, backup)


def newer(lesson: Lesson, work: Path) -> bool:
    """Whether the lesson has changed since its work copy was made or updated."""
    path = copies.place(lesson, work)
    try:
        return path.exists() and base_of(copies.read(path)) != base_of(edition(lesson))
    except copies.Unreadable:
        return False


def _first(lesson: Lesson, work: Path) -> str:
    made = copies.make(lesson, work)
    if not made:
        place = copies.place(lesson, work)
        raise copies.Unreadable(f'"{place}" is a link to nothing: remove it')
    return f"{lesson.name}: there was no copy yet; it is made."


def _safely_merged(base, mine, newer) -> merge.Merged | None:
    """The merged copy, if it has a cell of the base and everything of the learner's."""
    old, own = merge.by_id(base), merge.by_id(mine)
    if not old.keys() & own.keys():
        return None  # an editor has given every cell another id
    merged = merge.merge(base, mine, newer)
    there = {(cell.cell_type, cell.source) for cell in merged.notebook.cells}
    lines = {line for _, source in there for line in source.splitlines()}
    for key, cell in own.items():
        written = merge.changed(cell, old.get(key))
        if written and not lines.issuperset(_new_lines(cell, old.get(key))):
            return None
    return merged


def _new_lines(cell: NotebookNode, before: NotebookNode | None) -> set[str]:
    known = before.source.splitlines() if before else []
    return set(cell.source.splitlines()) - set(known)


def _lay_beside(newer: NotebookNode, path: Path) -> str:
    """Put the new lesson beside a copy that it cannot be merged into."""
    beside = path.with_name(f"{path.stem}.newer-{base_of(newer)}.ipynb")
    if not beside.exists():
        copies.write(newer, beside)
    return (
        f"{path.stem}: the lesson has changed, and cannot be merged into your copy, as "
        "it is not known what that was made of. Your copy stays as it is; the new "
        f"lesson is beside it: {beside.name}."
    )


def _back_up(path: Path, content: bytes) -> Path:
    now = datetime.datetime.now().strftime("%Y-%m-%dT%H-%M-%S.%f")
    backup = path.parent / BACKUPS / f"{path.stem}-{now}.ipynb"
    backup.parent.mkdir(exist_ok=True)
    backup.write_bytes(content)
    return backup


def _replace(path: Path, notebook: NotebookNode, before: bytes, signed: bool) -> None:
    """Replace the copy, unless an editor has saved it since it was read."""
    temporary = path.with_name(f".{path.name}.part")
    nbformat.write(notebook, temporary)
    if path.read_bytes() != before:
        temporary.unlink()
        raise RuntimeError(
            f'"{path}" was saved while it was being updated, and is left as it is: '
            "run `course update` again"
        )
    if signed:
        copies.sign(notebook)
    temporary.replace(path)


def _told(lesson: Lesson, merged: merge.Merged, backup: Path) -> str:
    text = (
        f"{lesson.name}: updated. Your copy as it was: {BACKUPS}/{backup.name}. Is it "
        "open in JupyterLab? Then choose File > Reload Notebook from Disk."
    )
    if count := len(merged.beside):
        text += (
            f"\n  You and the lesson changed the same lines in {count} cell"
            f"{'s' if count > 1 else ''}: yours stayed, and the lesson's version "
            'stands below, as "The lesson has a newer version".'
        )
    return text
