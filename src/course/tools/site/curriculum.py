"""The thirty lessons: those that are written, and those that are planned."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from course.tools.lessons import Lesson, lessons

REFERENCE = re.compile(
    r"\b[Ll]essons?\s+\d\d\b(?!\])(?:(?:,\s+(?:and\s+)?|\s+(?:and|or|to)\s+)\d\d\b)*"
)
MARK = " *(planned)*"


@dataclass(frozen=True)
class Entry:
    """A lesson of the course; ``page`` is empty while it is planned."""

    number: str
    title: str
    question: str
    needs: list[str] = field(default_factory=list)
    minutes: int = 0
    page: str = ""


@dataclass(frozen=True)
class Curriculum:
    """The parts of the book, and every lesson of the course in its order."""

    skeleton: dict
    entries: list[Entry]

    def part(self, part: dict) -> list[Entry]:
        """The lessons whose number lies in the part's `lessons: [first, last]`."""
        first, last = part.get("lessons", (0, -1))
        return [entry for entry in self.entries if first <= int(entry.number) <= last]

    def parts(self) -> list[tuple[str, list[Entry]]]:
        """Caption and lessons of each part that has lessons, planned ones too."""
        pairs = [(part["caption"], self.part(part)) for part in self.skeleton["parts"]]
        return [(caption, entries) for caption, entries in pairs if entries]

    def contents(self) -> dict:
        """The table of contents: each part with those lessons that are written.

        Raises ValueError for a lesson whose number belongs to no part.
        """
        parts, placed = [], []
        for part in self.skeleton["parts"]:
            inside = self.part(part)
            placed += inside
            chapters = [{"file": entry.page} for entry in inside if entry.page]
            chapters += part.get("chapters", [])
            if chapters:
                parts.append({"caption": part["caption"], "chapters": chapters})
        for entry in self.entries:
            if entry not in placed:
                raise ValueError(
                    f'"{entry.page or entry.title}" belongs to no part of the book: '
                    "the numbers of each are in book/_toc.yml. Rename it, or extend a "
                    "part."
                )
        return {**self.skeleton, "parts": parts}

    def find(self, number: str) -> Entry:
        """The lesson of a number; ``ValueError`` where the course has none."""
        for entry in self.entries:
            if entry.number == number:
                return entry
        raise ValueError(f'no lesson "{number}": neither in notebooks/ nor planned.yml')

    def mark(self, text: str) -> str:
        """The text, where each mention of a planned lesson says that it is planned."""
        planned = [entry for entry in self.entries if not entry.page]
        numbers = {entry.number for entry in planned}

        def marked(match: re.Match) -> str:
            return match[0] + (MARK if match[0] in numbers else "")

        text = REFERENCE.sub(lambda all: re.sub(r"\d\d", marked, all[0]), text)
        for entry in planned:
            name = rf"(?<=[·|] ){entry.number} {re.escape(entry.title)}\b"
            text = re.sub(name, rf"\g<0>{MARK}", text, flags=re.IGNORECASE)
        return text


def read(root: Path) -> Curriculum:
    """The curriculum of a clone: a written lesson counts, its plan no more."""
    skeleton = yaml.safe_load((root / "book" / "_toc.yml").read_text(encoding="utf-8"))
    written = {
        lesson.number: _entry(lesson) for lesson in lessons(folder=root / "notebooks")
    }
    every = {entry.number: entry for entry in planned(root)} | written
    return Curriculum(skeleton, [every[number] for number in sorted(every)])


def planned(root: Path) -> list[Entry]:
    """What `book/planned.yml` lists, where there is one: lessons to come."""
    path = root / "book" / "planned.yml"
    listed = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return [
        Entry(number, entry["title"], entry["question"], entry["needs"])
        for number, entry in listed.items()
    ]


def _entry(lesson: Lesson) -> Entry:
    title = re.sub(rf"^{lesson.number} · ", "", lesson.title)
    about = lesson.notebook.metadata.get("course", {})
    minutes = sum(about.get("minutes", {}).values())
    needs = about.get("needs", [])
    return Entry(lesson.number, title, lesson.question, needs, minutes, lesson.page)
