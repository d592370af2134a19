"""The schematic of lesson 07, looked at through what it draws."""

import io
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Rectangle
from PIL import Image

from course import plots
from course.diagrams import phases

Z = np.array([[2.0, -1, 0.5], [1.5, 3, 2.5], [-2, 1, 4]])
NORM = Z - 30, Z + 30  # each number is in one place only
MASK = np.array([[1, 0, 0], [0, 1, 1], [1, 1, 0]])


@pytest.fixture
def ax():
    ax = phases.phases(Z, NORM, (2 * Z * MASK, Z))
    ax.figure.canvas.draw()
    yield ax
    plt.close(ax.figure)


def written(ax, number):
    return [t for t in ax.texts if t.get_text() == number]


def test_each_number_stands_where_its_sample_and_unit_are(ax):
    place = {t.get_text(): t.get_position() for t in ax.texts}
    assert place["−28.0"][0] < place["−31.0"][0] < place["−29.5"][0] < phases.MIDDLE
    assert place["−28.0"][1] > place["−28.5"][1] > place["−32.0"][1]
    assert place["34.0"][0] > phases.RIGHT > phases.MIDDLE > place["6.0"][0]
    assert "8.0" not in place  # 4 was struck out, its double is not written


def test_what_is_struck_out_has_a_cross_in_place_of_its_number(ax):
    assert len(ax.lines) == 2 * np.sum(MASK == 0)
    assert written(ax, "0.0") == []


def test_a_number_that_rounds_to_zero_has_no_sign():
    ax = phases.phases(Z, (Z * 0 - 0.01, Z), (Z, Z))
    assert len(written(ax, "0.0")) == 9
    plt.close(ax.figure)


def test_a_column_is_framed_in_training_and_a_row_afterwards(ax):
    frames = [p for p in ax.patches if type(p) is Rectangle]
    sizes = [(round(p.get_width(), 2), round(p.get_height(), 2)) for p in frames]
    assert sizes == [(1.25, 2.25), (3.75, 0.75)]
    left, right = (p.get_x() for p in frames)
    assert left < phases.MIDDLE < right


def test_no_text_lies_on_another_or_leaves_the_canvas(ax):
    places = [t.get_window_extent() for t in ax.texts]
    frame = ax.get_window_extent()
    assert not any(one.overlaps(other) for one, other in combinations(places, 2))
    assert all(frame.x0 <= place.x0 and place.x1 <= frame.x1 for place in places)


def test_it_is_a_small_picture_for_a_phone(ax):
    png = plots.small_png(ax.figure)
    assert len(png) < 30_000 and 720 <= Image.open(io.BytesIO(png)).width <= 770


def test_results_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"shape \(2, 3\), expected \(3, 3\)"):
        phases.phases(Z, (Z[:2], Z), (Z, Z))
