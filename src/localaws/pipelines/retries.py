"""Retry policies of steps: which failures are tried again, how often, and when.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

FAULT, THROTTLING = "Step.SERVICE_FAULT", "Step.THROTTLING"
INTERNAL = "SageMaker.JOB_INTERNAL_ERROR"
CAPACITY, LIMIT = "SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT"
TYPES = (FAULT, THROTTLING, INTERNAL, CAPACITY, LIMIT)
MOST = 20  # attempts of a policy
LONGEST = 14_400  # minutes of a policy
# Pipelines tries these again without a policy; a policy takes the place of this one.
USUAL = {
    "ExceptionType": [FAULT, THROTTLING],
    "IntervalSeconds": 1,
    "BackoffRate": 2.0,
    "MaxAttempts": 3,
}
_CODES = {
    "ThrottlingException": THROTTLING,
    "Throttling": THROTTLING,
    "TooManyRequestsException": THROTTLING,
    "ResourceLimitExceeded": LIMIT,
}
# How the reason of a job that failed begins.
_REASONS = {
    "InternalServerError": INTERNAL,
    "CapacityError": CAPACITY,
    "InsufficientCapacity": CAPACITY,
    "ResourceLimitExceeded": LIMIT,
}


def of_error(code: str, status: int) -> str:
    """Return the type of an error of a request; nothing where it has none."""
    return _CODES.get(code, FAULT if status >= 500 else "")


def of_reason(reason: str) -> str:
    """Return the type of a job's failure; nothing where it is the job's own fault."""
    return next(
        (kind for word, kind in _REASONS.items() if reason.startswith(word)), ""
    )


def policy(policies: Sequence[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    """Return the policy for a type of failure; an empty one where there is none."""
    for one in (*policies, USUAL):
        if kind in one["ExceptionType"]:
            return one
    return {}


def again(
    one: Mapping[str, Any], retries: int, first: float, now: float
) -> float | None:
    """Return when to try again after so many retries since `first`; None for never."""
    if not one:
        return None
    wait = one.get("IntervalSeconds", 1) * one.get("BackoffRate", 2.0) ** retries
    if "ExpireAfterMin" in one:
        return now + wait if now + wait <= first + 60 * one["ExpireAfterMin"] else None
    return now + wait if retries < one.get("MaxAttempts", 5) else None


def problems(policies: Any) -> Iterable[str]:
    """Yield what is wrong with the policies of a definition."""
    if not isinstance(policies, list):
        yield "RetryPolicies must be a list"
        return
    for one in policies:
        if not isinstance(one, dict):
            yield f"a policy is {one!r}, and must be an object"
            continue
        types = one.get("ExceptionType")
        unknown = (
            [kind for kind in types if kind not in TYPES]
            if isinstance(types, list)
            else [types]
        )
        if unknown or not types:
            yield f"ExceptionType is {types!r}; give some of {', '.join(TYPES)}"
        if ("MaxAttempts" in one) == ("ExpireAfterMin" in one):
            yield "a policy has MaxAttempts or ExpireAfterMin, one of both"
        yield from _limits(one)


def _limits(one: Mapping[str, Any]) -> Iterable[str]:
    limits = {
        "MaxAttempts": (1, MOST),
        "ExpireAfterMin": (1, LONGEST),
        "IntervalSeconds": (0, 86400),
        "BackoffRate": (0, 100),
    }
    for name, (low, high) in limits.items():
        value = one.get(name, low)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and low <= value <= high):
            yield f"{name} is {value!r}; it must be from {low} to {high}"
