"""An exercise paper: the original of a lesson, and what a student handed in of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

from course.desk.exercises import Committed
from course.tools.lessons import Lesson

# How a notebook names the module of its exercises: `from course.check import nn as
# check`, or `import photos_check as check` for a module that lies beside it.
CHECKER = re.compile(r"^(?:from ([\w.]+) )?import (\w+) as check\b", re.MULTILINE)
MOST = 20_000_000  # bytes of a notebook that is read


@dataclass(frozen=True)
class Paper:
    """A notebook with exercises, as its author wrote it."""

    lesson: Lesson

    @cached_property
    def exercises(self) -> list[str]:
        """The names of its exercises, in order."""
        return Committed(self.lesson.path).exercises

    @cached_property
    def checker(self) -> str:
        """The module that judges its exercises, or ""."""
        cells = self.lesson.notebook.cells
        code = (cell.source for cell in cells if cell.cell_type == "code")
        found = CHECKER.search("\n".join(code))
        return ".".join(filter(None, found.groups())) if found else ""

    @property
    def beside(self) -> Path | None:
        """The file of a checker that lies beside the notebook, else None."""
        path = self.lesson.path.with_name(f"{self.checker}.py")
        return path if self.checker and path.exists() else None


@dataclass(frozen=True)
class HandedIn:
    """One file of a student. `paper` is None where it is no paper that we know."""

    student: str
    path: Path
    paper: Paper | None
    trouble: str = ""  # why it cannot be graded
    cells: tuple[tuple[str, str], ...] = ()  # id and source of its code cells


def papers(lessons: Iterable[Lesson], own: Path | None) -> dict[str, Paper]:
    """The course's papers and a teacher's own, by the notebook's name."""
    folder = sorted(own.glob("*.ipynb")) if own else []
    every = [*lessons, *(Lesson(path) for path in folder)]
    return {lesson.name: Paper(lesson) for lesson in every}


def handed_in(folder: Path, known: Mapping[str, Paper]) -> Iterator[HandedIn]:
    """Each notebook below a folder that has one folder, or one file, a student.

    Raises ValueError where there is none.
    """
    paths = [
        path
        for path in sorted(folder.rglob("*.ipynb"))
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    if not paths:
        raise ValueError(
            f'"{folder}" has no notebook, expected a folder for each student with what '
            "they handed in: ada/03_activations.ipynb"
        )
    for path in paths:
        inner = path.relative_to(folder).parts
        yield _read(inner[0] if len(inner) > 1 else path.stem, path, known)


def _read(student: str, path: Path, known: Mapping[str, Paper]) -> HandedIn:
    try:
        if path.stat().st_size > MOST:
            raise ValueError(f"it has more than {MOST:,} bytes")
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        cells = [
            (str(number), str(cell.source))
            for number, cell in enumerate(notebook.cells)
            if cell.cell_type == "code"
        ]
        name = str(notebook.metadata.get("desk", {}).get("lesson", ""))
    except Exception as error:  # nbformat raises what it stumbles over
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        return HandedIn(student, path, None, f"cannot be read as a notebook: {reason}")
    paper = known.get(name) or _of_name(path.stem, known)
    if paper is None:
        text = "no lesson is known of this name: leave the name that it was given with"
        return HandedIn(student, path, None, text)
    return HandedIn(student, path, paper, cells=tuple(cells))


def _of_name(stem: str, known: Mapping[str, Paper]) -> Paper | None:
    """The paper whose name is part of a file's name; the longest, where several are."""
    found = [name for name in known if name in stem]
    return known[max(found, key=len)] if found else None
