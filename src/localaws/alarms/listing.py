"""ListMetrics: each metric once, however many points it has."""

from __future__ import annotations

from typing import Any

from localaws.alarms.readings import Readings
from localaws.alarms.series import Metric
from localaws.api.errors import ServiceError
from localaws.api.registry import Call, operation

PAGE = 500  # metrics of one answer
RECENT = 3 * 3600  # seconds that RecentlyActive, "PT3H", stands for


@operation("ListMetrics", "cloudwatch")
def list_metrics(call: Call) -> dict[str, Any]:
    """Return the metrics that have points, without repeating one.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
    """
    asked, account = call.input, call.context.account
    since = call.context.clock.now() - RECENT if asked.get("RecentlyActive") else 0
    series = call.context.part(Readings).of(call.region)
    mine = asked.get("OwningAccount") in (None, account)
    found = [one for one in series.metrics(since) if mine and _wanted(one, asked)]
    first = _first(asked.get("NextToken") or "0")
    rows = [_row(one) for one in found[first : first + PAGE]]
    more = {"NextToken": str(first + PAGE)} if first + PAGE < len(found) else {}
    linked = asked.get("IncludeLinkedAccounts")
    owners = {"OwningAccounts": [account for _ in rows]} if linked else {}
    return {"Metrics": rows, **owners, **more}


def _wanted(one: Metric, asked: dict[str, Any]) -> bool:
    """Return whether a metric has the names, and among others the dimensions, given."""
    has = dict(one.dimensions)
    return (
        asked.get("Namespace") in (None, one.namespace)
        and asked.get("MetricName") in (None, one.name)
        and all(
            row["Name"] in has and row.get("Value") in (None, has[row["Name"]])
            for row in asked.get("Dimensions") or ()
        )
    )


def _first(token: str) -> int:
    if not (token.isascii() and token.isdecimal() and len(token) < 15):
        text = "Request parameter NextToken is invalid"
        raise ServiceError("InvalidParameterValue", text)
    return int(token)


def _row(one: Metric) -> dict[str, Any]:
    names = [{"Name": name, "Value": value} for name, value in one.dimensions]
    return {"Namespace": one.namespace, "MetricName": one.name, "Dimensions": names}
