"""Conditions of a Condition step: whether they hold.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from localaws.pipelines.expressions import (
    BadExpression,
    Scope,
    Unresolved,
    resolve,
)

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_MEMBERS = {
    **dict.fromkeys(COMPARISONS, ("LeftValue", "RightValue")),
    "In": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
}


def check(conditions: Any, where: str) -> None:
    """Raise BadExpression for what is no list of conditions."""
    if not isinstance(conditions, list):
        raise BadExpression(f"{where} has no list of Conditions")
    for one in conditions:
        _check(one, where)


def _check(one: Any, where: str) -> None:
    kind = one.get("Type") if isinstance(one, dict) else None
    if not isinstance(kind, str) or kind not in _MEMBERS:
        raise BadExpression(
            f"{where} has a condition of type {kind!r}; give {', '.join(_MEMBERS)}"
        )
    for name in _MEMBERS[kind]:
        if name not in one:
            raise BadExpression(f'{where} has a condition "{kind}" without {name}')
    if kind == "In" and not isinstance(one["Values"], list):
        raise BadExpression(f"{where}: Values of In must be a list")
    if kind == "Not":
        _check(one["Condition"], where)
    if kind == "Or":
        check(one["Conditions"], where)


def hold(conditions: list[dict[str, Any]], scope: Scope) -> bool:
    """Return whether all conditions hold; Unresolved where one cannot be told."""
    return all(_holds(one, scope) for one in conditions)


def _holds(one: dict[str, Any], scope: Scope) -> bool:
    kind = one["Type"]
    if kind == "Not":
        return not _holds(one["Condition"], scope)
    if kind == "Or":
        return any(_holds(each, scope) for each in one["Conditions"])
    if kind == "In":
        asked = resolve(one["QueryValue"], scope)
        return any(_same(asked, resolve(each, scope)) for each in one["Values"])
    left, right = (resolve(one[name], scope) for name in _MEMBERS[kind])
    if kind == "Equals":
        return _same(left, right)
    if _sort(left) != _sort(right) or _sort(left) not in (float, str):
        raise Unresolved(
            f"the condition {kind} cannot compare {left!r} with {right!r}: both must "
            "be numbers, or both texts"
        )
    return COMPARISONS[kind](left, right)


def _same(left: Any, right: Any) -> bool:
    return _sort(left) == _sort(right) and bool(left == right)


def _sort(value: Any) -> type:
    """Return what a value is for a comparison: whole and other numbers are alike."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float if number else type(value)
