"""The schematics of lessons 03 and 06, looked at through what they draw."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Circle
from PIL import Image

from course import plots
from course.diagrams import units

UNIT = [2, -1, 3], [0.5, 1, -0.2], 0.9
PAIR = [3, 1], [[1, 2], [-1, 1]], [2, 1]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def said(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_a_unit_shows_the_sum_that_its_numbers_give():
    texts = said(units.neuron(*UNIT))
    assert {"2", "−1", "3", "0.5", "1", "−0.2", "0.9"} <= set(texts)
    assert "0.5·2 + 1·(−1) − 0.2·3 + 0.9\n= 0.3" in texts
    assert texts.count("0.3") == 2  # before and after the bend


def test_a_unit_bends_a_negative_sum_to_zero():
    texts = said(units.neuron([1, 2], [-1, -1], 0.5))
    assert "−2.5" in texts and "0" in texts


def test_a_unit_needs_one_weight_for_each_input():
    with pytest.raises(ValueError, match="3 inputs and 2 weights"):
        units.neuron([2, -1, 3], [0.5, 1], 0.9)


def test_fold_multiplies_its_matrices_out():
    x, W1, W2 = (np.array(a) for a in PAIR)
    texts = said(units.fold(*PAIR))
    assert f"{x @ W1 @ W2:g}" in texts and "11" in texts
    assert {"4", "−1"} <= set(texts)  # W1 @ W2


def test_fold_lays_each_number_on_its_negative():
    discs = [p for p in units.fold(*PAIR).patches if isinstance(p, Circle)]
    columns = [disc.center[0] for disc in discs if disc.center[0] > 8.5]
    assert sorted(columns) == [9.5, 9.5, 11.0, 11.0]


def test_layers_names_the_shapes_of_what_lies_between():
    texts = said(units.layers([64, 512, 10]))
    assert {"(64, 512)", "(512, 10)", "(n, 64)", "(n, 512)", "(n, 10)"} <= set(texts)


@pytest.mark.parametrize(
    "picture",
    [
        lambda: units.neuron(*UNIT),
        lambda: units.fold(*PAIR),
        lambda: units.layers([64, 512, 10]),
        lambda: units.layers([784, 512, 10]),
    ],
)
def test_each_text_can_be_read_and_the_picture_is_small(picture, unreadable):
    ax = picture()
    assert unreadable(ax) == []
    png = plots.small_png(ax.figure)
    drawn = Image.open(io.BytesIO(png))
    assert len(png) < 30_000 and 720 <= drawn.width <= 760
