"""The schematic of lesson 01, looked at through what it draws."""

import io
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch
from PIL import Image

from course import diagrams, plots
from course.diagrams import sets


@pytest.fixture
def drawn():
    ax = sets.leakage(600, 200, 200)
    yield ax
    plt.close(ax.figure)


def test_leakage_draws_the_sets_in_the_proportions_that_it_is_given(drawn):
    bars = [p for p in drawn.patches if isinstance(p, FancyBboxPatch)]
    widths = [bar.get_width() for bar in bars]
    assert np.allclose(np.reshape(widths, (4, 3)), [[6.6, 2.2, 2.2]] * 4)


def test_leakage_names_three_leaks_and_marks_them_as_wrong(drawn):
    said = " ".join(text.get_text() for text in drawn.texts)
    for word in ("Twins", "Peeking", "Shopping"):
        assert word in said
    wrong = diagrams.ROLES["wrong"].text
    assert sum(text.get_color() == wrong for text in drawn.texts) == 3


@pytest.mark.parametrize("sizes", [(600, 200, 200), (500, 250, 250), (600, 150, 250)])
def test_each_text_of_leakage_can_be_read_and_none_lies_on_a_bar(sizes, unreadable):
    ax = sets.leakage(*sizes)
    assert unreadable(ax) == []
    renderer = ax.figure.canvas.get_renderer()
    bars = [p for p in ax.patches if isinstance(p, FancyBboxPatch)]
    for text, bar in product(ax.texts, bars):
        place = bar.get_window_extent(renderer)
        assert not text.get_window_extent(renderer).overlaps(place)


def test_a_schematic_is_a_small_sharp_picture_with_a_palette(drawn):
    png = plots.small_png(drawn.figure)
    picture = Image.open(io.BytesIO(png))
    assert picture.mode == "P" and len(png) < 30_000
    assert 720 <= picture.width <= 760
