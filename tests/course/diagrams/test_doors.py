"""The schematic of stages and locks, looked at through what it draws."""

import pytest

from course.diagrams.doors import doors

ROWS = [
    ("the data", "wrong labels", "a seal"),
    ("training", "code that calls", "no network"),
    ("the file", "a pickle", "numbers only"),
    ("the endpoint", "5,000 questions", "a limit"),
]


def test_each_text_can_be_read(unreadable):
    ax = doors(ROWS)
    assert unreadable(ax) == []
    said = {text.get_text() for text in ax.texts}
    assert {word for row in ROWS for word in row} <= said


def test_every_attack_meets_its_lock_and_the_stages_are_joined():
    ax = doors(ROWS)
    arrows = [patch for patch in ax.patches if hasattr(patch, "get_arrowstyle")]
    assert len(arrows) == len(ROWS) + len(ROWS) - 1


def test_too_many_are_refused():
    with pytest.raises(ValueError, match="8 rows"):
        doors(ROWS * 2)
