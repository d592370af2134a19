"""Filters of CloudWatch Logs: which events match, and what metrics they make.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

import moto.logs.models
from moto.logs.models import LogStream, logs_backends

from localaws.api.errors import ServiceError
from localaws.api.registry import Call, Context
from localaws.neighbours.guards import guard, refused

_TERM = re.compile(r'([-?]?)("(?:[^"\\]|\\.)*"|\w+)(?:\s+|$)')
_OTHER = {"{": "of JSON", "[": "of columns", "%": "with regular expressions"}
_stream: Any = LogStream
_put: Any = LogStream.put_log_events
_send: Any = LogStream._send_log_events


@dataclass(frozen=True)
class Terms:
    """What an event has to have in it, and what not."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()  # one of them, where none is required
    excluded: tuple[str, ...] = ()

    def matches(self, message: str) -> bool:
        """Return whether a message has the terms."""
        if any(term in message for term in self.excluded):
            return False
        if self.required or not self.optional:
            return all(term in message for term in self.required)
        return any(term in message for term in self.optional)


def parse(pattern: str | None) -> Terms:
    """Return the terms of a pattern; ServiceError for what is none, or no terms."""
    text = (pattern or "").strip()
    if kind := _OTHER.get(text[:1]):
        raise refused(
            f'localaws does not emulate patterns of logs {kind}: "{text[:80]}". Use '
            'terms: ERROR, "two words", ?one ?other, -without.'
        )
    found: dict[str, list[str]] = {"": [], "?": [], "-": []}
    place = 0
    while place < len(text):
        term = _TERM.match(text, place)
        if term is None:
            words = f"Invalid filter pattern: {text[:200]} (quote what is no word)"
            raise ServiceError("InvalidParameterException", words)
        sign, word = term.groups()
        if word.startswith('"'):
            word = re.sub(r"\\(.)", r"\1", word[1:-1])
        found[sign].append(word)
        place = term.end()
    return Terms(tuple(found[""]), tuple(found["?"]), tuple(found["-"]))


class Matcher(Terms):
    """What moto asks about each event, by the text of a pattern."""

    def __init__(self, pattern: str | None) -> None:
        super().__init__(*vars(parse(pattern)).values())


@guard("logs", "StartLiveTail")
def check_pattern(call: Call) -> None:
    """Refuse a pattern by which nothing here would be found or left out."""
    parse(call.input.get("logEventFilterPattern"))


@guard("logs", "TestMetricFilter")
def test_filter(call: Call) -> dict[str, Any]:
    """Return which of some messages match a pattern."""
    terms = parse(call.input["filterPattern"])
    rows = enumerate(call.input["logEventMessages"], 1)
    matches = [
        {"eventNumber": number, "eventMessage": message, "extractedValues": {}}
        for number, message in rows
        if terms.matches(message)
    ]
    return {"matches": matches}


@guard("logs", "PutMetricFilter")
def check_metric(call: Call) -> None:
    """Refuse a filter whose metric would not be what it says; replace one of its name.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
    """
    asked = call.input
    parse(asked["filterPattern"])
    backend = logs_backends[call.context.account][call.region]
    if asked["logGroupName"] not in backend.groups:
        words = "The specified log group does not exist."
        raise ServiceError("ResourceNotFoundException", words)
    for wished in asked["metricTransformations"]:
        if number(wished["metricValue"]) is None:
            raise refused(
                "localaws counts events: the metricValue of a filter of terms is a "
                f'number such as "1", not "{wished["metricValue"]}".'
            )
        if wished.get("dimensions"):
            raise refused(
                "localaws makes metrics of logs without dimensions: their values would "
                "come from patterns of JSON or columns."
            )
    backend.filters.delete_filter(asked["filterName"], asked["logGroupName"])


def number(text: str) -> float | None:
    """Return the number that a metric is given for each event; None for none."""
    try:
        return float(text)
    except ValueError:
        return None


def setup(context: Context) -> None:
    """Let moto ask our patterns, and make metrics of what is written to logs."""
    vars(moto.logs.models)["EventMessageFilter"] = Matcher
    _stream._send_log_events = _sent
    _stream.put_log_events = functools.partialmethod(_written, context)


def _sent(
    self: Any,
    service: str,
    destination_arn: str,
    filter_name: str,
    log_events: list[dict[str, Any]],
) -> None:
    """Send a subscriber the events of its pattern, where moto sends all."""
    terms = parse(self.log_group.subscription_filters[filter_name].filter_pattern)
    events = [event for event in log_events if terms.matches(event["message"])]
    if events:
        _send(self, service, destination_arn, filter_name, events)


def _written(self: Any, context: Context, log_events: list[dict[str, Any]]) -> str:
    token: str = _put(self, log_events)
    rows = logs_backends[self.account_id][self.region].filters.metric_filters
    for row in [one for one in rows if one["logGroupName"] == self.log_group.name]:
        terms = parse(row["filterPattern"])
        times = [e["timestamp"] for e in log_events if terms.matches(e["message"])]
        for wished in row["metricTransformations"]:
            _measure(context, self.region, wished, times)
    return token


def _measure(
    context: Context, region: str, wished: dict[str, Any], times: list[int]
) -> None:
    """Write a metric's value for each event that matches, at the event's time.

    Where none does, the default says that there were events: without one, nothing.
    """
    point = {"MetricName": wished["metricName"], "Unit": wished.get("unit", "None")}
    value, default = float(wished["metricValue"]), wished.get("defaultValue")
    points = [{**point, "Value": value, "Timestamp": ms / 1000} for ms in times]
    if not points and default is not None:
        points = [{**point, "Value": float(default)}]
    cloudwatch = context.clients.get("cloudwatch", region)
    for start in range(0, len(points), 500):
        cloudwatch.put_metric_data(
            Namespace=wished["metricNamespace"], MetricData=points[start : start + 500]
        )
