"""What PutMetricAlarm and PutCompositeAlarm refuse: what would never be evaluated."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from localaws.alarms import actions, composition, queries
from localaws.alarms.evaluation import COMPARISONS, TREATMENTS
from localaws.alarms.queries import wrong
from localaws.alarms.records import ACTIONS, Alarms
from localaws.alarms.statistics import is_percentile, trouble
from localaws.api.registry import Call
from localaws.neighbours.guards import refused

_DAY = 86_400
_ONE = ("Namespace", "MetricName", "Period")  # of an alarm on one metric
_OF_ONE = (*_ONE, "Dimensions", "Statistic", "ExtendedStatistic", "Unit")
_PERIODS = (10, 20, 30)  # seconds, besides the multiples of 60
_LONG, _WEEK = 3600, 7 * _DAY
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Members that nothing here follows, and what they would be for.
_NOT_HERE = {
    "ThresholdMetricId": "the detection of anomalies",
    "EvaluationCriteria": "queries of PromQL",
    "EvaluationInterval": "queries of PromQL",
    "WarmUpConfiguration": "times in which a new alarm waits",
    "ActionConfiguration": "tags in what alarms tell",
    "ActionsSuppressor": "alarms that suppress the actions of others",
    "ActionsSuppressorWaitPeriod": "alarms that suppress the actions of others",
    "ActionsSuppressorExtensionPeriod": "alarms that suppress the actions of others",
}


def check_metric_alarm(call: Call) -> None:
    """Raise ServiceError for a metric alarm that is none, or would not work here.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    asked = call.input
    check_members(asked)
    if not math.isfinite(asked.get("Threshold", 0)):
        raise wrong(f"Threshold must be a number, not {asked['Threshold']}.")
    if "WallClockWindow" in asked.get("EvaluationWindow", {}):
        raise refused("localaws evaluates alarms in sliding windows alone.")
    for name in ("EvaluationPeriods", "ComparisonOperator", "Threshold"):
        if name not in asked:
            raise wrong(f"The parameter {name} is required.")
    if asked["ComparisonOperator"] not in COMPARISONS:
        raise refused("localaws does not detect anomalies: compare with a Threshold.")
    period = _check_queries(call) if asked.get("Metrics") else _check_one(asked)
    _check_evaluation(asked, period)
    check_actions(call, composite=False)


def check_members(asked: dict[str, Any]) -> None:
    """Raise ServiceError for a member that nothing here follows."""
    for name, what in _NOT_HERE.items():
        if name in asked:
            raise refused(f"localaws does not have {what}: leave {name} out.")
    if _CONTROL.search(asked["AlarmName"]):
        raise wrong("AlarmName must not have control characters.")
    check_texts(asked)


def check_texts(asked: dict[str, Any]) -> None:
    """Raise ServiceError for texts that are no Unicode: they could not be told."""
    try:
        json.dumps(asked, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise wrong("The request has a text that is not valid Unicode.") from None


def _check_queries(call: Call) -> int:
    """Check the queries of an alarm, and return their period."""
    asked, given = call.input, call.input["Metrics"]
    if extra := [name for name in _OF_ONE if asked.get(name)]:
        raise wrong(f"Metrics excludes {', '.join(extra)}.")
    queries.check(given, call.context.account)
    shown = [query for query in given if query.get("ReturnData", True)]
    if len(shown) != 1:
        raise wrong(f"Exactly one query must return data, not {len(shown)}.")
    lengths = {q["MetricStat"]["Period"] for q in given if "MetricStat" in q}
    if len(lengths) != 1:
        raise refused("localaws evaluates alarms on metrics of one same period.")
    empty = {q["Id"]: queries.Line({}, 60) for q in given if "MetricStat" in q}
    [name] = [query["Id"] for query in shown]
    found = queries.computed(given, empty, [0.0, 60.0])[name]
    if not isinstance(found, queries.Line):
        raise wrong(f"The expression {name} must give one time series.")
    return int(lengths.pop())


def _check_one(asked: dict[str, Any]) -> int:
    """Check the metric and statistic of an alarm, and return its period."""
    for name in _ONE:
        if name not in asked:
            raise wrong(f"The parameter {name} is required, or Metrics.")
    simple, extended = asked.get("Statistic"), asked.get("ExtendedStatistic")
    if bool(simple) == bool(extended):
        raise wrong("An alarm needs either Statistic or ExtendedStatistic.")
    if extended and (words := trouble(extended)):
        raise refused(words) if words.startswith("localaws") else wrong(words)
    if extended and not is_percentile(extended):
        raise wrong(f"{extended} belongs to Statistic, not to ExtendedStatistic.")
    return int(asked["Period"])


def _check_evaluation(asked: dict[str, Any], period: int) -> None:
    count = asked["EvaluationPeriods"]
    if period not in _PERIODS and period % 60:
        raise wrong(f"Period must be 10, 20, 30 or a multiple of 60, not {period}.")
    if asked.get("DatapointsToAlarm", 1) > count:
        raise wrong("DatapointsToAlarm must not be greater than EvaluationPeriods.")
    if count * period > (_WEEK if period >= _LONG else _DAY):
        raise wrong(
            "Metrics cannot be checked across more than a day, or a week where the "
            "period is an hour or longer (EvaluationPeriods * Period)."
        )
    treatment = asked.get("TreatMissingData", "missing")
    if treatment not in TREATMENTS:
        raise wrong(f"TreatMissingData must be one of {TREATMENTS}, not {treatment}.")
    few = asked.get("EvaluateLowSampleCountPercentile")
    if few and (few not in ("evaluate", "ignore") or "ExtendedStatistic" not in asked):
        raise wrong(
            "EvaluateLowSampleCountPercentile is evaluate or ignore, for a percentile."
        )


def check_actions(call: Call, *, composite: bool) -> None:
    """Raise ServiceError for an action that would do nothing."""
    for name in ACTIONS.values():
        arns = call.input.get(name) or []
        actions.check(call.context, call.region, arns, composite)


def check_composite_alarm(call: Call, alarms: Alarms) -> None:
    """Raise ServiceError for a composite alarm that is none, or would not work here.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    """
    check_members(call.input)
    try:
        rule = composition.parse(call.input["AlarmRule"])
    except composition.BadRule as error:
        raise wrong(f"AlarmRule is not valid: {error}.") from None
    if unknown := [n for n in rule.names if not alarms.find(call.region, n)]:
        raise wrong(f"AlarmRule names alarms that do not exist: {', '.join(unknown)}.")
    if call.input["AlarmName"] in alarms.below(call.region, rule.names):
        raise refused("localaws does not evaluate alarms that are about themselves.")
    check_actions(call, composite=True)
