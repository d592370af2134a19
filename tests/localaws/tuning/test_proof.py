"""Whether the Bayesian strategy finds more than Random does, on functions fixed before.

All of it: `SEEDS=30 python -m pytest -n 0 tests/localaws/tuning/test_proof.py`.
"""

import math
import os

import numpy as np
import pytest
from objectives import FUNCTIONS, JOBS, SEEDS
from scipy.stats import t as student

from localaws.tuning.ranges import parsed
from localaws.tuning.strategies import strategy
from localaws.tuning.values import Seen

COUNT = int(os.environ.get("SEEDS", "6"))


def test_the_functions_are_those_of_the_books():
    branin, hartmann = (FUNCTIONS[name][0] for name in ("branin", "hartmann"))
    for x, y in [(-3.14159, 12.275), (3.14159, 2.275), (9.42478, 2.475)]:
        assert branin({"x": x, "y": y}, 0) == pytest.approx(0.397887, abs=1e-5)
    where = (0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573)
    given = {f"x{number}": value for number, value in enumerate(where)}
    assert hartmann(given, 0) == pytest.approx(-3.32237, abs=1e-5)


def test_the_network_learns_with_some_values_and_not_with_others():
    network = FUNCTIONS["network"][0]
    assert network({"rate": "0.1", "width": "64"}, 0) < 0.15
    assert network({"rate": "0.00001", "width": "64"}, 0) > 0.6
    assert network({"rate": "0.1", "width": "1"}, 0) > 0.4


def best(name, function, ranges, seed):
    """Return the best of JOBS values that a strategy finds, one job after the other."""
    chosen, seen = strategy(name, parsed(ranges), seed), []
    for number in range(JOBS):
        values = chosen.suggest(number, seen, [])
        seen.append(Seen(values, float(function(values, seed))))
    return min(one.cost for one in seen)


def interval(differences):
    """Return the ends of the 95% interval of a mean."""
    mean, count = np.mean(differences), len(differences)
    half = np.std(differences, ddof=1) / math.sqrt(count)
    half *= student.ppf(0.975, count - 1)
    return mean - half, mean + half


def test_an_interval_is_that_of_a_table():
    assert interval([1.0, 2.0, 3.0]) == pytest.approx((2 - 2.484, 2 + 2.484), abs=1e-3)


@pytest.mark.parametrize("name", sorted(FUNCTIONS) if COUNT >= SEEDS else ["branin"])
def test_bayesian_finds_more_than_random(name):
    function, ranges = FUNCTIONS[name]
    found = [
        (
            best("Random", function, ranges, seed),
            best("Bayesian", function, ranges, seed),
        )
        for seed in range(COUNT)
    ]
    low, high = interval([drawn - sought for drawn, sought in found])
    means = np.mean(found, axis=0)
    print(
        f"{name}: Random {means[0]:.4f}, Bayesian {means[1]:.4f}: {low:.4f} {high:.4f}"
    )
    assert (low if COUNT >= SEEDS else (low + high) / 2) > 0
