"""Statistics are what they are called; percentiles are those of NumPy."""

import numpy as np
import pytest

from localaws.alarms.series import Point
from localaws.alarms.statistics import (
    Period,
    is_percentile,
    needed,
    periods,
    trouble,
)


def period(*values):
    return Period(0, [Point(0, v, v, v, 1) for v in values])


def test_the_five_statistics_count_a_set_by_its_samples():
    found = Period(0, [Point(0, 2, 2, 2, 1), Point(1, 1, 9, 30, 4)])
    names = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
    assert [found.value(name) for name in names] == [5, 32, 6.4, 1, 9]


@pytest.mark.parametrize("percent", [0, 12.5, 50, 90, 99.9, 100])
def test_percentiles_are_those_of_numpy(percent):
    values = np.random.default_rng(0).exponential(size=137)
    found = period(*values).value(f"p{percent}")
    assert found == pytest.approx(np.percentile(values, percent))


def test_values_that_came_many_times_weigh_so_in_a_percentile():
    found = Period(0, [Point(0, 5, 5, 15, 3), Point(0, 1, 1, 2, 2)])
    assert found.value("p50") == np.percentile([5, 5, 5, 1, 1], 50)


def test_there_is_no_percentile_of_negative_values_nor_of_unknown_ones():
    assert period(-1, 2).value("p50") is None
    assert Period(0, [Point(0, 1, 9, 30, 4)]).value("p50") is None


def test_points_are_put_into_the_periods_that_they_belong_to():
    points = [Point(at, 1, 1, at, 1) for at in (10, 69, 70, 200)]
    found = [(one.start, one.value("Sum")) for one in periods(points, 10, 60)]
    assert found == [(10, 79), (70, 70), (190, 200)]


def test_what_is_no_statistic_is_said_and_what_is_not_computed_otherwise():
    assert all(is_percentile(name) for name in ("p0", "p90", "p99.9", "p100"))
    assert not any(map(is_percentile, ("p101", "90", "p", "P90", "p9x")))
    assert trouble("p90") == trouble("Sum") == ""
    for name in ("tm90", "TM(10%:90%)", "IQM", "PR(1:2)", "wm98"):
        assert "does not compute" in trouble(name)
    assert "is not supported" in trouble("sum")


def test_a_percentile_needs_ten_samples_beyond_it():
    assert needed("p90") == pytest.approx(100) and needed("p25") == pytest.approx(40)
    assert needed("Sum") == 0 and needed("p100") == float("inf")
