"""The measured figures of lesson 28, looked at through what they draw."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course.diagrams import fleets


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_what_a_fleet_cannot_answer_is_hatched():
    hour, rate = np.arange(3.0), np.array([20.0, 100, 20])
    counts = {name: np.full(3, n) for name, n in [("peak", 10), ("mean", 4), ("x", 9)]}
    ax = fleets.day(hour, rate, counts, "mean", "Lost")
    assert labels(ax) == ["requests", "peak", "mean", "x"]
    assert ax.lines[2].get_ydata().tolist() == [40] * 3
    [lost] = ax.collections
    assert lost.get_hatch() and lost.get_datalim(ax.transData).y0 == 40


def test_simulated_waits_stand_on_the_curves():
    wait, loads = lambda load, servers: load / servers, np.array([0.5])
    ax = fleets.waiting(wait, {"2": 2}, loads, {"a": [1], "b": [0]}, "Waits")
    assert labels(ax) == ["2", "a", "b"] and ax.get_title() == "Waits"
    assert [row.get_marker() for row in ax.lines] == ["None", "o", "s"]
    load, drawn = ax.lines[0].get_data()
    assert (2 * drawn).tolist() == load.tolist() and load[-1] == 0.95


def test_each_crossing_bears_its_hours():
    rows = {str(k): np.full(2, float(k)) for k in range(5)}
    ax = fleets.ways(np.array([0.0, 730]), rows, {511.0: 59, 391.2: 45}, "Pay")
    assert [text.get_text() for text in ax.texts] == ["511 h", "391 h"]


def test_the_least_of_each_plan_is_marked():
    curves = {0.3: np.array([3.0, 1, 2]), 0.5: np.array([3.0, 2, 1])}
    ax = fleets.plans(curves, 6.2, "Below")
    assert labels(ax) == ["30% off: 1", "50% off: 2", "mean need"]
    assert [row.get_markevery() for row in ax.lines[:2]] == [[1], [2]]
    assert ax.lines[2].get_xdata()[0] == 6.2


def test_what_is_needed_is_drawn_over_the_fleets():
    rows = {name: np.array([2, n]) for n, name in enumerate(["a", "b", "needed"])}
    ax = fleets.counts(np.array([17.0, 17.5]), rows, "Swings")
    assert labels(ax) == ["a", "b", "needed"] and ax.get_title() == "Swings"
    assert [row.get_linestyle() for row in ax.lines] == [":", "-", "--"]
    assert {row.get_drawstyle() for row in ax.lines} == {"steps-post"}
    assert ax.lines[1].get_ydata().tolist() == [2, 1]


def test_a_load_is_drawn_over_its_answers():
    looks, answers = [(1.0, 6, 1), (2.0, 13, 2)], [(0.5, 0.1), (1.5, 0.3)]
    above, below = fleets.driven(looks, answers, "Late").axes
    assert above.lines[1].get_ydata().tolist() == [10, 20]
    assert below.lines[0].get_ydata().tolist() == [0.1, 0.3]


def test_a_forecast_goes_on_from_what_is_spent():
    ax = fleets.ahead(np.array([10.0, 20]), (300, 200, 400), 150, "Over")
    assert ax.lines[1].get_xydata().tolist() == [[2, 20], [30, 300]]
    assert "budget: $150" in labels(ax)
