"""The schematic of lesson 14, looked at through what it draws."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course import diagrams
from course.diagrams import attribution

EITHER = [0, 0.25, 0.5, 0.75, 1, 1, 1, 1, 1], [[1, 1, 0, 0]] * 2, [1, 1]


@pytest.fixture
def drawn():
    ax = attribution.way(*EITHER)
    yield ax
    plt.close(ax.figure)


def test_the_shares_and_the_rise_are_computed(drawn):
    said = [text.get_text() for text in drawn.texts]
    assert said.count("share 0.5") == 2
    assert "the shares add up to 1; the score rises by 1" in said
    assert said.count("1") == said.count("0") == 4  # the slopes


def test_the_curve_rises_as_the_scores_do(drawn):
    (line,) = drawn.lines
    y = np.array(line.get_ydata())
    shape = (y - y[0]) / (y[-1] - y[0])
    assert np.allclose(shape, EITHER[0])


def test_each_slope_is_joined_to_its_step_by_a_dashed_arrow(drawn):
    dashed = [p for p in drawn.patches if p.get_linestyle() not in ("-", "solid")]
    wrong = diagrams.ROLES["wrong"].line
    found = [
        p for p in dashed if plt.matplotlib.colors.to_hex(p.get_ec()) == wrong.lower()
    ]
    assert len(found) == 4


@pytest.mark.parametrize("given", [EITHER, (EITHER[0], [[1], [0.125]], [1, -1])])
def test_each_text_can_be_read(given, unreadable):
    ax = attribution.way(*given)
    assert unreadable(ax) == []
    plt.close(ax.figure)


def test_a_change_for_each_input_is_asked_for():
    with pytest.raises(ValueError, match=r"change has shape \(3,\), expected \(2,\)"):
        attribution.way(*EITHER[:2], [1, 1, 1])
