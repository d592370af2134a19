"""The schematics, looked at through what they draw."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.transforms import Bbox

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


def test_a_unit_is_a_disc_with_its_text_and_costs_are_marked_with_a_coin(ax):
    diagrams.unit(ax, (3, 2), "0.3", radius=0.6)
    diagrams.coin(ax, (9, 2))
    assert [disc.get_radius() for disc in ax.patches] == [0.6, 0.27]
    assert [text.get_text() for text in ax.texts] == ["0.3", "$"]


def test_a_matrix_has_its_first_row_on_top_and_no_number_for_nan(ax, unreadable):
    diagrams.matrix(ax, (6, 2), [[1, -2.5], [np.nan, -0.0]], "learned")
    assert [t.get_text() for t in ax.texts] == ["1", "−2.5", "", "0"]
    (left, top), (right, _), (_, below), _ = (t.get_position() for t in ax.texts)
    assert left < right and below < top
    assert np.allclose(((left + right) / 2, (top + below) / 2), (6, 2))
    assert unreadable(ax) == []


def test_a_row_of_numbers_is_one_row_and_its_cells_can_be_framed(ax):
    diagrams.matrix(ax, (6, 2), [1, 2, 3], cell=(1, 0.5), written="{:.1f}")
    places = [t.get_position() for t in ax.texts]
    assert np.allclose(places, [(5, 2), (6, 2), (7, 2)])
    assert np.allclose(diagrams.place_of((6, 2), (1, 3), (0, 2), (1, 0.5)), places[2])
    diagrams.frame(ax, places[2], (1, 0.5))
    assert ax.patches[-1].get_bbox().bounds == pytest.approx((6.5, 1.75, 1, 0.5))


def test_control_is_dotted_with_an_open_head_and_what_is_learned_is_purple(ax):
    for kind in ("control", "learned", "data"):
        diagrams.arrow(ax, [(1, 1), (5, 1)], kind)
    control, learned, given = ax.patches
    assert control.get_linestyle() == ":" and given.get_linestyle() == "-"
    assert type(control.get_arrowstyle()) is not type(given.get_arrowstyle())
    assert to_rgb(diagrams.ROLES["learned"].line) == learned.get_edgecolor()[:3]


def test_a_number_has_a_minus_sign_and_zero_has_none():
    said = [diagrams.number(value) for value in (-1.5, 0.1 + 0.2, -1e-12)]
    assert said == ["\N{MINUS SIGN}1.5", "0.3", "0"]
    assert diagrams.number(-0.004, "{:.2f}") == "\N{MINUS SIGN}0.00"
