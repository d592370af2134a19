"""How many instances a policy wants, from its metric: sums, and nothing else.

https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

_TINY = 1e-9  # of an instance: what floats may be off
_ONE: dict[str, Callable[[Sequence[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
}


def wanted(
    policy: dict[str, Any], base: int, threshold: float, values: Sequence[float]
) -> int | None:
    """Return how many instances a policy wants where `base` are; None: no change.

    `values` are the last datapoints of its metric, `threshold` the alarm's, which they
    have left.
    """
    if config := policy.get("TargetTrackingScalingPolicyConfiguration"):
        return tracked(config, base, values)
    config = policy["StepScalingPolicyConfiguration"]
    one = _ONE[config.get("MetricAggregationType", "Average")](values)
    return stepped(config, base, one - threshold)


def tracked(config: dict[str, Any], base: int, values: Sequence[float]) -> int | None:
    """Return how many instances bring a metric per instance back to its target.

    Up it follows the last datapoint, down the largest, for it takes away with care.
    """
    target = float(config["TargetValue"])
    up = values[-1] > target
    value = values[-1] if up else max(values)
    found = math.ceil(base * value / target - _TINY)
    if not up and config.get("DisableScaleIn"):
        return None
    return found if (found > base) == up and found != base else None


def stepped(config: dict[str, Any], base: int, breach: float) -> int | None:
    """Return how many instances the step asks for in which a breach lies.

    Above the threshold a step's lower bound belongs to it, below its upper bound.
    """
    for step in config.get("StepAdjustments", ()):
        low = step.get("MetricIntervalLowerBound", -math.inf)
        high = step.get("MetricIntervalUpperBound", math.inf)
        if low <= breach < high if breach >= 0 else low < breach <= high:
            return base + _change(config, base, step["ScalingAdjustment"])
    return None


def _change(config: dict[str, Any], base: int, adjustment: int) -> int:
    kind = config["AdjustmentType"]
    if kind == "ExactCapacity":
        return adjustment - base
    if kind == "ChangeInCapacity":
        return adjustment
    exact = base * adjustment / 100
    whole = int(exact + math.copysign(_TINY, exact))  # towards zero
    if whole == 0 and exact:
        whole = 1 if exact > 0 else -1
    least = config.get("MinAdjustmentMagnitude", 0)
    return int(math.copysign(max(abs(whole), least), whole)) if whole else 0
