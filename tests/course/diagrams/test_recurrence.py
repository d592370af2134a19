"""The pictures of the recurrent cells, looked at through what they draw."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Polygon, Rectangle

from course import diagrams, plots
from course.diagrams import recurrence


def of_kind(ax, kind) -> list:
    return [patch for patch in ax.patches if type(patch) is kind]


def said(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


@pytest.fixture
def close():
    yield
    plt.close("all")


@pytest.mark.parametrize("word", ["no", "nepal", "panama"])
def test_each_letter_has_a_cell_under_the_one_bar_of_weights(word, close, unreadable):
    ax = recurrence.unrolled(word)
    assert len(of_kind(ax, FancyBboxPatch)) == 1 + 2 * len(word)
    assert said(ax).count("cell") == len(word) and set(word) <= set(said(ax))
    joints = [line for line in ax.lines if line.get_xdata()[0] == line.get_xdata()[1]]
    assert len(joints) == len(word)
    assert unreadable(ax) == []


def test_states_run_to_the_right_and_gradients_back(close):
    ways = {}
    for arrow in of_kind(recurrence.unrolled("nepal"), FancyArrowPatch):
        (x, y), (end, low) = arrow.get_path().vertices[:2]
        if y == low:
            ways.setdefault(arrow.get_linestyle(), []).append(np.sign(end - x))
    assert ways["-"] == 6 * [1]
    (back,) = [way for line, way in ways.items() if line != "-"]
    assert back == 6 * [-1]


def test_a_word_that_a_phone_cannot_show_is_refused():
    with pytest.raises(ValueError, match="there are 9 letters, expected 2 to 6"):
        recurrence.unrolled("argentina")
    with pytest.raises(ValueError, match="there are 1 letters"):
        recurrence.unrolled("a")


def widths(ax) -> list[float]:
    """Of each stream where it begins."""
    beds = [patch.get_xy() for patch in of_kind(ax, Polygon)]
    return [float(np.linalg.norm(bed[0] - bed[-2])) for bed in beds]


@pytest.mark.parametrize(("z", "r"), [(0.75, 0.4), (0.2, 0.9), (0.5, 0.5)])
def test_a_stream_is_as_wide_as_the_share_that_passes(z, r, close, unreadable):
    ax = recurrence.gates(z, r)
    full = recurrence.FULL
    found = widths(ax)
    for share in (1, z, 1 - z, r / 2):
        assert any(np.isclose(width, share * full) for width in found), share
    assert f"$z$ = {z:g} stays" in said(ax) and f"1 − $z$ = {1 - z:g}" in said(ax)
    assert unreadable(ax) == []


def test_a_closed_gate_lets_nothing_pass_and_an_open_one_all(close):
    ax = recurrence.gates(0, 1)
    assert len(widths(ax)) == len(widths(recurrence.gates(0.5, 1))) - 1
    plates = sorted(of_kind(ax, Rectangle), key=lambda plate: plate.get_height())
    full = recurrence.FULL
    heights = [plate.get_height() for plate in plates]
    assert np.allclose(heights, [0.35, 0.35, full + 0.35])


def test_a_share_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"z is 1\.5, expected a share from 0 to 1"):
        recurrence.gates(1.5, 0.4)


def test_the_corner_of_a_stream_keeps_its_width(close):
    ax = diagrams.canvas(4, "A claim")
    recurrence.stream(ax, [(1, 3), (1, 1), (5, 1)], 0.5, "data")
    (bed,) = of_kind(ax, Polygon)
    corners = {tuple(point) for point in bed.get_xy().round(6).tolist()}
    assert corners == {
        *((1.25, 3), (1.25, 1.25), (5, 1.25)),
        *((5, 0.75), (0.75, 0.75), (0.75, 3)),
    }


def test_the_pictures_are_small(close):
    for ax in (recurrence.unrolled("nepal"), recurrence.gates(0.75, 0.4)):
        assert len(plots.small_png(ax.figure)) < 30_000
