"""What an alarm tells of a change of its state: to topics, functions and rules."""

from __future__ import annotations

import functools
import json
import uuid
from datetime import UTC, datetime
from typing import Any

from botocore.loaders import Loader

from localaws.alarms.records import Transition
from localaws.eventbridge.sources import SOURCES
from localaws.records.store import Record

SOURCE, DETAIL_TYPE = "aws.cloudwatch", "CloudWatch Alarm State Change"
SOURCES[SOURCE] = lambda: [DETAIL_TYPE]
_STATISTICS = {"SampleCount": "SAMPLE_COUNT"}


def moment(seconds: float) -> str:
    """Return a time as alarms tell it, to the millisecond."""
    utc = datetime.fromtimestamp(seconds, UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "+0000")


@functools.cache
def place(region: str) -> str:
    """Return what a region is called: "US East (N. Virginia)"."""
    parts = Loader().load_data("endpoints")["partitions"]
    found = (part["regions"].get(region) for part in parts)
    return str(next((one["description"] for one in found if one), region))


def subject(change: Transition) -> str:
    """Return the subject of a message to a topic, which has up to 100 characters."""
    state, name = change.after["StateValue"], change.after["AlarmName"]
    return f'{state}: "{name}" in {place(change.region)}'[:100]


def message(change: Transition, account: str) -> dict[str, Any]:
    """Return what a topic is told.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    """
    now = change.after
    updated = now["AlarmConfigurationUpdatedTimestamp"]
    told = {
        "AlarmName": now["AlarmName"],
        "AlarmDescription": now.get("AlarmDescription"),
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": moment(updated),
        "NewStateValue": now["StateValue"],
        "NewStateReason": now["StateReason"],
        "StateChangeTime": moment(now["StateUpdatedTimestamp"]),
        "Region": place(change.region),
        "AlarmArn": change.arn,
        "OldStateValue": change.before["StateValue"],
        "OKActions": now["OKActions"],
        "AlarmActions": now["AlarmActions"],
        "InsufficientDataActions": now["InsufficientDataActions"],
    }
    if "AlarmRule" in now:
        return {**told, "AlarmRule": now["AlarmRule"]}
    return {**told, "Trigger": _trigger(now)}


def _trigger(alarm: Record) -> dict[str, Any]:
    told = {
        "Period": alarm.get("Period"),
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm"),
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": alarm.get(
            "EvaluateLowSampleCountPercentile", ""
        ),
    }
    if "Metrics" in alarm:
        return {**told, "Metrics": alarm["Metrics"]}
    rows = alarm["Dimensions"]
    simple = alarm.get("Statistic", "")
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": "Statistic" if simple else "ExtendedStatistic",
        "Statistic": _STATISTICS.get(simple, simple.upper())
        or alarm["ExtendedStatistic"],
        "Unit": alarm.get("Unit"),
        "Dimensions": [{"value": row["Value"], "name": row["Name"]} for row in rows],
        **told,
    }


def payload(change: Transition, account: str) -> dict[str, Any]:
    """Return what a function is told that is itself an alarm's action.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
    """
    return {
        "source": SOURCE,
        "alarmArn": change.arn,
        "accountId": account,
        "time": moment(change.after["StateUpdatedTimestamp"]),
        "region": change.region,
        "alarmData": _detail(change),
    }


def event(change: Transition, account: str) -> dict[str, Any]:
    """Return the event that EventBridge's rules are told.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """
    utc = datetime.fromtimestamp(change.after["StateUpdatedTimestamp"], UTC)
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": DETAIL_TYPE,
        "source": SOURCE,
        "account": account,
        "time": utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": change.region,
        "resources": [change.arn],
        "detail": _detail(change),
    }


def _detail(change: Transition) -> dict[str, Any]:
    return {
        "alarmName": change.after["AlarmName"],
        "configuration": _configuration(change.after),
        "previousState": state(change.before),
        "state": state(change.after),
    }


def state(record: Record) -> dict[str, Any]:
    """Return a state as events have it."""
    told = {
        "value": record["StateValue"],
        "reason": record["StateReason"],
        "timestamp": moment(record["StateUpdatedTimestamp"]),
    }
    if data := record.get("StateReasonData"):
        told["reasonData"] = data
    return told


def _configuration(alarm: Record) -> dict[str, Any]:
    told = {"description": alarm.get("AlarmDescription", "")}
    if "AlarmRule" in alarm:
        return {**told, "alarmRule": alarm["AlarmRule"]}
    return {**told, "metrics": [_query(one) for one in queries_of(alarm)]}


def queries_of(alarm: Record) -> list[Record]:
    """Return the queries of an alarm; that of one metric alone has the Id "m"."""
    if "Metrics" in alarm:
        return list(alarm["Metrics"])
    names = ("Namespace", "MetricName", "Dimensions")
    wanted = {
        "Metric": {name: alarm[name] for name in names},
        "Period": alarm["Period"],
        "Stat": alarm.get("Statistic") or alarm["ExtendedStatistic"],
        **({"Unit": alarm["Unit"]} if "Unit" in alarm else {}),
    }
    return [{"Id": "m", "MetricStat": wanted, "ReturnData": True}]


def _query(query: Record) -> dict[str, Any]:
    told: dict[str, Any] = {"id": query["Id"]}
    if wanted := query.get("MetricStat"):
        metric = wanted["Metric"]
        rows = metric.get("Dimensions") or ()
        told["metricStat"] = {
            "metric": {
                "namespace": metric["Namespace"],
                "name": metric["MetricName"],
                "dimensions": {row["Name"]: row["Value"] for row in rows},
            },
            "period": wanted["Period"],
            "stat": wanted["Stat"],
            **({"unit": wanted["Unit"]} if "Unit" in wanted else {}),
        }
    else:
        told["expression"] = query["Expression"]
    if label := query.get("Label"):
        told["label"] = label
    return {**told, "returnData": query.get("ReturnData", True)}


def as_text(value: dict[str, Any]) -> str:
    """Return JSON as alarms send it."""
    return json.dumps(value)
