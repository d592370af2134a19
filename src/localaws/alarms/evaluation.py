"""The state of a metric alarm by its most recent datapoints, as AWS documents it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"
EXTRA = 2  # periods of the evaluation range beyond the EvaluationPeriods
TREATMENTS = ("missing", "notBreaching", "breaching", "ignore")
COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


@dataclass(frozen=True)
class Verdict:
    """The state, or None where it stays, and what it was found by."""

    state: str | None
    evaluated: tuple[int, ...]  # numbers of the datapoints, the oldest first
    filled: int  # missing ones that stood beside them
    breaching: int  # of those evaluated


def evaluation_range(periods: int) -> int:
    """Return how many of the most recent periods are looked at."""
    return periods + EXTRA


def decide(
    breaches: Sequence[bool | None], periods: int, to_alarm: int, treatment: str
) -> Verdict:
    """Return what follows from the datapoints of the evaluation range.

    They stand in order of time: whether each breaches, or None where it is missing.
    """
    real = [n for n, breach in enumerate(breaches) if breach is not None][-periods:]
    count, filled = sum(bool(breaches[n]) for n in real), periods - len(real)
    age = len(breaches) - real[0] if real else 0  # of the oldest, the newest has 1
    only = bool(real) and count == len(real)
    if not filled or count >= to_alarm:
        state: str | None = ALARM if count >= to_alarm else OK
    elif treatment == "breaching":
        state = ALARM if count + filled >= to_alarm else OK
    elif treatment == "notBreaching":
        state = OK
    elif treatment == "ignore":
        state = None if only or not real else OK
    else:  # an alarm that comes early: nothing speaks against the oldest breach
        early = only and age >= to_alarm
        state = UNKNOWN if not real else ALARM if early else OK
    return Verdict(state, tuple(real), filled, count)
