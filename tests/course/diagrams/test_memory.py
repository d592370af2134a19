"""The schematic of lesson 04, looked at through what it draws."""

import io

import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch
from PIL import Image

from course import plots
from course.diagrams import memory
from course.diagrams.memory import Row

ROWS = {
    "SGD": Row({}, [0.3, 0.4]),
    "Momentum": Row({"v": [-18.44, -13.5]}, [-0.6, 0.0]),
    "Adam": Row({"m": [1.0, -2.0], "s": [0.04, 1234.5]}, [0.02, -0.02]),
}


@pytest.fixture
def ax():
    return memory.memory(ROWS, [3.0, 0.0])


def ways(ax):
    """The directions of the arrows in the last column, from top to bottom."""
    arrows = [p for p in ax.patches if isinstance(p, FancyArrowPatch)]
    ends = [arrow.get_path().vertices[:2] for arrow in arrows]
    ends = [pair for pair in ends if pair[0, 0] > memory.WAY - 0.6]
    ends.sort(key=lambda pair: -pair[0, 1])
    return [(tip - tail) / np.linalg.norm(tip - tail) for tail, tip in ends]


def test_every_text_can_be_read(ax, unreadable):
    assert unreadable(ax) == []


def test_a_rule_stands_between_what_it_keeps_and_its_step(ax):
    place = {text.get_text(): text.get_position() for text in ax.texts}
    for name, kept, step in [
        ("Momentum", "v = (−18.4, −13.5)", "(−0.60, 0.00)"),
        ("Adam", "m = (1.0, −2.0)", "(0.02, −0.02)"),
    ]:
        assert place[kept][0] < place[name][0] < place[step][0]
        assert place[name][1] == place[step][1]
    assert place["s = (0.0, 1234.5)"][1] < place["m = (1.0, −2.0)"][1]
    assert place["nothing"][1] == place["SGD"][1] > place["Adam"][1]


def test_the_arrows_have_the_directions_of_the_steps_and_of_the_way_to_the_bottom(ax):
    half = np.sqrt(0.5)
    expected = [(0.6, 0.8), (-1, 0), (half, -half), (1, 0)]
    np.testing.assert_allclose(ways(ax), expected, atol=1e-9)


def test_it_is_a_small_picture_for_a_phone(ax):
    png = plots.small_png(ax.figure)
    assert len(png) < 30_000 and 720 <= Image.open(io.BytesIO(png)).width <= 770


@pytest.mark.parametrize(
    "row", [Row({"a": [1, 2], "b": [1, 2], "c": [1, 2]}, [1, 2]), Row({}, [1, 2, 3])]
)
def test_what_does_not_fit_is_refused(row):
    with pytest.raises(ValueError, match=r'"odd" keeps .* at most two things'):
        memory.memory({"odd": row}, [1, 0])
