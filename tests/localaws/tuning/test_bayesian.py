"""The Bayesian strategy: its process and its gain against what is known of them."""

import numpy as np
import pytest

from localaws.tuning.bayesian import Bayesian, fitted, improvement, standardized
from localaws.tuning.ranges import parsed
from localaws.tuning.values import Seen

LINE = parsed(
    {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]}
)
CHOICE = parsed(
    {
        "IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "3"}],
        "CategoricalParameterRanges": [{"Name": "c", "Values": ["a", "b", "c"]}],
    }
)


def parabola(places):
    return [Seen({"x": str(x)}, (x - 0.7) ** 2) for x in places]


def test_the_process_goes_through_what_it_has_seen_and_doubts_what_is_far():
    rows = np.linspace(0, 0.5, 6)[:, None]
    costs = np.sin(6 * rows[:, 0])
    process = fitted(rows, costs, 0)
    assert process.predict(rows) == pytest.approx(costs, abs=0.05)
    assert process.predict([[0.25]]) == pytest.approx(np.sin([1.5]), abs=0.05)
    near, far = process.predict([[0.25], [1.0]], return_std=True)[1]
    assert far > 5 * near


def test_the_gain_is_the_mean_of_what_is_better():
    class Known:
        def predict(self, places, return_std):
            return np.array([0.0, 2.0, -1.0]), np.array([1.0, 0.5, 1e-12])

    draws = np.random.default_rng(0).normal(size=400_000)
    gain = improvement(Known(), None, 0.3)
    assert gain[0] == pytest.approx(np.maximum(0.3 - draws, 0).mean(), abs=0.005)
    assert gain[1] == pytest.approx(np.maximum(0.3 - 2 - draws / 2, 0).mean(), abs=1e-3)
    assert gain[2] == pytest.approx(1.3)


def test_costs_of_each_source_are_compared_among_themselves():
    rows = [(1, "p"), (3, "p"), (100, ""), (300, ""), (7, "q")]
    found = standardized([Seen({}, float(cost), source) for cost, source in rows])
    assert found == [-1, 1, -1, 1, 0]


def test_it_goes_to_where_the_minimum_is_and_not_where_a_job_runs():
    seen = parabola([0.0, 0.2, 0.4, 0.6, 0.95])
    chosen = Bayesian(LINE, 0)
    found = chosen.suggest(5, seen, [])
    assert 0.6 < float(found["x"]) < 0.9
    assert chosen.suggest(5, seen, []) == found
    other = chosen.suggest(5, seen, [found])
    assert abs(float(other["x"]) - float(found["x"])) > 0.01


@pytest.mark.parametrize("cost", [1e6, 1e30, 1.7e308])
def test_losses_without_bound_hide_nothing_of_the_others(cost):
    seen = parabola([0.2, 0.4, 0.5, 0.85, 0.95])
    diverged = [Seen({"x": x}, cost) for x in ("0.0", "0.02")]
    found = Bayesian(LINE, 0).suggest(7, [*seen, *diverged], [])
    assert 0.6 < float(found["x"]) < 0.8


def test_where_all_are_the_same_it_goes_on():
    seen = [Seen({"x": str(number / 7)}, 3.0) for number in range(7)]
    assert 0 <= float(Bayesian(LINE, 0).suggest(7, seen, [])["x"]) <= 1


def test_it_leaves_where_jobs_fail():
    seen = parabola([0.0, 0.2, 0.4, 0.5, 0.55])
    failed = [Seen({"x": str(x)}, None) for x in (0.6, 0.7, 0.8, 0.9, 1.0)]
    assert float(Bayesian(LINE, 0).suggest(10, [*seen, *failed], [])["x"]) < 0.6


def test_it_prefers_the_better_category_and_repeats_nothing():
    chosen, seen = Bayesian(CHOICE, 1), []
    for number in range(9):
        values = chosen.suggest(number, seen, [])
        seen.append(Seen(values, float(values["c"] != "b") + int(values["n"]) / 10))
    assert len({tuple(one.values.values()) for one in seen}) == 9
    cost = [one.cost for one in seen]
    assert min(cost[:7]) == 0.1


def test_without_enough_results_it_draws():
    chosen = Bayesian(LINE, 3)
    failed = [Seen({"x": "0.5"}, None)] * 4
    assert chosen.suggest(4, failed, []) != chosen.suggest(5, failed, [])
