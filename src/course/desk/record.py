"""What was tried and solved: one file in `work/`, which nothing sends anywhere."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from course.desk.exercises import ROOT

NAME = "progress.json"
WAIT = 2  # seconds for other kernels, each of which takes milliseconds


class Entry(TypedDict, total=False):
    """One exercise: how often it was tried until it was solved, and whether it is."""

    attempts: int
    solved: bool


Entries = dict[str, Entry]  # by `Committed.key`


def desk() -> Path | None:
    """The folder of the work copies if this process runs there, else None.

    Tests, `course run` and the site's lessons run elsewhere: they leave no trace.
    """
    work = ROOT / "work"
    try:
        return work if Path.cwd().is_relative_to(work.resolve()) else None
    except FileNotFoundError:  # the folder of this process has gone
        return None


def note(key: str, solved: bool) -> str:
    """Record an attempt of a learner at the desk; return what went wrong, or "".

    Never raises: a check says what it has to say, whatever becomes of the record.
    """
    try:
        folder = desk()
        return Record(folder / NAME).note(key, solved) if folder else ""
    except OSError as error:
        return f"note: the progress was not saved ({error})."


@dataclass(frozen=True)
class Record:
    """The file. Kernels write it side by side, each under the lock beside it."""

    path: Path

    def read(self) -> tuple[Entries, str]:
        """What is recorded, and what is to be told about the file, or ""."""
        try:
            return self._load(), ""
        except (ValueError, RecursionError, OSError) as error:
            return {}, f"note: {self.path.name} cannot be read ({error})."

    def _load(self) -> Entries:
        try:
            return _entries(json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    def note(self, key: str, solved: bool) -> str:
        """Count an attempt until the exercise is solved; return what is to be told.

        What this module did not write is moved aside first. Raises OSError where there
        is no room, no permission, or no end of waiting for the lock.
        """
        import filelock  # where it is needed: `import course` stays quick

        lock = self.path.parent / ".base" / "progress.lock"
        lock.parent.mkdir(exist_ok=True)
        with filelock.FileLock(lock, timeout=WAIT):
            try:
                entries, trouble = self._load(), ""
            except (ValueError, RecursionError) as error:
                entries, trouble = {}, self._move_aside(error)
            entry = entries.setdefault(key, {"attempts": 0, "solved": False})
            if not entry["solved"]:
                entry["attempts"] += 1
                entry["solved"] = solved
                self._write(entries)
        return trouble

    def _write(self, entries: Entries) -> None:
        temporary = self.path.with_suffix(".part")
        text = json.dumps({"exercises": entries}, indent=1, sort_keys=True)
        temporary.write_text(text + "\n", encoding="utf-8")
        temporary.replace(self.path)

    def _move_aside(self, error: Exception) -> str:
        aside = self.path.with_name(f"progress-unreadable-{time.time_ns()}.json")
        self.path.replace(aside)
        return (
            f"note: {self.path.name} cannot be read ({error}). It is now {aside.name}, "
            "and a new one is begun."
        )


def _entries(content: object) -> Entries:
    """The entries of the file; ValueError for what this module did not write."""
    if not isinstance(content, dict) or not isinstance(content.get("exercises"), dict):
        raise ValueError("it does not hold a table of exercises")
    for key, entry in content["exercises"].items():
        whole = isinstance(entry, dict) and entry.keys() == {"attempts", "solved"}
        if not (whole and isinstance(entry["attempts"], int)):
            raise ValueError(f'the entry "{key}" is {json.dumps(entry)[:60]}')
    return content["exercises"]
