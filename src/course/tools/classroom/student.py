"""Lessons as students are given them: without solutions, and never over a file."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat

from course.tools.classroom.paper import Paper
from course.tools.desk.edition import edition
from course.tools.lessons import Lesson, lesson, lessons


def chosen(wishes: list[str]) -> list[Lesson]:
    """The lessons that are meant by numbers, names, or paths of notebooks; else all.

    Raises ValueError for a wish that nothing answers to.
    """
    if not wishes:
        return lessons()
    return [_one(wish) for wish in wishes]


def _one(wish: str) -> Lesson:
    if not wish.endswith(".ipynb"):
        return lesson(wish)
    if not Path(wish).is_file():
        raise ValueError(f'there is no notebook "{wish}"')
    return Lesson(Path(wish))


def hand_out(given: list[Lesson], folder: Path) -> list[Path]:
    """Write an edition of each lesson, with its checker where that is its author's own.

    Raises ValueError, and writes nothing, where a file is there already.
    """
    parts = [(each, edition(each, opens=False), Paper(each).beside) for each in given]
    names = [name for each, _, beside in parts for name in _names(each, beside)]
    for path in (folder / name for name in names):
        if path.exists():
            raise ValueError(f'"{path}" is there already: give another folder')
    folder.mkdir(parents=True, exist_ok=True)
    for each, notebook, beside in parts:
        nbformat.write(notebook, folder / each.path.name)
        if beside:
            shutil.copy(beside, folder)
    return [folder / name for name in names]


def _names(given: Lesson, beside: Path | None) -> list[str]:
    return [given.path.name, *([beside.name] if beside else [])]
