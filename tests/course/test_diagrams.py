"""The schematics, looked at through what they draw."""

import io
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyBboxPatch
from matplotlib.transforms import Bbox
from PIL import Image

from course import diagrams, plots


@pytest.fixture
def ax():
    ax = diagrams.canvas(4, "A claim")
    yield ax
    plt.close(ax.figure)


def contrast(one, other="white"):
    """The contrast of two colours by WCAG 2, from 1 to 21."""
    light = []
    for colour in (one, other):
        parts = np.array(to_rgb(colour))
        linear = np.where(
            parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4
        )
        light.append(linear @ [0.2126, 0.7152, 0.0722])
    return (max(light) + 0.05) / (min(light) + 0.05)


def boxes_of(texts):
    renderer = texts[0].figure.canvas.get_renderer()
    return [text.get_window_extent(renderer) for text in texts]


def test_a_canvas_is_twelve_units_wide_and_tells_its_title(ax):
    assert ax.figure.get_size_inches().tolist() == pytest.approx([4.8, 1.6])
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 12), (0, 4))
    about = plots.describe(ax.figure)
    assert (about["Title"], about["x"], about["y"]) == ("A claim", "off", "off")


def test_a_title_is_broken_into_two_lines_and_a_longer_one_is_refused():
    two = diagrams.canvas(2, "Three sets for three uses, three ways to fool yourself")
    assert two.get_title("left").count("\n") == 1
    plt.close(two.figure)
    with pytest.raises(ValueError, match=r'"too long .*two lines of 46'):
        diagrams.canvas(2, "too long " * 12)
    with pytest.raises(ValueError, match="14 units high, expected at most 13"):
        diagrams.canvas(14, "too high")


@pytest.mark.parametrize("role", sorted(diagrams.ROLES))
def test_the_text_and_the_line_of_a_role_can_be_read(role):
    style = diagrams.ROLES[role]
    assert min(contrast(style.text), contrast(style.text, style.fill)) >= 4.5
    assert contrast(style.line) >= 3
    assert contrast(diagrams.INK, style.fill) >= 4.5


def test_a_box_stands_where_it_is_told_and_holds_its_text(ax):
    diagrams.box(ax, (3, 2), (2, 1), "rows", "data")
    diagrams.box(ax, (7, 2), (2, 1), "fit", "compute")
    square, rounded = ax.patches
    assert square.get_window_extent().bounds == pytest.approx(
        ax.transData.transform_bbox(Bbox.from_extents(2, 1.5, 4, 2.5)).bounds
    )
    assert len(rounded.get_path().vertices) > len(square.get_path().vertices)
    assert ax.texts[0].get_position() == (3, 2) and ax.texts[0].get_text() == "rows"


def test_an_arrow_follows_its_points_and_says_its_text_beside_the_longest_part(ax):
    points = [(1, 1), (1, 3), (9, 3), (9, 2)]
    diagrams.arrow(ax, points, "gradient", "back")
    (arrow,) = ax.patches
    assert arrow.get_linestyle() != "-"
    path = arrow.get_path().vertices
    np.testing.assert_allclose(path[:3], points[:3])
    (x, y), side = ax.texts[0].get_position(), ax.texts[0].get_va()
    assert x == 5 and 3 < y < 3.3 and side == "bottom"
    diagrams.arrow(ax, points, "gradient", "under", below=True)
    assert ax.texts[1].get_position()[1] < 3 and ax.texts[1].get_va() == "top"


def test_a_badge_holds_its_number(ax):
    diagrams.badge(ax, (1, 1), 3)
    assert ax.texts[0].get_text() == "3"
    assert contrast(ax.texts[0].get_color(), ax.patches[0].get_facecolor()) >= 4.5


@pytest.fixture
def leakage():
    ax = diagrams.leakage(600, 200, 200)
    yield ax
    plt.close(ax.figure)


def test_leakage_draws_the_sets_in_the_proportions_that_it_is_given(leakage):
    bars = [p for p in leakage.patches if isinstance(p, FancyBboxPatch)]
    widths = [bar.get_width() for bar in bars]
    assert np.allclose(np.reshape(widths, (4, 3)), [[6.6, 2.2, 2.2]] * 4)


def test_leakage_names_three_leaks_and_marks_them_as_wrong(leakage):
    said = " ".join(text.get_text() for text in leakage.texts)
    for word in ("Twins", "Peeking", "Shopping"):
        assert word in said
    wrong = diagrams.ROLES["wrong"].text
    assert sum(text.get_color() == wrong for text in leakage.texts) == 3


@pytest.mark.parametrize("sizes", [(600, 200, 200), (1000, 500, 500), (2400, 800, 900)])
def test_no_text_of_leakage_lies_on_another_or_leaves_the_canvas(sizes):
    ax = diagrams.leakage(*sizes)
    ax.figure.canvas.draw()
    places = boxes_of(ax.texts)
    frame = ax.get_window_extent()
    for one, other in combinations(places, 2):
        assert not one.overlaps(other)
    assert all(frame.x0 <= place.x0 and place.x1 <= frame.x1 for place in places)
    plt.close(ax.figure)


def test_a_schematic_is_a_small_sharp_picture_with_a_palette(leakage):
    png = plots.small_png(leakage.figure)
    picture = Image.open(io.BytesIO(png))
    assert picture.mode == "P" and len(png) < 30_000
    assert 720 <= picture.width <= 760
