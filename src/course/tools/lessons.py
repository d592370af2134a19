"""The numbered notebooks: which there are, their titles and their questions."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

from course.tools.plan import Plan
from course.tools.plan import read as read_plan

ROOT = Path(__file__).parents[3]
NOTEBOOKS = ROOT / "notebooks"


@dataclass(frozen=True)
class Lesson:
    """One numbered notebook."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name without its ending, such as ``03_activations``."""
        return self.path.stem

    @property
    def number(self) -> str:
        """Two digits, such as ``03``."""
        return self.name[:2]

    @property
    def title(self) -> str:
        """The first heading of the notebook."""
        found = re.search(r"^# (.+)$", self._opening, re.MULTILINE)
        return found[1].strip() if found else self.name

    @property
    def question(self) -> str:
        """The first sentence of the notebook's opening that ends in a question mark."""
        text = re.sub(r"^#.*$|[*_]", "", self._opening, flags=re.MULTILINE)
        found = re.search(r"[^.?!]+\?", " ".join(text.split()))
        return found[0].strip() if found else ""

    @property
    def page(self) -> str:
        """The lesson's address in the site, without its ending."""
        return f"notebooks/{self.name}"

    @property
    def plan(self) -> Plan:
        """What the lesson is checked and run with; ``ValueError`` where that is odd."""
        try:
            return read_plan(self.notebook.metadata)
        except ValueError as error:
            raise ValueError(f"{self.path.name}: {error}") from None

    @cached_property
    def notebook(self) -> nbformat.NotebookNode:
        """The notebook as it was when it was first asked for."""
        return nbformat.read(self.path, as_version=4)

    @property
    def _opening(self) -> str:
        return self.notebook.cells[0].source


def lessons(
    chosen: list[str] | None = None, folder: Path | None = None
) -> list[Lesson]:
    """The lessons whose number or name begins like one of ``chosen``, else all.

    Raises ``ValueError`` for a choice that no lesson answers to.
    """
    paths = sorted((folder or NOTEBOOKS).glob("[0-9][0-9]_*.ipynb"))
    every = [Lesson(path) for path in paths]
    if not chosen:
        return every
    for wish in chosen:
        if not any(lesson.name.startswith(wish) for lesson in every):
            there = ", ".join(lesson.name for lesson in every)
            raise ValueError(f'no lesson "{wish}". There are: {there}.')
    return [x for x in every if any(x.name.startswith(wish) for wish in chosen)]


def lesson(wish: str, folder: Path | None = None) -> Lesson:
    """The one lesson that `wish` means: 7, 07, or 07_training_well.

    Raises ``ValueError`` where it is none, or several.
    """
    padded = wish.zfill(2) if wish.isdecimal() else wish
    found = lessons([padded], folder)
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        raise ValueError(f'"{wish}" may be {names}: say which, by its number.')
    return found[0]
