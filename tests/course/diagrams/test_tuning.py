"""The schematic of lesson 21, looked at through what it draws."""

import pytest

from course.diagrams.tuning import circle


@pytest.fixture
def ax():
    return circle("learning-rate", "loss", [0.01, 3.0, 0.2], [1.5, 0.9, 0.25], 0.3)


def test_it_tells_the_last_result_and_the_value_that_comes_next(ax):
    shown = " ".join(text.get_text() for text in ax.texts)
    assert "loss=0.250" in shown and shown.count("learning-rate 0.3") == 2
    assert "3: 0.900\n0.2: 0.250" in shown


def test_four_arrows_lead_round(ax):
    arrows = [each for each in ax.patches if hasattr(each, "get_arrowstyle")]
    ends = [each.get_path().vertices[[0, -1]].round(1).tolist() for each in arrows]
    assert len(ends) == 4
    steps = [text.get_text() for text in ax.texts]
    assert all(title in steps for title in ("choose", "train", "read the log", "fit"))
    assert all(str(number) in steps for number in (1, 2, 3, 4))


def test_every_text_can_be_read(ax, unreadable):
    assert unreadable(ax) == []
