"""Ranges: what is refused, and where each value lies on its scale."""

import math

import pytest

from localaws.api.errors import ServiceError
from localaws.tuning.ranges import combinations, parsed


def one(kind, low, high, scale="Linear", name="a"):
    row = {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scale}
    return {f"{kind}ParameterRanges": [row]}


def categories(*values):
    return {"CategoricalParameterRanges": [{"Name": "c", "Values": list(values)}]}


@pytest.mark.parametrize(
    ("ranges", "words"),
    [
        ({}, "No hyperparameter has a range"),
        (one("Integer", "2", "1"), 'range of "a" has the MinValue 2, which is more'),
        (one("Integer", "0.5", "1"), 'MinValue of "a" is "0.5", which is not an int'),
        (one("Integer", "0", "9" * 20), "MaxValue.*which is not an integer"),
        (one("Integer", "1_0", "20"), 'MinValue of "a" is "1_0", which is not an int'),
        (one("Continuous", "x", "1"), 'MinValue of "a" is "x", which is not a number'),
        (one("Continuous", "0", "nan"), '"nan", which is not a number'),
        (one("Continuous", "0", "1e999"), '"1e999", which is not a number'),
        (one("Continuous", "0", "1", "Logarithmic"), "greater than 0; its MinValue is"),
        (one("Integer", "0", "1", "ReverseLogarithmic"), "only continuous ranges can"),
        (one("Continuous", "0", "1", "ReverseLogarithmic"), "within 0 <= x < 1.0; it"),
        (one("Integer", "0", "1", name=" "), "has no name"),
        (categories("x", "x"), 'range of "c" has a value more than once'),
        (
            {**one("Integer", "0", "1"), **one("Continuous", "0", "1")},
            'hyperparameter "a" has more than one range',
        ),
        (
            {
                "IntegerParameterRanges": [
                    {"Name": f"n{number}", "MinValue": "0", "MaxValue": "1"}
                    for number in range(31)
                ]
            },
            "31 hyperparameters have ranges, but at most 30",
        ),
    ],
)
def test_what_is_no_range_is_refused_in_words(ranges, words):
    with pytest.raises(ServiceError, match=words) as caught:
        parsed(ranges)
    assert caught.value.code == "ValidationException"


@pytest.mark.parametrize(
    ("low", "high", "scale", "middle"),
    [
        ("0", "10", "Linear", 5.0),
        ("0.001", "10", "Logarithmic", 0.1),
        ("0.9", "0.999", "ReverseLogarithmic", 0.99),
        ("0.001", "10", "Auto", 0.1),
        ("1", "99", "Auto", 50.0),
        ("-1", "1000", "Auto", 499.5),
        ("3", "3", "Logarithmic", 3.0),
    ],
)
def test_a_scale_is_even_from_end_to_end(low, high, scale, middle):
    [found] = parsed(one("Continuous", low, high, scale))
    said = [float(found.value(place)) for place in (0.0, 0.5, 1.0)]
    assert said == pytest.approx([float(low), middle, float(high)])
    assert said[0] >= float(low) and said[2] <= float(high)
    assert found.place(found.value(0.3)) == pytest.approx(0.3 if low != high else 0.5)


@pytest.mark.parametrize("scale", ["Linear", "Logarithmic"])
def test_each_integer_has_its_place_and_both_ends_are_there(scale):
    [found] = parsed(one("Integer", "1", "8", scale))
    said = [found.value(number / 1000) for number in range(1001)]
    assert said == sorted(said) and set(said) == {str(number) for number in range(1, 9)}
    assert [found.value(found.place(str(n))) for n in range(1, 9)] == list("12345678")
    share = said.count("8") / len(said)
    wide = math.log(8.5 / 7.5) / math.log(8.5 / 0.5)
    assert share == pytest.approx(wide if scale == "Logarithmic" else 1 / 8, abs=0.01)


def test_categories_share_their_range_and_know_no_others():
    [found] = parsed(categories("x", "y", "z"))
    assert [found.value(place) for place in (0, 0.34, 0.99, 1)] == ["x", "y", "z", "z"]
    assert found.value(found.place("y")) == "y"
    with pytest.raises(ValueError):
        found.place("w")


def test_combinations_are_counted():
    both = {**one("Integer", "1", "4"), **categories("x", "y", "z")}
    assert combinations(parsed(both)) == 12
    more = {**both, **one("Continuous", "0", "1", name="b")}
    assert combinations(parsed(more)) == math.inf
    assert combinations(parsed(one("Continuous", "0", "1"))) == math.inf
    assert combinations(parsed(one("Continuous", "1", "1"))) == 1
