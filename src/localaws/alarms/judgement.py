"""What an alarm finds in its metric: the state that follows, and why in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localaws.alarms import queries
from localaws.alarms.evaluation import (
    ALARM,
    COMPARISONS,
    UNKNOWN,
    Verdict,
    decide,
    evaluation_range,
)
from localaws.alarms.mathematics import Line
from localaws.alarms.series import Series, metric_of
from localaws.alarms.statistics import needed, periods
from localaws.alarms.telling import moment
from localaws.records.store import Record

_TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}
_DAY = 86_400


@dataclass(frozen=True)
class Datapoint:
    """The statistic of one period, None where it is missing."""

    start: float
    value: float | None
    samples: float | None = None


@dataclass(frozen=True)
class Judgement:
    """A state, or None where it stays as it is, why, and what was looked at."""

    state: str | None
    reason: str
    data: dict[str, Any]


def period_of(alarm: Record) -> int:
    """Return the period of an alarm's datapoints in seconds."""
    if "Metrics" not in alarm:
        return int(alarm["Period"])
    lengths = [q["MetricStat"]["Period"] for q in alarm["Metrics"] if "MetricStat" in q]
    return int(min(lengths))


def step_of(alarm: Record) -> int:
    """Return how many seconds pass between two evaluations of an alarm.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
    """
    period = period_of(alarm)
    if period < 60:
        return 10
    return 3600 if period * alarm["EvaluationPeriods"] > _DAY else 60


def judge(series: Series, alarm: Record, end: float, now: float) -> Judgement:
    """Return what follows from the datapoints of the periods up to `end`."""
    points = datapoints(series, alarm, end)
    breaches = COMPARISONS[alarm["ComparisonOperator"]][0]
    found = [
        None if point.value is None else breaches(point.value, alarm["Threshold"])
        for point in points
    ]
    count = int(alarm["EvaluationPeriods"])
    to_alarm = int(alarm.get("DatapointsToAlarm") or count)
    treatment = alarm.get("TreatMissingData", "missing")
    verdict = decide(found, count, to_alarm, treatment)
    used = [points[number] for number in verdict.evaluated]
    state = None if _too_few(alarm, used) else verdict.state
    return Judgement(
        state,
        _reason(alarm, verdict, used) if state else "",
        _data(alarm, points, used, now),
    )


def datapoints(series: Series, alarm: Record, end: float) -> list[Datapoint]:
    """Return the datapoints of the evaluation range, in order of time."""
    period, count = period_of(alarm), evaluation_range(alarm["EvaluationPeriods"])
    starts = [end - period * number for number in range(count, 0, -1)]
    if "Metrics" in alarm:
        values = queries.answers(series, alarm["Metrics"], starts[0], end)
        line: Any = values[returned(alarm["Metrics"])["Id"]]
        known = line.points if isinstance(line, Line) else {}
        return [Datapoint(start, known.get(start)) for start in starts]
    points = series.between(metric_of(alarm), starts[0], end, alarm.get("Unit"))
    statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
    found = {one.start: one for one in periods(points, starts[0], period)}
    return [
        Datapoint(start, found[start].value(statistic), found[start].count)
        if start in found
        else Datapoint(start, None)
        for start in starts
    ]


def returned(asked: list[Record]) -> Record:
    """Return the query of several whose value is looked at."""
    if len(asked) == 1:
        return asked[0]
    [found] = [query for query in asked if query.get("ReturnData", True)]
    return found


def _too_few(alarm: Record, used: list[Datapoint]) -> bool:
    """Return whether a percentile has too few samples to change a state."""
    if alarm.get("EvaluateLowSampleCountPercentile") != "ignore":
        return False
    least = needed(alarm["ExtendedStatistic"])
    return any((point.samples or 0) < least for point in used)


def _reason(alarm: Record, verdict: Verdict, used: list[Datapoint]) -> str:
    state, filled = verdict.state, verdict.filled
    if state == UNKNOWN:
        were = "datapoint was" if filled == 1 else "datapoints were"
        return f"Insufficient Data: {filled} {were} unknown."
    treated = _TREATED.get(alarm.get("TreatMissingData", ""), "Missing")
    were = "datapoint was" if filled == 1 else "datapoints were"
    missing = f"{filled} missing {were} treated as [{treated}]"
    if not used:
        word = "period" if filled == 1 else "periods"
        text = f"no datapoints were received for {filled} {word} and {missing}."
        return f"Threshold Crossed: {text}"
    text = f"Threshold Crossed: {_crossed(alarm, verdict, used)}"
    if filled:
        return f"{text} and {missing}."
    least = alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"])
    least = least if state == ALARM else alarm["EvaluationPeriods"] - least + 1
    way = "OK -> ALARM" if state == ALARM else "ALARM -> OK"
    word = "datapoint" if least == 1 else "datapoints"
    return f"{text} (minimum {least} {word} for {way} transition)."


def _crossed(alarm: Record, verdict: Verdict, used: list[Datapoint]) -> str:
    """Return how many datapoints are beyond the threshold, or are not."""
    shown = ", ".join(f"{point.value} ({_short(point.start)})" for point in used)
    breaching = verdict.state == ALARM
    count = verdict.breaching if breaching else len(used) - verdict.breaching
    was = ("was" if count == 1 else "were") + ("" if breaching else " not")
    words = COMPARISONS[alarm["ComparisonOperator"]][1]
    text = f"{count} out of the last {len(used)} datapoints [{shown}] {was} {words}"
    return f"{text} the threshold ({float(alarm['Threshold'])})"


def _short(start: float) -> str:
    return datetime.fromtimestamp(start, UTC).strftime("%d/%m/%y %H:%M:%S")


def _data(
    alarm: Record, points: list[Datapoint], used: list[Datapoint], now: float
) -> dict[str, Any]:
    data: dict[str, Any] = {"version": "1.0", "queryDate": moment(now)}
    if used:
        data["startDate"] = moment(used[0].start)
    if unit := alarm.get("Unit"):
        data["unit"] = unit
    if statistic := alarm.get("Statistic") or alarm.get("ExtendedStatistic"):
        data["statistic"] = statistic
    recent = [point.value for point in points if point.value is not None]
    evaluated = []
    for point in reversed(used):
        samples = {} if point.samples is None else {"sampleCount": point.samples}
        row = {"timestamp": moment(point.start), **samples, "value": point.value}
        evaluated.append(row)
    return {
        **data,
        "period": period_of(alarm),
        "recentDatapoints": recent[-alarm["EvaluationPeriods"] :],
        "threshold": float(alarm["Threshold"]),
        "evaluatedDatapoints": evaluated,
    }


def as_text(data: dict[str, Any]) -> str:
    """Return the data as JSON, without the datapoints if these are too many."""
    text = json.dumps(data)
    if len(text) <= 4000:
        return text
    short = {k: v for k, v in data.items() if not k.endswith("Datapoints")}
    return json.dumps(short)
