"""Random and Grid: which values come, and that the same seed brings the same."""

import itertools

import pytest

from localaws.tuning import strategies
from localaws.tuning.ranges import parsed
from localaws.tuning.strategies import strategy
from localaws.tuning.values import Seen

MIXED = parsed(
    {
        "IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "3"}],
        "ContinuousParameterRanges": [
            {"Name": "x", "MinValue": "0.0001", "MaxValue": "1"}
        ],
        "CategoricalParameterRanges": [{"Name": "c", "Values": ["a", "b"]}],
    }
)
FEW = [one for one in MIXED if one.name != "x"]
CATEGORIES = parsed(
    {
        "CategoricalParameterRanges": [
            {"Name": "c", "Values": ["a", "b"]},
            {"Name": "d", "Values": ["x", "y", "z"]},
        ]
    }
)


def drawn(parameters, seed, count, name="Random"):
    chosen, found = strategy(name, parameters, seed), []
    for number in range(count):
        seen = [Seen(values, 1.0) for values in found]
        found.append(chosen.suggest(number, seen, []))
    return found


def test_random_draws_the_same_with_the_same_seed_and_else_others():
    assert drawn(MIXED, 1, 20) == drawn(MIXED, 1, 20) != drawn(MIXED, 2, 20)


def test_random_needs_not_know_which_jobs_have_ended():
    earlier = drawn(MIXED, 1, 4)
    chosen = strategy("Random", MIXED, 1)
    ended = [Seen(values, 0.5) for values in earlier]
    assert chosen.suggest(4, ended, []) == chosen.suggest(4, ended[:1], earlier[1:])


def test_random_draws_evenly_on_each_scale():
    found = drawn(MIXED, 3, 400)
    assert {one["n"] for one in found} == {"1", "2", "3"}
    assert 150 < sum(one["c"] == "a" for one in found) < 250
    below = sum(float(one["x"]) < 0.01 for one in found)  # the middle of the logarithm
    assert 150 < below < 250


def test_random_draws_no_combination_twice_while_there_are_others():
    found = drawn(FEW, 0, 6)
    assert len({(one["n"], one["c"]) for one in found}) == 6
    assert drawn(FEW, 0, 7)[:6] == found


def test_grid_has_each_combination_once_in_their_order():
    found = drawn(CATEGORIES, 0, 6, "Grid")
    expected = list(itertools.product("ab", "xyz"))
    assert [(one["c"], one["d"]) for one in found] == expected
    assert strategies.most("Grid", CATEGORIES) == 6
    assert strategies.most("Random", CATEGORIES) > 1e9


def test_a_package_that_is_missing_is_named(monkeypatch):
    assert strategies.missing("Bayesian") == "" == strategies.missing("Random")
    monkeypatch.setattr(strategies.importlib.util, "find_spec", lambda name: None)
    assert strategies.missing("Bayesian") == "scikit-learn"
    assert strategies.missing("Random") == ""


@pytest.mark.parametrize("parameters", [MIXED, FEW])
def test_bayesian_is_one_of_them(parameters):
    assert drawn(parameters, 5, 6, "Bayesian") == drawn(parameters, 5, 6, "Bayesian")
