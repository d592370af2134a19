"""What would never be evaluated, or not as it says, is refused."""

import pytest
from alarmed import ONE

from localaws.api.errors import ServiceError

BAD, NOT_HERE = "ValidationError", "NotImplementedException"
STAT = {
    "Metric": {"Namespace": "N", "MetricName": "m"},
    "Period": 60,
    "Stat": "Sum",
}
A = {"Id": "a", "MetricStat": STAT, "ReturnData": False}
OF_ONE = ("Namespace", "MetricName", "Statistic", "Period")


@pytest.mark.parametrize(
    ("members", "words", "code"),
    [
        ({"Period": 15}, "10, 20, 30 or a multiple of 60", BAD),
        ({"DatapointsToAlarm": 2}, "greater than EvaluationPeriods", BAD),
        ({"EvaluationPeriods": 1441}, "more than a day", BAD),
        ({"Period": 3600, "EvaluationPeriods": 169}, "or a week", BAD),
        ({"TreatMissingData": "none"}, "must be one of", BAD),
        ({"ExtendedStatistic": "p90"}, "either Statistic or", BAD),
        ({"Statistic": None}, "either Statistic or", BAD),
        ({"Statistic": None, "ExtendedStatistic": "q9"}, "not supported", BAD),
        ({"Statistic": None, "ExtendedStatistic": "Sum"}, "belongs to", BAD),
        ({"Statistic": None, "ExtendedStatistic": "tm9"}, "not compute", NOT_HERE),
        ({"EvaluateLowSampleCountPercentile": "ignore"}, "for a percentile", BAD),
        ({"Threshold": None}, "Threshold is required", BAD),
        ({"Threshold": float("nan")}, "must be a number", BAD),
        ({"AlarmName": "a\0b"}, "control characters", BAD),
        ({"AlarmDescription": "\ud800"}, "Unicode", BAD),
        ({"MetricName": None}, "MetricName is required", BAD),
        ({"ThresholdMetricId": "a"}, "anomalies", NOT_HERE),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "anomalies", NOT_HERE),
        ({"EvaluationWindow": {"WallClockWindow": {}}}, "sliding", NOT_HERE),
        ({"EvaluationInterval": 60}, "PromQL", NOT_HERE),
        (
            {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 1}},
            "waits",
            NOT_HERE,
        ),
        ({"Metrics": [A]}, "excludes Namespace", BAD),
    ],
)
def test_an_alarm_that_is_none_is_refused(alarmed, members, words, code):
    given = {k: v for k, v in {**ONE, **members}.items() if v is not None}
    with pytest.raises(ServiceError, match=words) as caught:
        alarmed("PutMetricAlarm", **given)
    assert caught.value.code == code
    assert alarmed("DescribeAlarms")["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("queries", "words", "code"),
    [
        ([A], "Exactly one", BAD),
        ([A, {"Id": "b", "Expression": "1+1"}], "one time series", BAD),
        ([A, {"Id": "b", "Expression": "METRICS()"}], "one time series", BAD),
        ([A, {"Id": "b", "Expression": "x"}], "Error in expression", BAD),
        (
            [
                A,
                {"Id": "b", "MetricStat": {**STAT, "Period": 300}, "ReturnData": False},
                {"Id": "c", "Expression": "a+b"},
            ],
            "same period",
            NOT_HERE,
        ),
        ([{"Id": "b", "Expression": "TIME_SERIES(1)"}], "same period", NOT_HERE),
    ],
)
def test_queries_that_no_alarm_can_have_are_refused(alarmed, queries, words, code):
    given = {k: v for k, v in ONE.items() if k not in OF_ONE}
    with pytest.raises(ServiceError, match=words) as caught:
        alarmed("PutMetricAlarm", **given, Metrics=queries)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"AlarmRule": "ALARM(none)"}, "do not exist: none"),
        ({"AlarmRule": "ALARM(busy) AND"}, "ends too soon"),
        ({"AlarmRule": "ALARM(both)"}, "about themselves"),
        ({"AlarmName": "busy", "AlarmRule": "TRUE"}, "is a MetricAlarm"),
        ({"ActionsSuppressor": "busy"}, "suppress"),
        ({"AlarmActions": ["arn:aws:autoscaling:us-east-1:1:x"]}, "does not perform"),
    ],
)
def test_a_composite_alarm_that_is_none_is_refused(alarmed, members, words):
    alarmed.alarm()
    given = {"AlarmName": "both", "AlarmRule": "ALARM(busy)"}
    alarmed("PutCompositeAlarm", **given)
    with pytest.raises(ServiceError, match=words):
        alarmed("PutCompositeAlarm", **{**given, **members})
