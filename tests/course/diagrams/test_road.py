"""The schematic of lesson 00, looked at through what it draws."""

import io

import matplotlib.pyplot as plt
import pytest
from matplotlib.patches import FancyBboxPatch
from PIL import Image

from course import plots
from course.diagrams import road


@pytest.fixture
def drawn():
    ax = road.road(1437, 360, 4810)
    yield ax
    plt.close(ax.figure)


def test_the_road_tells_the_numbers_that_it_is_given(drawn):
    said = [text.get_text() for text in drawn.texts]
    for words in ("1,797 images", "1,437 to train", "360 to test", "4,810 weights"):
        assert words in said


def test_the_steps_are_numbered_in_the_order_of_the_lesson(drawn):
    said = [text.get_text() for text in drawn.texts]
    steps = ["load", "split", "train", "test", "deploy", "ask"]
    assert [said[said.index(str(n + 1)) + 1] for n in range(6)] == steps


@pytest.mark.parametrize("sizes", [(1437, 360, 4810), (60_000, 10_000, 101_770)])
def test_each_text_can_be_read(sizes, unreadable):
    assert unreadable(road.road(*sizes)) == []


def test_each_text_in_a_box_stays_in_it(drawn):
    drawn.figure.canvas.draw()
    renderer = drawn.figure.canvas.get_renderer()
    boxes = [p for p in drawn.patches if isinstance(p, FancyBboxPatch)]
    inside = [
        any(
            patch.get_window_extent(renderer).contains(*corner)
            for patch in boxes
            for corner in text.get_window_extent(renderer).corners()[:1]
        )
        for text in drawn.texts
        if text.get_text().endswith(("images", "weights", "endpoint", "program"))
    ]
    assert inside == [True] * 4


def test_it_is_a_small_sharp_picture_with_a_palette(drawn):
    png = plots.small_png(drawn.figure)
    assert Image.open(io.BytesIO(png)).mode == "P" and len(png) < 30_000
