"""The conditions of a search: filters, nested ones, and expressions of them.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SearchExpression.html
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from botocore.model import Shape

from localaws.api.errors import invalid
from localaws.lineage.properties import GUESSED, NUMBERS, Property, find

Holds = Callable[[dict[str, Any]], bool]
MOST = 50  # filters of all kinds in an expression
_ORDERS = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_TEXTS = ("string", GUESSED)


def condition(expression: dict[str, Any], shape: Shape, resource: str) -> Holds:
    """Return the condition of a whole search; ValidationException for a bad one."""
    filters = list(_filters(expression))
    if len(filters) > MOST:
        raise invalid(f"A search has more than {MOST} filters: {len(filters)}.")
    if sum(one.get("Operator") == "Contains" for one in filters) > 1:
        raise invalid("'CONTAINS' operator usage limit of 1 exceeded.")
    return _expression(expression, shape, resource)


def _filters(expression: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from expression.get("Filters", ())
    for nested in expression.get("NestedFilters", ()):
        yield from nested["Filters"]
    for part in expression.get("SubExpressions", ()):
        yield from _filters(part)


def _expression(expression: dict[str, Any], shape: Shape, resource: str) -> Holds:
    parts: list[Holds] = [
        *(_filter(one, shape, resource) for one in expression.get("Filters", ())),
        *(_nested(one, shape, resource) for one in expression.get("NestedFilters", ())),
        *(
            _expression(one, shape, resource)
            for one in expression.get("SubExpressions", ())
        ),
    ]
    if not parts:
        raise invalid(
            "A SearchExpression needs at least one filter, nested filter or "
            "subexpression."
        )
    every = any if expression.get("Operator") == "Or" else all
    return lambda record: every(holds(record) for holds in parts)


def _nested(nested: dict[str, Any], shape: Shape, resource: str) -> Holds:
    """Return whether one element of a list fulfils all filters."""
    name = nested["NestedPropertyName"]
    whole = find(shape, name, resource)
    for one in nested["Filters"]:
        if not one["Name"].startswith(f"{name}."):
            raise invalid(
                f'The name of a nested filter of "{name}" begins with it, and '
                f'"{one["Name"]}" does not.'
            )
    parts = [_filter(one, shape, resource) for one in nested["Filters"]]

    def holds(record: dict[str, Any]) -> bool:
        elements = [_inside(whole.path, one) for one in whole.values(record)]
        return any(all(part(one) for part in parts) for one in elements)

    return holds


def _inside(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return a record that has nothing but this value, at this path."""
    for name in reversed(path):
        value = {name: value}
    return value


def _filter(given: dict[str, Any], shape: Shape, resource: str) -> Holds:
    found = find(shape, given["Name"], resource)
    asked, text = given.get("Operator", "Equals"), given.get("Value")
    if asked in ("Exists", "NotExists"):
        if text is not None:
            raise invalid(f'The Operator "{asked}" of "{found.name}" takes no Value.')
        return lambda record: bool(found.values(record)) == (asked == "Exists")
    if text is None:
        raise invalid(f'The Operator "{asked}" of "{found.name}" needs a Value.')
    _check(found, asked)
    compare = _comparison(found, asked.removeprefix("Not"), text)
    if asked == "NotEquals":
        return lambda record: not any(map(compare, found.values(record)))
    return lambda record: any(map(compare, found.values(record)))


def _check(found: Property, asked: str) -> None:
    """Raise where a property is of no type that the operator compares."""
    known = (*_TEXTS, *NUMBERS, "timestamp", "boolean")
    if found.type not in known:
        raise invalid(f'"{found.name}" is a {found.type}: name one of its members.')
    if asked in _ORDERS and found.type in ("string", "boolean"):
        kind = {"string": "text"}.get(found.type, found.type)
        raise invalid(
            f'The Operator "{asked}" is not supported for {kind} properties such as '
            f'"{found.name}".'
        )
    if asked in ("Contains", "In") and found.type not in _TEXTS:
        raise invalid(
            f'The Operator "{asked}" is only supported for text properties, and '
            f'"{found.name}" is a {found.type}.'
        )


def _comparison(found: Property, asked: str, text: str) -> Callable[[Any], bool]:
    if asked == "Contains":
        return lambda value: text in value
    if asked == "In":
        listed = [one.strip() for one in text.split(",")]
        return lambda value: value in listed
    compare = _ORDERS.get(asked, operator.eq)
    if found.type == GUESSED:
        return partial(_guess, compare, text)
    wanted = found.read(text)
    return lambda value: compare(value, wanted)


def _guess(compare: Callable[[Any, Any], bool], text: str, value: Any) -> bool:
    """Compare texts as numbers where both are some: as integers with an integer."""
    try:
        wanted, number = float(text), float(value)
    except ValueError:
        return compare is operator.eq and value == text
    if text.lstrip("+-").isdigit() and math.isfinite(number):
        number = math.trunc(number)
    return compare(number, wanted)
