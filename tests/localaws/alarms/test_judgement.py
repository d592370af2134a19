"""What an alarm finds in its metric, beside a plain implementation of the same."""

import json
import random
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from moto.cloudwatch.models import MetricDatum

from localaws.alarms.judgement import as_text, judge, step_of
from localaws.alarms.series import Series

END = 6000.0
SIGNS = {
    "GreaterThanOrEqualToThreshold": ">=",
    "GreaterThanThreshold": ">",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}
STATISTICS = {
    "SampleCount": len,
    "Average": np.mean,
    "Sum": sum,
    "Minimum": min,
    "Maximum": max,
    "p90": lambda values: np.percentile(values, 90),
}


def series(points):
    data = []
    for moment, value in points:
        at = datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)
        data.append(MetricDatum("N", "m", value, [], at, "Count"))
    return Series(SimpleNamespace(metric_data=data))


def alarm(**members):
    statistic = members.pop("stat", "Sum")
    name = "Statistic" if statistic in list(STATISTICS)[:5] else "ExtendedStatistic"
    return {
        "Namespace": "N",
        "MetricName": "m",
        "Dimensions": [],
        name: statistic,
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 3.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **members,
    }


def plainly(points, wanted, statistic):
    """The state, from scratch: AWS's sentences one after the other."""
    period, count = wanted["Period"], wanted["EvaluationPeriods"]
    marks = []  # the newest first: "X" breaches, "0" does not, "-" is missing
    for number in range(count + 2):
        end = END - number * period
        values = [value for at, value in points if end - period <= at < end]
        if not values:
            marks.append("-")
            continue
        number = STATISTICS[statistic](values)
        sign = SIGNS[wanted["ComparisonOperator"]]
        breaches = eval(f"{float(number)!r} {sign} {float(wanted['Threshold'])!r}")
        marks.append("X" if breaches else "0")
    real, least = [m for m in marks if m != "-"][:count], wanted["DatapointsToAlarm"]
    how = wanted["TreatMissingData"]
    while len(real) < count and how in ("breaching", "notBreaching"):
        real.append("X" if how == "breaching" else "0")
    if not real:
        return "INSUFFICIENT_DATA" if how == "missing" else None
    if real.count("X") >= least:
        return "ALARM"
    if len(real) < count and "0" not in real:
        if how == "ignore":
            return None
        oldest = max(n for n, mark in enumerate(marks) if mark == "X") + 1
        return "ALARM" if oldest >= least else "OK"
    return "OK"


def test_a_thousand_random_series_have_the_states_of_a_plain_implementation():
    chance, found = random.Random(0), set()
    for _ in range(1000):
        count, period = chance.randint(1, 6), chance.choice([10, 30, 60, 300])
        wide = period * (count + 3)
        times = (
            END - wide + chance.random() * wide for _ in range(chance.randint(0, 12))
        )
        points = [(round(at, 3), chance.choice([0, 1, 2, 3, 3.5, 9])) for at in times]
        statistic = chance.choice(list(STATISTICS))
        wanted = alarm(
            stat=statistic,
            Period=period,
            EvaluationPeriods=count,
            DatapointsToAlarm=chance.randint(1, count),
            ComparisonOperator=chance.choice(list(SIGNS)),
            TreatMissingData=chance.choice(
                ["missing", "ignore", "breaching", "notBreaching"]
            ),
            Threshold=chance.choice([1, 2, 3, 6]),
        )
        state = judge(series(points), wanted, END, END).state
        assert state == plainly(points, wanted, statistic), (points, wanted)
        found.add((state, wanted["TreatMissingData"]))
    assert len(found) == 10  # every state that each treatment may lead to


@pytest.mark.parametrize(
    ("points", "members", "reason"),
    [
        (
            [(END - 1, 5)],
            {},
            "Threshold Crossed: 1 out of the last 1 datapoints [5.0 (01/01/70 "
            "01:39:00)] was greater than the threshold (3.0) (minimum 1 datapoint for "
            "OK -> ALARM transition).",
        ),
        (
            [(END - 1, 3), (END - 61, 2)],
            {"EvaluationPeriods": 2},
            "2 out of the last 2 datapoints [2.0 (01/01/70 01:38:00), 3.0 (01/01/70 "
            "01:39:00)] were not greater than the threshold (3.0) (minimum 1 datapoint "
            "for ALARM -> OK transition).",
        ),
        ([], {"EvaluationPeriods": 2}, "Insufficient Data: 2 datapoints were unknown."),
        (
            [],
            {"TreatMissingData": "breaching"},
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing "
            "datapoint was treated as [Breaching].",
        ),
        (
            [(END - 1, 5)],
            {"EvaluationPeriods": 3, "TreatMissingData": "breaching"},
            "(3.0) and 2 missing datapoints were treated as [Breaching].",
        ),
    ],
)
def test_the_reason_is_as_aws_words_it(points, members, reason):
    assert reason in judge(series(points), alarm(**members), END, END).reason


def test_the_data_of_the_reason_has_what_was_looked_at():
    points = [(END - 61, 1), (END - 60, 2), (END - 1, 5)]
    found = judge(series(points), alarm(Unit="Count"), END, END + 1)
    assert json.loads(as_text(found.data)) == {
        "version": "1.0",
        "queryDate": "1970-01-01T01:40:01.000+0000",
        "startDate": "1970-01-01T01:39:00.000+0000",
        "unit": "Count",
        "statistic": "Sum",
        "period": 60,
        "recentDatapoints": [7.0],
        "threshold": 3.0,
        "evaluatedDatapoints": [
            {"timestamp": "1970-01-01T01:39:00.000+0000", "sampleCount": 2, "value": 7}
        ],
    }


def test_data_that_is_too_long_loses_its_datapoints():
    text = as_text({"version": "1.0", "recentDatapoints": [0.123456789] * 1000})
    assert json.loads(text) == {"version": "1.0"}


def test_a_percentile_of_few_samples_changes_nothing_where_that_is_wished():
    many = [(END - 1 - n / 10, 9) for n in range(99)]
    wanted = alarm(stat="p90", EvaluateLowSampleCountPercentile="ignore")
    assert judge(series(many), wanted, END, END).state is None
    assert judge(series([*many, (END - 30, 9)]), wanted, END, END).state == "ALARM"
    wanted["EvaluateLowSampleCountPercentile"] = "evaluate"
    assert judge(series(many[:1]), wanted, END, END).state == "ALARM"


def test_an_expression_is_what_an_alarm_looks_at():
    metric = {"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 60}
    queries = [
        {"Id": "a", "MetricStat": {**metric, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "b", "Expression": "FILL(a, 0) * 2"},
    ]
    wanted = alarm(Metrics=queries, Threshold=9, EvaluationPeriods=2)
    wanted["DatapointsToAlarm"] = 1
    assert judge(series([(END - 1, 5)]), wanted, END, END).state == "ALARM"
    assert judge(series([(END - 1, 4)]), wanted, END, END).state == "OK"
    assert judge(series([]), wanted, END, END).state == "OK"  # filled with 0


def test_short_periods_are_evaluated_often_and_days_seldom():
    assert [step_of(alarm(Period=p)) for p in (10, 30, 60, 3600)] == [10, 10, 60, 60]
    assert step_of(alarm(Period=3600, EvaluationPeriods=25)) == 3600
