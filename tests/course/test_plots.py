"""The shared figures, looked at through what they draw."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.figure import Figure
from PIL import Image

import course
from course import plots

X = np.array([[0.0, 0.0], [1.0, 1.0], [-1.0, 1.0], [0.5, -0.5]])
Y = np.array([1, 0, 0, 1])


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def test_classes_differ_in_colour_and_in_marker(ax):
    plots.classes(ax, X, Y, names=["out", "in"])
    first, second = ax.collections
    assert not np.allclose(first.get_facecolor(), second.get_facecolor())
    assert first.get_paths()[0].vertices.shape != second.get_paths()[0].vertices.shape
    assert [first.get_label(), second.get_label()] == ["out", "in"]


def test_each_class_is_drawn_at_its_points(ax):
    plots.classes(ax, X, Y)
    np.testing.assert_array_equal(ax.collections[1].get_offsets(), X[Y == 1])


def test_the_border_runs_where_the_score_is_zero(ax):
    plots.decision_map(ax, lambda x: x[:, 0] - 0.25, X, Y, title="a border")
    border = ax.collections[1].get_paths()[0].vertices
    np.testing.assert_allclose(border[:, 0], 0.25, atol=1e-9)
    assert plots.describe(ax.figure)["Title"] == "a border"


def test_a_score_that_never_changes_sign_draws_no_border(ax):
    plots.decision_map(ax, lambda x: np.ones(len(x)), X, Y)
    assert len(ax.collections) == 3  # the shading and two classes


def test_curves_are_labelled_and_each_has_its_marker(ax):
    plots.curves(ax, {"up": [1, 2, 4], "down": [4, 2, 1]}, x=[10, 20, 30], markers="os")
    up, down = ax.lines
    np.testing.assert_array_equal(down.get_xydata(), [[10, 4], [20, 2], [30, 1]])
    assert [up.get_marker(), down.get_marker()] == ["o", "s"]
    assert [text.get_text() for text in ax.get_legend().texts] == ["up", "down"]


def test_curves_have_the_dashes_that_they_are_given(ax):
    plots.curves(ax, {"up": [1, 2], "down": [2, 1]}, dashes=["-", "--"])
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--"]


def test_trails_differ_in_more_than_colour_and_name_the_first_s_ends(ax):
    path = np.array([[0.1, 0.6], [0.2, 0.7], [0.4, 0.9]])
    plots.trails(ax, {"few": path, "many": path + 0.1}, ("once", "often"))
    few, many = ax.lines
    np.testing.assert_array_equal(few.get_xydata(), path)
    assert few.get_marker() != many.get_marker()
    assert few.get_linestyle() != many.get_linestyle()
    assert [(text.get_text(), *text.xy) for text in ax.texts] == [
        ("once", 0.1, 0.6),
        ("often", 0.4, 0.9),
    ]


def test_curves_count_from_zero_without_x(ax):
    plots.curves(ax, {"short": [5, 6], "long": [5, 6, 7]})
    assert ax.lines[1].get_xdata().tolist() == [0, 1, 2]


def test_a_contour_of_the_ravine_joins_points_of_one_height(ax):
    bottom, curvature = np.array([4.0, 1.0]), np.array([[1.0, 0.3], [0.3, 9.0]])
    plots.ravine(ax, bottom, curvature, x=(0, 8), y=(-1, 3))
    assert ax.lines[0].get_xydata().tolist() == [[4, 1]]
    contours = ax.collections[0]
    for level, path in zip(contours.levels, contours.get_paths(), strict=True):
        away = path.vertices - bottom
        heights = ((away @ curvature) * away).sum(axis=1) / 2
        np.testing.assert_allclose(heights, level, rtol=0.02, atol=0.02)


def test_a_confusion_matrix_shows_its_counts_under_labelled_axes(ax):
    table = np.array([[5, 1, 0], [2, 7, 0], [0, 3, 9]])
    plots.confusion(ax, table, "mixed up")
    right, wrong = (image.get_array() for image in ax.images)
    np.testing.assert_array_equal(right.filled(0), np.diag(np.diag(table)))
    np.testing.assert_array_equal(wrong.filled(0), table - np.diag(np.diag(table)))
    written = [text.get_text() for text in ax.texts]
    assert written == [str(count) for count in table.ravel()]
    about = plots.describe(ax.figure)
    assert (about["Title"], about["x"], about["y"]) == (
        "mixed up",
        "the answer",
        "the truth",
    )


def test_a_small_png_looks_the_same_and_tells_its_labels(ax):
    ax.plot([0, 1], [0, 1])
    ax.set(title="Up", xlabel="time (s)", ylabel="height (m)")
    small = Image.open(io.BytesIO(plots.small_png(ax.figure)))
    full = io.BytesIO()
    ax.figure.savefig(full, format="png", bbox_inches="tight")
    difference = np.asarray(small.convert("RGB"), int) - Image.open(full).convert("RGB")
    assert np.abs(difference).mean() < 1
    assert small.text["Title"] == "Up"
    assert small.text["x"] == "time (s)"


def test_describe_notices_missing_labels_and_empty_axes(ax):
    assert plots.describe(ax.figure) == {"Title": "", "x": "", "y": "", "empty": "1"}
    ax.imshow(np.eye(3))
    ax.set_axis_off()
    assert plots.describe(ax.figure) == {
        "Title": "",
        "x": "off",
        "y": "off",
        "empty": "0",
    }


def test_a_notebook_stores_small_pngs(monkeypatch):
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    plots.show_small()
    figure = Figure()
    stored = shell.display_formatter.format(figure)[0]["image/png"]
    assert Image.open(io.BytesIO(stored)).mode == "P"


def test_the_style_gives_each_colour_its_own_line():
    course.setup()
    cycle = list(plt.rcParams["axes.prop_cycle"])
    assert len({str(entry["color"]) for entry in cycle}) == len(cycle)
    assert len({str(entry["linestyle"]) for entry in cycle}) == len(cycle)
    assert plt.rcParams["savefig.facecolor"] == "white"


def test_dots_mark_every_repetition_and_what_is_published(ax):
    plots.dots(ax, {"MLP": [0.6, 0.7], "CNN": [0.9, 0.95]}, {"CNN": 0.94})
    first, second, cross = ax.lines
    assert first.get_xdata().tolist() == [0.6, 0.7]
    assert second.get_ydata().tolist() == [1, 1]
    assert (cross.get_xdata().tolist(), cross.get_marker()) == ([0.94], "x")
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["MLP", "CNN"]


def test_gains_have_a_dot_a_run_and_a_bar_around_their_mean(ax):
    plots.gains(ax, {"norm": ([0.01, 0.05], 0.03, 0.02), "none": ([0.0], 0.0, 0.1)})
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["norm", "none"]
    assert ax.yaxis_inverted()
    bar, other = (held.lines[2][0].get_segments()[0] for held in ax.containers)
    np.testing.assert_allclose(bar[:, 0], [0.01, 0.05])
    np.testing.assert_allclose(other, [[-0.1, 1], [0.1, 1]])
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_xdata().tolist() for line in dots] == [[0.01, 0.05], [0.0]]


def test_pictures_stand_under_their_names():
    images = {"a": np.eye(3), "b": -np.eye(3), "c": np.eye(3)}
    figure = plots.pictures(images, rows=2)
    assert [ax.get_title("left") for ax in figure.axes] == ["a", "b", "c", ""]
    np.testing.assert_array_equal(figure.axes[1].images[0].get_array(), np.eye(3))
    plt.close(figure)


def test_kernels_stand_above_their_answers():
    figure = plots.kernels(
        np.ones((2, 3, 3)), np.ones((1, 5, 5)), lambda a, b: a + b[1, 1]
    )
    shown = [bool(ax.images) for ax in figure.axes]
    assert shown == [False, True, True, True, True, True]
    plt.close(figure)


def test_decision_maps_draws_each_score_under_its_name_and_labels_only_the_edges():
    x, y = np.array([[1.0, 0], [-1, 0]]), np.array([1, 0])
    scores = {name: lambda x: x[:, 0] for name in ("a", "b", "c", "d")}
    figure = plots.decision_maps(scores, x, y, rows=2)
    assert [ax.get_title("left") or ax.get_title() for ax in figure.axes] == [*scores]
    assert [bool(ax.get_xlabel()) for ax in figure.axes] == [False, False, True, True]
    assert [bool(ax.get_ylabel()) for ax in figure.axes] == [True, False, True, False]


def test_each_territory_has_its_name_inside_and_what_is_nowhere_best_has_none(ax):
    x, y = np.geomspace(1, 100, 30), np.geomspace(1, 10, 20)
    best = np.where(y[:, None] < 2, 0, np.where(x < 50, 2, 3))
    plots.territories(ax, x, y, best, ["low", "nowhere", "left", "right"])
    found = {text.get_text(): text.get_position() for text in ax.texts}
    assert list(found) == ["low", "left", "right"]
    for name, (across, up) in found.items():
        place = best[np.argmin(abs(y - up)), np.argmin(abs(x - across))]
        assert place == ["low", "nowhere", "left", "right"].index(name)
    mesh = ax.collections[0]
    assert len(np.unique(mesh.to_rgba(mesh.get_array()).reshape(-1, 4), axis=0)) == 3
