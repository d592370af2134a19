"""The functions of metric math give what Python gives for each datapoint."""

import math
import statistics

import pytest

from localaws.alarms.expressions import BadExpression, parse
from localaws.alarms.mathematics import Line, Scope, check, evaluate

A = Line({0: 1.0, 60: 2.0, 120: 4.0}, 60)
B = Line({60: 10.0, 120: 0.0, 180: 5.0}, 60)
MOMENTS = [0, 60, 120, 180]


def value(text):
    tree = parse(text)
    check(tree)
    return evaluate(tree, Scope({"a": A, "b": B}, {"a": A, "b": B}, MOMENTS))


def points(text):
    return value(text).points


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a+b", {60: 12, 120: 4}),
        ("a/b", {60: 0.2}),  # nothing is divided by zero
        ("100*a-1", {0: 99, 60: 199, 120: 399}),
        ("a^2", {0: 1, 60: 4, 120: 16}),
        ("a>=2", {0: 0, 60: 1, 120: 1}),
        ("a>1 AND b>1", {60: 1, 120: 0}),
        ("a>9 OR b>1", {60: 1, 120: 0}),
        ("-a", {0: -1, 60: -2, 120: -4}),
        ("IF(a>1, a, 0)", {0: 0, 60: 2, 120: 4}),
        ("IF(a>1, b)", {60: 10, 120: 0}),
        ("FILL(a, 7)", {0: 1, 60: 2, 120: 4, 180: 7}),
        ("FILL(a, b)", {0: 1, 60: 2, 120: 4, 180: 5}),
        ("FILL(b, REPEAT)", {60: 10, 120: 0, 180: 5}),
        ("SUM([a,b])", {0: 1, 60: 12, 120: 4, 180: 5}),
        ("MAX(METRICS())", {0: 1, 60: 10, 120: 4, 180: 5}),
        ("AVG(METRICS('a'))", A.points),
        ("a - AVG(a)", {0: 1 - 7 / 3, 60: 2 - 7 / 3, 120: 4 - 7 / 3}),
        ("DIFF(a)", {60: 1, 120: 2}),
        ("RATE(a)", {60: 1 / 60, 120: 2 / 60}),
        ("a/PERIOD(a)", {0: 1 / 60, 60: 2 / 60, 120: 4 / 60}),
        ("RUNNING_SUM(a)", {0: 1, 60: 3, 120: 7}),
        ("LOG(b)", {60: math.log(10), 180: math.log(5)}),
        ("CEIL(a/3)+FLOOR(a/3)+ABS(-a)", {0: 2, 60: 3, 120: 7}),
        ("TIME_SERIES(MAX(a))", dict.fromkeys(MOMENTS, 4)),
        ("FIRST([a,b])", A.points),
        ("LAST([a,b])", B.points),
    ],
)
def test_each_datapoint_is_computed(text, found):
    assert points(text) == pytest.approx(found)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("SUM(a)", 7),
        ("MIN(b)", 0),
        ("STDDEV(a)", statistics.pstdev([1, 2, 4])),
        ("METRIC_COUNT(METRICS())", 2),
        ("2*3-1", 5),
    ],
)
def test_what_is_of_all_datapoints_is_a_number(text, number):
    assert value(text) == pytest.approx(number)


def test_an_array_is_computed_line_by_line():
    assert [one.points for one in value("METRICS()*2")] == [
        {0: 2, 60: 4, 120: 8},
        {60: 20, 120: 0, 180: 10},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "SEARCH('x', 'Sum')",
        "ANOMALY_DETECTION_BAND(a)",
        "c+1",
        "ABS(a, b)",
        "IF(a)",
        "[a]+[b]",
        "DIFF(3)",
        "FILL(a, LINEAR)",
        "a + 'x'",
    ],
)
def test_what_is_not_computed_is_said(text):
    with pytest.raises(BadExpression):
        value(text)
