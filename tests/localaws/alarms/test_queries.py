"""Queries are answered together, and those that cannot be are refused."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from moto.cloudwatch.models import MetricDatum

from localaws.alarms import queries
from localaws.alarms.series import Series
from localaws.api.errors import ServiceError

METRIC = {"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
A = {"Id": "a", "MetricStat": METRIC}


def expression(text, name="e"):
    return {"Id": name, "Expression": text}


def test_expressions_are_computed_whatever_their_order():
    points = [(1, 2), (61, 3), (62, 4)]
    data = [
        MetricDatum("N", "m", value, [], datetime.fromtimestamp(at, UTC), None)
        for at, value in points
    ]
    series = Series(SimpleNamespace(metric_data=data))
    asked = [expression("f + 1"), expression("a * 10", "f"), A]
    found = queries.answers(series, asked, 0, 120)
    assert found["a"].points == {0: 2, 60: 7}
    assert found["e"].points == {0: 21, 60: 71}


@pytest.mark.parametrize(
    ("asked", "words", "code"),
    [
        ([A, A], "unique", "ValidationError"),
        ([{**A, "Id": "A"}], "lower-case", "ValidationError"),
        ([{"Id": "a"}], "either", "ValidationError"),
        ([{**A, "Expression": "a"}], "either", "ValidationError"),
        ([expression("b + 1")], '"b"', "ValidationError"),
        ([expression("e + 1")], "refer to each other", "ValidationError"),
        ([A, expression("a +")], "ends too soon", "ValidationError"),
        ([A, expression("SEARCH('x')")], "does not compute", "NotImplementedException"),
        ([expression("SELECT AVG(x)")], "Insights", "NotImplementedException"),
        ([{**A, "AccountId": "1"}], "one account", "NotImplementedException"),
        ([{**A, "Label": "${MAX}"}], "dynamic", "NotImplementedException"),
        (
            [{"Id": "a", "MetricStat": {**METRIC, "Stat": "tm99"}}],
            "does not compute",
            "NotImplementedException",
        ),
        (
            [{"Id": "a", "MetricStat": {**METRIC, "Stat": "x"}}],
            "not supported",
            "ValidationError",
        ),
        (
            [{"Id": "a", "MetricStat": {**METRIC, "Period": 90}}],
            "multiple of 60",
            "ValidationError",
        ),
        (
            [{"Id": "a", "MetricStat": {**METRIC, "Metric": {}}}],
            "Namespace",
            "ValidationError",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused(asked, words, code):
    with pytest.raises(ServiceError, match=words) as caught:
        queries.check(asked, "123456789012")
    assert caught.value.code == code


def test_what_can_be_answered_is_not():
    queries.check([A, expression("100 * FILL(a, 0)")], "123456789012")
