"""The queries of metrics that GetMetricData and alarms have: checked, and answered."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from localaws.alarms import mathematics
from localaws.alarms.expressions import BadExpression, Tree, names, parse
from localaws.alarms.mathematics import Line, Scope, Value
from localaws.alarms.series import Series, metric_of
from localaws.alarms.statistics import periods, trouble
from localaws.api.errors import ServiceError
from localaws.neighbours.guards import refused

Query = dict[str, Any]
PERIODS = (1, 5, 10, 20, 30)  # seconds, besides the multiples of 60
LONGEST = 366 * 86_400  # seconds of a period
_ID = re.compile(r"[a-z]\w*")
_INSIGHTS = re.compile(r"\s*SELECT\b", re.IGNORECASE)


def wrong(message: str) -> ServiceError:
    """Return the error for a bad request, as CloudWatch names it."""
    return ServiceError("ValidationError", message)


def check(queries: list[Query], account: str) -> None:
    """Raise ServiceError for queries that cannot be answered.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
    """
    ids = [query["Id"] for query in queries]
    for query in queries:
        if not _ID.fullmatch(query["Id"]):
            raise wrong(
                f'The Id "{query["Id"]}" must begin with a lower-case letter and have '
                "letters, digits and underscores."
            )
        if query.get("AccountId", account) != account:
            raise refused("localaws has one account: leave AccountId out.")
        if "${" in query.get("Label", ""):
            raise refused("localaws does not fill in dynamic labels (${...}).")
        if ("MetricStat" in query) == ("Expression" in query):
            raise wrong(f'"{query["Id"]}" needs either MetricStat or Expression.')
        if "MetricStat" in query:
            _check_metric(query["MetricStat"])
    if len(set(ids)) < len(ids):
        raise wrong("The Ids of the queries must be unique.")
    _try(queries)


def _check_metric(wanted: dict[str, Any]) -> None:
    if not {"Namespace", "MetricName"} <= wanted["Metric"].keys():
        raise wrong("A metric needs Namespace and MetricName.")
    check_period(wanted["Period"])
    if words := trouble(wanted["Stat"]):
        raise refused(words) if words.startswith("localaws") else wrong(words)


def check_period(period: int) -> None:
    """Raise ServiceError for a period that no statistic has."""
    if (period not in PERIODS and period % 60) or period > LONGEST:
        raise wrong(
            f"The period {period} must be 1, 5, 10, 20, 30 or a multiple of 60 seconds."
        )


def _try(queries: list[Query]) -> None:
    """Compute all expressions of empty metrics: what fails then fails always."""
    moments = [0.0, 60.0]
    empty: dict[str, Line] = {
        query["Id"]: Line({}, query["MetricStat"]["Period"])
        for query in queries
        if "MetricStat" in query
    }
    for query in queries:
        if _INSIGHTS.match(query.get("Expression", "")):
            raise refused("localaws does not have the queries of Metrics Insights.")
    try:
        for tree in _trees(queries).values():
            mathematics.check(tree)
        computed(queries, empty, moments)
    except BadExpression as error:
        text = str(error)
        if text.startswith("localaws"):
            raise refused(f"{text}.") from None
        raise wrong(f"Error in expression: {text}.") from None


def answers(
    series: Series, queries: list[Query], start: float, end: float
) -> dict[str, Value]:
    """Return what queries find from `start` to before `end`, by their Ids."""
    metrics, lengths = {}, []
    for query in queries:
        if wanted := query.get("MetricStat"):
            metrics[query["Id"]] = line(series, wanted, start, end)
            lengths.append(wanted["Period"])
    moments = range(int(start), math.ceil(end), min(lengths, default=60))
    return computed(queries, metrics, moments)


def line(series: Series, wanted: dict[str, Any], start: float, end: float) -> Line:
    """Return the statistics of a MetricStat for each period that has points."""
    period, statistic = wanted["Period"], wanted["Stat"]
    unit = wanted.get("Unit")
    points = series.between(metric_of(wanted["Metric"]), start, end, unit)
    rows = periods(points, start, period)
    found = {one.start: one.value(statistic) for one in rows}
    return Line({at: value for at, value in found.items() if value is not None}, period)


def computed(
    queries: list[Query], metrics: dict[str, Line], moments: Sequence[float]
) -> dict[str, Value]:
    """Return the values of all queries; BadExpression where one has none."""
    values: dict[str, Value] = {**metrics}
    waiting = _trees(queries)
    while waiting:
        ready = [name for name, tree in waiting.items() if not names(tree) & {*waiting}]
        if not ready:
            raise BadExpression(f"{', '.join(waiting)} refer to each other")
        for name in ready:
            scope = Scope(values, metrics, moments)
            values[name] = mathematics.evaluate(waiting.pop(name), scope)
    return values


def _trees(queries: list[Query]) -> dict[str, Tree]:
    return {
        query["Id"]: parse(query["Expression"])
        for query in queries
        if "Expression" in query
    }


def lines(value: Value, name: str) -> list[Line]:
    """Return the time series that an expression gives; ServiceError for a number."""
    found = [value] if isinstance(value, Line) else value
    if not isinstance(found, list):
        raise wrong(f"Error in expression '{name}': it must be a time series.")
    return found
