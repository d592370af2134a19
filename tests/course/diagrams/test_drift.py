"""The measured figures of lesson 26, looked at through what they draw."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course.diagrams import drift


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_latency_is_shown_in_milliseconds_and_zero_errors_have_room():
    rows = [np.full(8, 10.0), np.full(8, 7000.0), np.zeros(8)]
    requests, latency, errors = drift.green(rows, 4.5, "All green").axes
    assert latency.lines[0].get_ydata().tolist() == [7] * 8
    assert errors.get_ylim() == (0, 10) and requests.get_title() == "All green"
    assert requests.get_ylim()[1] > 10 and requests.lines[1].get_xdata()[0] == 4.5


def test_the_widest_gap_is_found_and_drawn():
    assert drift.widest(np.arange(10.0), np.arange(10.0) + 5) == (4, 0.5, 0)
    first = {name: np.arange(10.0) for name in ("confidence", "ink")}
    last = {name: values + 5 for name, values in first.items()}
    figure = drift.gaps({"one": first, "two": first, "three": last}, "Apart")
    for ax in figure.axes:
        [bar] = ax.collections
        assert sorted(bar.get_segments()[0][:, 1]) == [0, 0.5]


def test_each_size_of_a_window_has_its_tick():
    ax = drift.by_size([20, 800], {"a": [1, 2], "b": [3, 4]}, "letters", "Late")
    assert [each.get_text() for each in ax.get_xticklabels()] == ["20", "800"]
    assert [line.get_ydata().tolist() for line in ax.lines] == [[1, 2], [3, 4]]


def test_each_case_stands_with_its_accuracy():
    seen = {"nothing": np.array([0, 0.01, 0]), "lamp": np.array([0, 0.1, 1])}
    ax = drift.alarms(seen, {"nothing": 0.95, "lamp": 0.94}, "Ink")
    labels = [each.get_text() for each in ax.get_yticklabels()]
    assert labels == ["nothing (95% right)", "lamp (94% right)"]
    assert [t.get_color() for t in ax.texts] == 5 * ["black"] + ["white"]
    assert [t.get_text() for t in ax.texts] == ["0%", "1%", "0%", "0%", "10%", "100%"]


def test_intervals_of_two_numbers_of_labels_stand_beside_each_other():
    bars = {20: np.array([[0.9], [0.7], [0.97]]), 100: np.array([[0.9], [0.8], [0.95]])}
    ax = drift.judged(bars, 4.5, "Labels")
    names = {each.get_text() for each in ax.get_legend().get_texts()}
    assert names == {"20 labels", "100 labels"} and len(ax.containers) == 2


def test_the_alarm_is_shaded_from_the_window_in_which_it_rings():
    rows, states = {"ink": np.array([1.0, 9, 9])}, ["OK", "OK", "ALARM"]
    ax = drift.surprises(rows, 0.01, states, "Rings")
    assert ax.lines[1].get_ydata()[0] == pytest.approx(2)
    assert ax.patches[0].get_x() == 2.5 and ax.patches[0].get_width() == 1
