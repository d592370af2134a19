"""Alarms tell of themselves in the shapes that AWS documents."""

import pytest

from localaws.alarms import telling
from localaws.alarms.records import Transition

ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:busy"
LISTS = {
    "OKActions": [],
    "AlarmActions": ["arn:aws:sns:us-east-1:1:t"],
    "InsufficientDataActions": [],
}
BASE = {
    "AlarmName": "busy",
    "AlarmArn": ARN,
    "AlarmConfigurationUpdatedTimestamp": 0.0,
    "StateReason": "why",
    **LISTS,
}
METRIC = {
    **BASE,
    "AlarmDescription": "too many",
    "Namespace": "AWS/SageMaker",
    "MetricName": "Invocations",
    "Dimensions": [{"Name": "EndpointName", "Value": "e"}],
    "Statistic": "Sum",
    "Unit": "None",
    "Period": 60,
    "EvaluationPeriods": 2,
    "Threshold": 3.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def change(record):
    before = {**record, "StateValue": "OK", "StateUpdatedTimestamp": 1.5}
    after = {**record, "StateValue": "ALARM", "StateUpdatedTimestamp": 2.25}
    return Transition("us-east-1", before, {**after, "StateReasonData": "{}"})


def test_a_topic_is_told_state_reason_and_trigger():
    told = telling.message(change(METRIC), "1")
    assert told == {
        "AlarmName": "busy",
        "AlarmDescription": "too many",
        "AWSAccountId": "1",
        "AlarmConfigurationUpdatedTimestamp": "1970-01-01T00:00:00.000+0000",
        "NewStateValue": "ALARM",
        "NewStateReason": "why",
        "StateChangeTime": "1970-01-01T00:00:02.250+0000",
        "Region": "US East (N. Virginia)",
        "AlarmArn": ARN,
        "OldStateValue": "OK",
        **LISTS,
        "Trigger": {
            "MetricName": "Invocations",
            "Namespace": "AWS/SageMaker",
            "StatisticType": "Statistic",
            "Statistic": "SUM",
            "Unit": "None",
            "Dimensions": [{"value": "e", "name": "EndpointName"}],
            "Period": 60,
            "EvaluationPeriods": 2,
            "DatapointsToAlarm": None,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 3.0,
            "TreatMissingData": "missing",
            "EvaluateLowSampleCountPercentile": "",
        },
    }
    subject = telling.subject(change({**METRIC, "AlarmName": "x" * 200}))
    assert subject.startswith('ALARM: "xxx') and len(subject) == 100


def test_a_function_and_a_rule_are_told_both_states_and_the_configuration():
    event = telling.event(change(METRIC), "1")
    payload = telling.payload(change(METRIC), "1")
    assert payload["alarmData"] == event["detail"]
    assert (payload["alarmArn"], payload["source"]) == (ARN, "aws.cloudwatch")
    assert payload["time"] == "1970-01-01T00:00:02.250+0000"
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["resources"] == [ARN] and event["time"] == "1970-01-01T00:00:02Z"
    detail = event["detail"]
    assert detail["state"] == {
        "value": "ALARM",
        "reason": "why",
        "timestamp": "1970-01-01T00:00:02.250+0000",
        "reasonData": "{}",
    }
    assert detail["previousState"]["value"] == "OK"
    [query] = detail["configuration"]["metrics"]
    assert query["metricStat"] == {
        "metric": {
            "namespace": "AWS/SageMaker",
            "name": "Invocations",
            "dimensions": {"EndpointName": "e"},
        },
        "period": 60,
        "stat": "Sum",
        "unit": "None",
    }


def test_expressions_and_rules_are_told_as_they_are():
    queries = [{"Id": "e", "Expression": "a*2", "Label": "twice"}]
    known = {k: v for k, v in METRIC.items() if k not in ("Statistic", "MetricName")}
    found = telling.event(change({**known, "Metrics": queries}), "1")
    [query] = found["detail"]["configuration"]["metrics"]
    assert query == {
        "id": "e",
        "expression": "a*2",
        "label": "twice",
        "returnData": True,
    }
    composite = change({**BASE, "AlarmRule": "ALARM(a)"})
    assert telling.message(composite, "1")["AlarmRule"] == "ALARM(a)"
    configuration = telling.event(composite, "1")["detail"]["configuration"]
    assert configuration == {"description": "", "alarmRule": "ALARM(a)"}


@pytest.mark.parametrize(
    ("region", "name"),
    [("eu-central-1", "Europe (Frankfurt)"), ("xx-none-1", "xx-none-1")],
)
def test_regions_are_called_by_their_names(region, name):
    assert telling.place(region) == name
