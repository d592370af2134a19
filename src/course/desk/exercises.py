"""The exercises of the committed lessons, and a solution of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
CALL = re.compile(r"^check\.(\w+)\(", re.MULTILINE)


@dataclass(frozen=True)
class Committed:
    """One lesson as it stands in `notebooks/`; a kernel reads it without nbformat."""

    path: Path

    @cached_property
    def content(self) -> dict[str, Any]:
        """The notebook's JSON; ValueError where the file is none."""
        try:
            return json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(
                f'"{self.path}" cannot be read as a notebook ({error}): if you did not '
                "mean to change it, `git checkout` brings it back"
            ) from None

    @property
    def check(self) -> str:
        """The module of `course.check` with the exercises; "" where there is none."""
        return self.content["metadata"].get("course", {}).get("check", "")

    @property
    def exercises(self) -> list[str]:
        """The names of the exercises, in the lesson's order."""
        found = (name for text in self._tagged("exercise") for name in asked(text))
        return list(dict.fromkeys(found))

    def key(self, exercise: str) -> str:
        """What an exercise is called in the record, such as `activations.collapse`."""
        return f"{self.check}.{exercise}"

    def solution(self, exercise: str) -> str:
        """The code of a solution; ValueError where there is none."""
        for text in self._tagged("solution"):
            if exercise in asked(text):
                return text
        raise ValueError(f'{self.path.name} has no solution of "{exercise}"')

    def _tagged(self, tag: str) -> Iterator[str]:
        for cell in self.content["cells"]:
            if tag in cell["metadata"].get("tags", []):
                yield "".join(cell["source"])


def asked(source: str) -> list[str]:
    """The exercises that a cell's code hands an answer to: `check.NAME(...)`."""
    return CALL.findall(source)


def committed() -> list[Committed]:
    """Every lesson of the repository, by its number."""
    return [
        Committed(path)
        for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    ]


def numbered(number: str) -> Committed:
    """The lesson with that number; ValueError where there is none."""
    return _one(
        f"has the number {number}", lambda lesson: lesson.path.name[:2] == number
    )


def checked_by(check: str) -> Committed:
    """The lesson whose exercises are those of that module of `course.check`."""
    return _one(f'has the exercises of "{check}"', lambda lesson: lesson.check == check)


def _one(what, wanted) -> Committed:
    for lesson in committed():
        if wanted(lesson):
            return lesson
    raise ValueError(f"no lesson in {ROOT / 'notebooks'} {what}")
