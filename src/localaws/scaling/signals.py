"""What an alarm tells a policy: which policy, and how its metric has left a threshold.

Alarms call a policy when they ring, and then once a minute as long as they do.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from localaws.alarms import actions
from localaws.alarms.records import Transition
from localaws.api.errors import ServiceError
from localaws.api.registry import Context
from localaws.records.store import Record
from localaws.scaling.run import Scaling


def heard(context: Context, arn: str, change: Transition) -> None:
    """Let a policy act on an alarm; ServiceError where it is not there."""
    alarm = change.after
    values = latest(context, change.region, alarm)
    if change.before["StateValue"] != alarm["StateValue"]:
        values = said(alarm) or values
    if not values:
        raise ServiceError(
            "ValidationException",
            "nothing is scaled: the alarm names no datapoints, and its metric has none",
        )
    name, threshold = alarm["AlarmName"], float(alarm["Threshold"])
    context.part(Scaling).act(change.region, arn, threshold, values, name)


def known(context: Context, arn: str) -> None:
    """Raise ServiceError for the ARN of a policy that is not there."""
    region = arn.split(":")[3]
    if context.part(Scaling).book(region).policy(arn) is None:
        raise ServiceError("ValidationError", f'There is no scaling policy "{arn}".')


def said(alarm: Record) -> list[float]:
    """Return the datapoints that an alarm's state was set with, the latest last."""
    try:
        data = json.loads(alarm.get("StateReasonData") or "{}")
        return [float(one) for one in data.get("recentDatapoints", ())]
    except (ValueError, TypeError, AttributeError):  # somebody has set it by hand
        return []


def latest(context: Context, region: str, alarm: Record) -> list[float]:
    """Return the datapoints of an alarm's last periods that are over."""
    statistic = alarm.get("Statistic")
    if statistic is None:  # it computes with several metrics, or has a percentile
        return []
    period = alarm["Period"]
    end = context.clock.now() // period * period
    asked = ("Namespace", "MetricName", "Dimensions", "Unit")
    client: Any = context.clients.get("cloudwatch", region)
    rows = client.get_metric_statistics(
        **{name: alarm[name] for name in asked if alarm.get(name)},
        StartTime=datetime.fromtimestamp(
            end - period * alarm["EvaluationPeriods"], UTC
        ),
        EndTime=datetime.fromtimestamp(end, UTC),
        Period=period,
        Statistics=[statistic],
    )["Datapoints"]
    return [row[statistic] for row in sorted(rows, key=lambda row: row["Timestamp"])]


actions.register("autoscaling", heard, check=known, repeats=True, of_composites=False)
