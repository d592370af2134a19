"""GetMetricStatistics and GetMetricData: what moto has of statistics, made right."""

from __future__ import annotations

import math
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from localaws.alarms import queries
from localaws.alarms.expressions import BadExpression
from localaws.alarms.queries import Query, lines, wrong
from localaws.alarms.series import Series, metric_of
from localaws.alarms.statistics import SIMPLE, Period, is_percentile, periods, trouble
from localaws.api.errors import ServiceError
from localaws.api.registry import Call, Context, operation
from localaws.neighbours.guards import refused

MOST_POINTS = 1440  # of one GetMetricStatistics
MOST_VALUES, MOST_QUERIES = 100_800, 500  # of one GetMetricData
_DAY = 86_400


class Readings:
    """The points of all regions."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._made: dict[str, Series] = {}

    def of(self, region: str) -> Series:
        """Return the points of a region."""
        backend = cloudwatch_backends[self._account][region]
        found = self._made.get(region)
        if found is None or found.backend is not backend:  # a reset makes others
            found = self._made[region] = Series(backend)
        return found


def setup(context: Context) -> None:
    """Let statistics be asked for."""
    context.add(Readings(context.account))


@operation("GetMetricStatistics", "cloudwatch")
def get_metric_statistics(call: Call) -> dict[str, Any]:
    """Return statistics of a metric for each of its units and periods with points.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
    """
    asked, period = call.input, call.input["Period"]
    statistics = _statistics(asked)
    start, end = _span(asked, period)
    start = rounded(start, call.context.clock.now(), period)
    series = call.context.part(Readings).of(call.region)
    points = series.between(metric_of(asked), start, end, asked.get("Unit"))
    units = dict.fromkeys(point.unit for point in points)
    found = [
        _datapoint(one, statistics, unit)
        for unit in units
        for one in periods((p for p in points if p.unit == unit), start, period)
    ]
    found.sort(key=lambda row: row["Timestamp"])
    return {"Label": asked["MetricName"], "Datapoints": found}


def _statistics(asked: dict[str, Any]) -> list[str]:
    """Return the statistics that are asked for; ServiceError where one is none."""
    simple = asked.get("Statistics") or []
    extended = asked.get("ExtendedStatistics") or []
    if not simple and not extended:
        text = "Must specify either Statistics or ExtendedStatistics"
        raise ServiceError("InvalidParameterCombination", text)
    for name in extended:
        if words := trouble(name):
            ours = words.startswith("localaws")
            raise refused(words) if ours else _bad(words)
        if not is_percentile(name):
            raise _bad(f"{name} belongs to Statistics, not to ExtendedStatistics.")
    return [*simple, *extended]


def _bad(words: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", words)


def _span(asked: dict[str, Any], period: int) -> tuple[float, float]:
    start, end = asked["StartTime"], asked["EndTime"]
    if start >= end:
        text = "The parameter StartTime must be less than the parameter EndTime."
        raise _bad(text)
    if (period not in queries.PERIODS and period % 60) or period > queries.LONGEST:
        raise _bad(f"The period {period} must be 1, 5, 10, 20, 30 or a multiple of 60.")
    count = math.ceil((end - start) / period)
    if count > MOST_POINTS:
        raise ServiceError(
            "InvalidParameterCombination",
            f"You have requested up to {count:,} datapoints, which exceeds the limit "
            f"of {MOST_POINTS:,}. You may reduce the datapoints requested by "
            "increasing Period, or decreasing the time range.",
        )
    return start, end


def rounded(start: float, now: float, period: int) -> float:
    """Return when the first period begins: a whole minute, or a part of one.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
    """
    age = (now - start) / _DAY
    whole = 60 if age <= 15 else 300 if age <= 63 else 3600
    step = period if period < 60 else whole
    return start // step * step


def _datapoint(one: Period, statistics: list[str], unit: str) -> dict[str, Any]:
    values = {name: one.value(name) for name in statistics}
    found = {name: value for name, value in values.items() if value is not None}
    extended = {name: found.pop(name) for name in [*found] if name not in SIMPLE}
    row = {"Timestamp": one.start, **found, "Unit": unit}
    return {**row, "ExtendedStatistics": extended} if extended else row


@operation("GetMetricData", "cloudwatch")
def get_metric_data(call: Call) -> dict[str, Any]:
    """Return the values of metrics and of expressions of them.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
    """
    asked, given = call.input, call.input["MetricDataQueries"]
    start, end = asked["StartTime"], asked["EndTime"]
    if start >= end:
        raise wrong("The parameter StartTime must be less than the parameter EndTime.")
    if len(given) > MOST_QUERIES or not given:
        raise wrong(f"MetricDataQueries has {len(given)} members, not 1 to 500.")
    if asked.get("LabelOptions"):
        raise refused("localaws has no dynamic labels, for which LabelOptions is.")
    queries.check(given, call.context.account)
    lengths = [q["MetricStat"]["Period"] for q in given if "MetricStat" in q]
    now, shortest = call.context.clock.now(), min(lengths, default=60)
    start = rounded(start, now, shortest)
    series = call.context.part(Readings).of(call.region)
    try:
        values = queries.answers(series, given, start, end)
    except BadExpression as error:
        raise wrong(f"Error in expression: {error}.") from None
    shown = [query for query in given if query.get("ReturnData", True)]
    rows = [row for query in shown for row in _results(query, values, asked)]
    return _paged(rows, asked)


def _results(
    query: Query, values: dict[str, Any], asked: dict[str, Any]
) -> list[dict[str, Any]]:
    back = asked.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    found = []
    for one in lines(values[query["Id"]], query["Id"]):
        points = sorted(one.points.items(), reverse=back)
        found.append(
            {
                "Id": query["Id"],
                "Label": query.get("Label") or _label(query),
                "Timestamps": [at for at, _ in points],
                "Values": [value for _, value in points],
                "StatusCode": "Complete",
            }
        )
    return found


def _label(query: Query) -> str:
    if wanted := query.get("MetricStat"):
        return str(wanted["Metric"]["MetricName"])
    return str(query["Id"])


def _paged(rows: list[dict[str, Any]], asked: dict[str, Any]) -> dict[str, Any]:
    """Return as many datapoints as are wanted, and a token for the others."""
    most = asked.get("MaxDatapoints") or MOST_VALUES
    token = asked.get("NextToken") or "0"
    if not 0 < most <= MOST_VALUES:
        raise wrong(f"MaxDatapoints must be 1 to {MOST_VALUES:,}, not {most}.")
    if not (token.isascii() and token.isdecimal() and len(token) < 15):
        raise ServiceError("InvalidNextToken", f'Invalid NextToken "{token}".')
    skip, left = int(token), most
    for row in rows:
        first = min(skip, len(row["Values"]))
        last = min(first + left, len(row["Values"]))
        whole = last == len(row["Values"])
        skip, left = skip - first, left - (last - first)
        row["Timestamps"] = row["Timestamps"][first:last]
        row["Values"] = row["Values"][first:last]
        row["StatusCode"] = "Complete" if whole else "PartialData"
    partial = any(row["StatusCode"] == "PartialData" for row in rows)
    more = {"NextToken": str(int(token) + most)} if partial else {}
    return {"MetricDataResults": rows, **more}
