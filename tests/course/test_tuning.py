"""Searches compared in words, and their figures looked at through what they draw."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats

from course import tuning

LINE = np.linspace(0, 1, 5)
PANEL = np.array([0.2]), np.array([0.4]), LINE - 0.5, np.full(5, 0.25)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_the_best_of_each_search_is_compared_in_pairs():
    worse = np.array([[3.0, 9.0], [4.0, 5.0], [2.0, 7.0]])
    better = np.array([[8.0, 1.0], [3.0, 3.5], [2.5, 6.0]])  # gains 2, 1, -0.5
    gains = [2.0, 1.0, -0.5]
    low, high = stats.t.interval(0.95, 2, np.mean(gains), stats.sem(gains))
    half = (high - low) / 2
    said = f"{np.mean(gains):.3f} ± {half:.3f}, lower in 67%"
    assert tuning.compare(worse, better) == said


@pytest.mark.parametrize(("first", "second"), [(1, 1), (3, 2)])
def test_searches_without_a_pair_or_a_spread_are_refused(first, second):
    with pytest.raises(ValueError, match="cannot be paired"):
        tuning.compare(np.ones((first, 4)), np.ones((second, 4)))


def test_losses_in_parts_are_those_of_all_at_once():
    asked = []

    def loss(rates, decays):
        asked.append(len(rates))
        return rates - 2 * decays

    rates, decays = np.arange(7.0), np.arange(7.0) ** 2
    found = tuning.in_parts(loss, rates, decays, size=3)
    np.testing.assert_array_equal(found, rates - 2 * decays)
    assert asked == [3, 3, 1]


def test_a_search_casts_its_shadow_on_the_rate():
    rates, decays = np.array([0.1, 0.1, 1.0]), np.array([1e-4, 1e-3, 1e-2])
    found = {"grid": (rates, decays, np.array([0.5, 0.6, 0.7]))}
    tuning.shadows(found, (rates, rates), "a title")
    upper, lower = plt.gcf().axes
    said = upper.get_title() or upper.get_title(loc="left")  # as the style places it
    assert said == "grid: 2 learning rates"
    np.testing.assert_array_equal(upper.lines[0].get_ydata(), decays)
    np.testing.assert_array_equal(lower.lines[-1].get_ydata(), [0.5, 0.6, 0.7])


def test_a_belief_is_a_band_of_two_deviations_about_its_mean():
    tuning.beliefs(LINE, LINE**2, {"one": PANEL, "two": PANEL}, "a title")
    for ax in plt.gcf().axes:
        band = ax.collections[0].get_paths()[0].vertices[:, 1]
        assert (band.min(), band.max()) == (-1.0, 1.0)
        mean, truth, known = (each.get_ydata() for each in ax.lines)
        np.testing.assert_array_equal(mean, LINE - 0.5)
        np.testing.assert_array_equal(truth, LINE**2)
        np.testing.assert_array_equal(known, [0.4])


def test_the_peak_of_what_is_to_be_gained_is_marked():
    gain = np.array([0.0, 0.1, 0.0, 0.3, 0.1])
    tuning.choices(LINE, LINE, {"next": (*PANEL, gain)}, "a title")
    _, lower = plt.gcf().axes
    curve, peak = lower.lines
    np.testing.assert_array_equal(curve.get_ydata(), gain)
    assert set(peak.get_xdata()) == {0.75}


def test_the_best_so_far_never_rises():
    tuning.so_far({"dice": np.array([[2.0, 3.0, 1.0], [4.0, 1.0, 2.0]])}, "a title")
    [line] = plt.gca().lines
    np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(line.get_ydata(), [3.0, 1.5, 1.0])


def test_luck_is_drawn_for_each_number_of_images():
    tuning.luck([1, 20], {30: [0, 3], 100: [0, 2], 300: [0, 1]}, "a title")
    labels = plt.gca().get_legend_handles_labels()[1]
    assert labels == [f"{n} validation images" for n in (30, 100, 300)]
    np.testing.assert_array_equal(plt.gca().lines[1].get_ydata(), [0, 2])
