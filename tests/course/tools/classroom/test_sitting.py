"""A sitting reports each cell as it goes."""

import json
import sys
from types import ModuleType

import pytest

from course.judging import exercise
from course.judging.exercise import Exercise
from course.tools.classroom.sitting import Sitting


class Report(list):
    """Keeps what is written, as a file would."""

    def write(self, line):
        self.append(json.loads(line))

    def flush(self):
        return None


@pytest.fixture
def sit(monkeypatch):
    """Return a function that runs cells: what the report says of them."""
    monkeypatch.setattr(exercise, "LISTENERS", [])
    checker = ModuleType("my_check")

    def half(answer):
        """A half."""
        exercise.expect(answer == 0.5, "it is not.")

    checker.half = Exercise(half, ())
    monkeypatch.setitem(sys.modules, "my_check", checker)

    def run(*sources, skipped=(), seconds=5):
        report = Report()
        cells = [[str(number), source] for number, source in enumerate(sources)]
        Sitting(report, checker, seconds).run(cells, list(skipped))
        return report

    return run


def test_begun_said_ended(sit):
    report = sit("import my_check as check", "check.half(0.5)", "check.half(...)")
    assert [told["event"] for told in report] == [
        *("begun", "ended"),
        *("begun", "said", "ended"),
        *("begun", "said", "ended"),
    ]
    told = {name: report[3][name] for name in ("cell", "exercise", "solved")}
    assert told == {"cell": "1", "exercise": "my_check.half", "solved": True}
    assert report[6]["solved"] is None


def test_a_skipped_cell_is_not_run(sit):
    report = sit("x = 1", "raise SystemExit", "y = 2", skipped=["1"])
    assert [told["cell"] for told in report] == ["0", "0", "2", "2"]


def test_a_cell_that_fails_says_how_and_the_next_one_runs(sit):
    report = sit("1 / 0", "def (", "while True: pass", "x = 1", seconds=3)
    said = [told["text"] for told in report if told["event"] == "failed"]
    assert "ZeroDivisionError" in said[0] and "SyntaxError" in said[1]
    assert said[2] == "its cell takes longer than 3 seconds"
    assert report[-1] == {"event": "ended", "cell": "3"}


def test_an_exercise_that_is_not_the_checkers_is_not_heard(sit):
    mine = (
        "from course.check import exercise\n"
        "@exercise('')\ndef half(answer):\n    'mine'\nhalf(1)"
    )
    assert "said" not in [told["event"] for told in sit(mine)]
