"""The pictures of attention, looked at through what they draw."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from course import plots
from course.diagrams import attention

QUERY, KEYS = np.array([2, 0, 1, 1]), np.eye(4) + 1
SHARES, VALUES = np.array([0.5, 0.25, 0.15, 0.1]), np.arange(8).reshape(4, 2)
NAMES = ["baker", "doctor", "school", "taxi"]


def said(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def test_scores_and_answer_are_those_of_the_query(unreadable):
    ax = attention.lookup(NAMES, QUERY, KEYS, SHARES, VALUES)
    found = said(ax)
    assert set(NAMES) <= set(found)
    for score in KEYS @ QUERY:
        assert f"{score:g}" in found
    for number in [*(f"{share:.2f}" for share in SHARES), "1.7", "2.7"]:
        assert number in found
    assert unreadable(ax) == []


def test_a_row_has_a_cell_for_each_number():
    for rows in (2, 4, 6):
        given = QUERY, np.ones((rows, 4)), np.full(rows, 1 / rows), np.ones((rows, 2))
        ax = attention.lookup(NAMES[:1] * rows, *given)
        boxes = [patch for patch in ax.patches if type(patch) is FancyBboxPatch]
        assert len(boxes) == 4 + 8 * rows + 2


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="for 3 names, expected"):
        attention.lookup(NAMES[:3], QUERY, KEYS, SHARES, VALUES)
    many = QUERY, np.ones((7, 4)), np.ones(7), np.ones((7, 2))
    with pytest.raises(ValueError, match="at most 6 rows"):
        attention.lookup(NAMES[:1] * 7, *many)


def test_a_block_adds_two_parts_to_what_passes(unreadable):
    ax = attention.block()
    assert said(ax).count("+") == 2 and said(ax).count("norm") == 2
    arrows = [patch for patch in ax.patches if type(patch) is FancyArrowPatch]
    assert len(arrows) == 3 + 2 * 3
    assert unreadable(ax) == []


def test_the_pictures_are_small():
    drawn = attention.lookup(NAMES, QUERY, KEYS, SHARES, VALUES), attention.block()
    for ax in drawn:
        assert len(plots.small_png(ax.figure)) < 30_000


def test_what_was_asked_for_is_ringed_on_the_map_of_shares():
    shares = np.eye(3)[[2, 0]]
    ax = attention.chosen(shares, np.array([2, 0]), "It looks there")
    [image], [rings] = ax.images, ax.lines
    assert np.array_equal(image.get_array(), shares) and image.get_clim() == (0, 1)
    assert rings.get_xydata().tolist() == [[2, 0], [0, 1]]
    assert (ax.get_title(), ax.get_xlabel()) == ("It looks there", "entry of the book")
