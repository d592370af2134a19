"""One handed-in notebook, run from top to bottom: `python -m ...sitting TASK REPORT`.

It runs in a process of its own, which may hang, fall or print without end: what became
of each cell stands in the report at once, a line of JSON each.
"""

import builtins
import importlib
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from course.judging import exercise
from course.judging.exercise import Exercise
from course.judging.words import one_line

AGAIN = 5  # seconds: what a cell raised has been printed by then
SHELLS = ("_", "exit", "quit")  # which IPython sets while a cell runs
JUDGING = ("agreement", "asking", "draws", "exercise", "values", "words")


class Overtime(BaseException):
    """A cell runs too long; no `except Exception` of a student may swallow this."""


class Sitting:
    """Runs cells and reports: `begun`, `said` of an exercise, `failed`, `ended`."""

    def __init__(self, report: Any, checker: ModuleType, seconds: float) -> None:
        from IPython.core.interactiveshell import InteractiveShell

        self._report, self._seconds = report, seconds
        self._shell = InteractiveShell.instance()
        self._kept = rests_on(checker)
        self._checker = checker
        self._cell = ""
        exercise.LISTENERS.append(self._hear)

    def run(self, cells: list[list[str]], skipped: list[str]) -> None:
        """Run each cell but those skipped, whatever the others did."""
        for self._cell, source in cells:
            if self._cell in skipped:
                continue
            self._tell("begun")
            with _limited(self._seconds):
                result = self._shell.run_cell(source, store_history=False)
            if error := result.error_before_exec or result.error_in_exec:
                self._tell("failed", text=self._why(error))
            self._tell("ended")

    def _why(self, error: BaseException) -> str:
        if isinstance(error, Overtime):
            return f"its cell takes longer than {self._seconds:g} seconds"
        return f"its cell ends in an error: {one_line(error)}"

    def _hear(self, asked: Exercise, solved: bool | None, verdict: str) -> None:
        if any(place.get(name) is not value for place, name, value in self._kept):
            solved, verdict = False, "the notebook has changed its checker"
        name, module = asked.name, self._checker.__name__
        if vars(self._checker).get(name) is asked:
            self._tell("said", exercise=f"{module}.{name}", solved=solved, text=verdict)

    def _tell(self, event: str, **more: object) -> None:
        line = json.dumps({"event": event, "cell": self._cell, **more})
        self._report.write(line + "\n")
        self._report.flush()


def rests_on(checker: ModuleType) -> list[tuple[dict[str, Any], str, object]]:
    """The functions that a checker rests on: where each stands, its name, itself."""
    judging = [importlib.import_module(f"course.judging.{name}") for name in JUDGING]
    numpy = importlib.import_module("numpy")
    own = [one for one in vars(checker).values() if isinstance(one, Exercise)]
    places = [vars(p) for p in (builtins, numpy, checker, *judging, Exercise, *own)]
    return [
        (place, name, value)
        for place in places
        for name, value in place.items()
        if callable(value) and name not in SHELLS
    ]


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise Overtime in here after so many seconds, and again, not at once."""

    def ring(*_: object) -> None:
        raise Overtime

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> None:
    """Run the sitting that the file TASK describes."""
    task, report = map(Path, sys.argv[1:])
    told = json.loads(task.read_text())
    with report.open("a") as file:
        checker = importlib.import_module(told["checker"])
        Sitting(file, checker, told["seconds"]).run(told["cells"], told["skipped"])


if __name__ == "__main__":
    main()
