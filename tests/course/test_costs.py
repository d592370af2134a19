"""What capacity costs, compared with closed forms, with each other, and by force."""

import math

import numpy as np
import pytest
from scipy import stats

from course import costs


def test_what_fits_is_answered_and_what_would_wait_a_minute_is_lost():
    assert costs.lost([5, 5], [10, 10]).tolist() == [0, 0]
    assert costs.lost([25, 0, 30], 10).tolist() == [5, 0, 10]
    arrivals = np.random.default_rng(0).poisson(30, 200)
    answered = arrivals.sum() - costs.lost(arrivals, 20).sum()
    assert 20 * 200 <= answered <= 20 * 201  # all that can be, and one full queue


def test_requests_wait_for_the_first_server_that_is_free():
    assert costs.waits([1, 1, 1], [5, 5, 5]).tolist() == [0, 4, 8]
    assert costs.waits([1, 1, 1], [5, 2, 5], servers=2).tolist() == [0, 0, 1]
    assert costs.waits([2] * 9, [2] * 9).max() == 0  # full, and nobody waits


@pytest.mark.parametrize("servers", [1, 3])
def test_the_mean_wait_is_that_of_a_simulation(servers):
    rng = np.random.default_rng(1)
    gaps = rng.exponential(1 / (0.8 * servers), 100_000)
    found = costs.waits(gaps, rng.exponential(size=100_000), servers).mean()
    assert found == pytest.approx(costs.mean_wait(0.8, servers), rel=0.15)


def test_the_mean_wait_is_erlang_s():
    assert costs.mean_wait(0.9) == pytest.approx(0.9 / 0.1)
    load, servers = 0.7, 4
    powers = [(load * servers) ** k / math.factorial(k) for k in range(servers + 1)]
    last = powers[-1] / (1 - load)
    waiting = last / (sum(powers[:-1]) + last)
    wanted = waiting / (servers * (1 - load))
    assert costs.mean_wait(load, servers) == pytest.approx(wanted)


def test_no_other_commitment_is_cheaper():
    rng = np.random.default_rng(2)
    for discount in rng.uniform(0.05, 0.95, 30):
        counts = rng.poisson(rng.uniform(0.5, 9), 100)
        paid = [
            (1 - discount) * n + np.maximum(counts - n, 0).mean() for n in range(31)
        ]
        assert costs.commitment(counts, discount) == np.argmin(np.round(paid, 9))


def test_the_next_count_brings_the_metric_to_its_target_within_bounds():
    assert costs.next_count(2, 10, 5) == 4 and costs.next_count(3, 1.0, 0.1 * 3) == 10
    assert costs.next_count(10, 2, 5) == 4
    assert [costs.next_count(10, m, 5) for m in (4.5, 4.8, 5)] == [10, 10, 10]
    assert costs.next_count(10, 50, 5) == 20 and costs.next_count(3, 0, 5) == 1
    assert costs.next_count(10, 50, 5, most=30) == 30


def test_a_fleet_follows_after_its_lag_and_rests_after_a_change():
    rates = [10] * 4 + [40] * 6
    assert costs.follow(rates, 10, 0, 0).tolist() == [2, 1, 1, 1, 1, 4, 4, 4, 4, 4]
    late = costs.follow(rates, 10, 2, 9).tolist()
    assert late == [2, 2, 2, 1, 1, 1, 1, 1, 1, 1]  # it rests until the end
    asked = []
    costs.follow([9], 5, 3, 0, lambda *given: asked.append(given) or 7)
    assert asked == [(2, 4.5, 5)]


def test_nineteen_of_twenty_months_end_within_the_forecast():
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(1000):
        days = rng.normal(20, 4, 30)
        middle, low, high = costs.forecast(days[:10], 30)
        assert middle == pytest.approx(3 * days[:10].sum())
        hits += low <= days.sum() <= high
    assert stats.binomtest(hits, 1000, 0.95).pvalue > 0.001


def test_the_forecast_of_a_month_that_is_over_is_its_sum():
    assert costs.forecast([1, 2, 3], 3) == (6, 6, 6)
