"""The maps of losses, looked at through what they draw; and the count of descents."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course import landscapes, plots

PATHS = {"one": np.array([[0.0, 0], [1, 1], [2, 0]]), "two": np.zeros((4, 2))}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def about():
    return plots.describe(plt.gcf())


def test_falling_draws_every_so_many_steps_at_their_places():
    landscapes.falling({"a": np.arange(1, 11.0), "b": np.ones(10)}, "It falls", every=4)
    ax = plt.gca()
    assert ax.lines[0].get_xydata().tolist() == [[0, 1], [4, 5], [8, 9]]
    assert (about()["Title"], ax.get_yscale()) == ("It falls", "log")


def test_a_ravine_shows_each_path_and_the_way_down_from_the_start():
    bottom, curvature = np.array([4.0, 0.5]), np.diag([0.5, 60])
    plain = landscapes.ravine(bottom, curvature, {}, "Empty")
    assert plain.get_legend() is None and not plain.texts
    ax = landscapes.ravine(bottom, curvature, PATHS, "Two paths", np.array([8.0, 60]))
    drawn = {line.get_label(): line.get_xydata() for line in ax.lines}
    np.testing.assert_array_equal(drawn["one"], PATHS["one"])
    tip = np.array(ax.texts[0].xy)
    assert np.isclose(tip[1] / tip[0], 60 / 8) and ax.texts[0].get_position() == (0, 0)


def test_hollows_mark_both_ends_of_each_path():
    landscapes.hollows(lambda p: p[..., 0] ** 2 + p[..., 1], [1, 2], PATHS, "A bowl")
    marked = [line for line in plt.gca().lines if line.get_marker() == "X"]
    assert marked[0].get_xydata().tolist() == [[0, 0], [2, 0]]
    assert len(marked) == 2 and about()["empty"] == "0"


def test_the_contours_of_hollows_lie_where_the_loss_has_their_level():
    landscapes.hollows(lambda p: p[..., 0] + 3 * p[..., 1], [2.0], PATHS, "A slope")
    (contours,) = plt.gca().collections
    places = np.concatenate([path.vertices for path in contours.get_paths()])
    assert len(places) > 5
    np.testing.assert_allclose(places @ [1, 3], 2, atol=1e-9)


def test_clocks_draw_the_same_losses_over_epochs_steps_and_seconds():
    trained = {10: ([4.0, 2, 1], [0, 0.5, 1.5]), 4: ([4.0, 3, 2], [0, 2.0, 4])}
    landscapes.clocks(trained, 10, "Three clocks")
    lines = [ax.lines for ax in plt.gcf().axes]
    over = [[line.get_xdata().tolist() for line in panel] for panel in lines]
    assert over == [[[1, 2]] * 2, [[1, 2], [3, 6]], [[0.5, 1.5], [2, 4]]]
    assert lines[2][1].get_ydata().tolist() == [3, 2]


def test_valleys_draw_the_median_of_the_runs():
    runs = np.array([[1.0, 2], [3, 4], [50, 60]])
    landscapes.valleys(
        {"as they are": {"SGD": runs}, "odd": {"SGD": runs}}, [1, 10], "T"
    )
    for ax in plt.gcf().axes:
        assert ax.lines[0].get_ydata().tolist() == [3, 4]


def test_wider_networks_get_stuck_less_often():
    shares = [landscapes.share_solved(width, seed=1, steps=200) for width in (1, 2, 8)]
    assert shares[0] == 0 and 0.2 < shares[1] < 0.8 and shares[2] > 0.95


def test_a_start_gives_the_same_again():
    once, again = (landscapes.share_solved(2, 5, steps=50) for _ in "12")
    assert once == again != landscapes.share_solved(2, 6, steps=50)
