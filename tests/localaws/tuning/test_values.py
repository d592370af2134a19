"""Combinations of values: which are new, and which there are at all."""

import random

from localaws.tuning.ranges import parsed
from localaws.tuning.values import drawn, fresh, key, listed

PARAMETERS = parsed(
    {
        "IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "500"}],
        "CategoricalParameterRanges": [{"Name": "c", "Values": ["a", "b"]}],
        "ContinuousParameterRanges": [{"Name": "x", "MinValue": "2", "MaxValue": "2"}],
    }
)


def test_the_only_combination_that_is_left_is_found():
    every = [
        {"n": str(n), "c": c, "x": "2.0"} for n in range(1, 501) for c in ("a", "b")
    ]
    last = every.pop(321)
    assert fresh(PARAMETERS, every, random.Random(0)) == last
    again = fresh(PARAMETERS, [*every, last], random.Random(0))
    assert again in [*every, last]


def test_all_values_of_a_hyperparameter_are_listed():
    assert [len(listed(one)) for one in PARAMETERS] == [500, 1, 2]
    assert listed(PARAMETERS[1]) == ["2.0"]


def test_combinations_are_told_apart_by_what_is_tuned():
    found = drawn(PARAMETERS, random.Random(1))
    assert key(PARAMETERS, found) == key(PARAMETERS, {**found, "other": "1"})
    assert key(PARAMETERS, {}) == (None, None, None)
