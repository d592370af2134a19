"""The values of an event pattern: which values of an event each of them matches.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable
from typing import Any

Test = Callable[[list[Any]], bool]  # of the values that a field of an event has
One = Callable[[Any], bool]  # of one of them

LARGEST = 5e9  # of a number that is compared
_COMPARED = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class BadPattern(ValueError):
    """A pattern that matches nothing, as it is none; the reason as AWS says it."""


def test_of(value: Any) -> Test:
    """Return the test that one value of a pattern stands for; raises BadPattern."""
    if isinstance(value, list):
        words = "Match value must be String, number, true, false, or null"
        raise BadPattern(words)
    if not isinstance(value, dict):
        return _any(lambda found: _same(found, value))
    if len(value) != 1:
        raise BadPattern("Only one key allowed in match expression")
    ((name, asked),) = value.items()
    if name == "exists":
        if not isinstance(asked, bool):
            raise BadPattern("exists match pattern must be either true or false.")
        return lambda found: bool(found) == asked
    if name not in _MATCHERS:
        raise BadPattern(f"Unrecognized match type {name}")
    return _any(_MATCHERS[name](asked))


def _any(test: One) -> Test:
    return lambda found: any(map(test, found))


def _same(found: Any, value: Any) -> bool:
    """Return whether two values are alike; 300 and 300.0 are not."""
    return type(found) is type(value) and bool(found == value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise BadPattern(f"{name} match pattern must be a string")
    return value


def _prefix(asked: Any) -> One:
    return _edge(asked, "prefix", str.startswith)


def _suffix(asked: Any) -> One:
    return _edge(asked, "suffix", str.endswith)


def _edge(asked: Any, name: str, has: Callable[[str, str], bool]) -> One:
    """Return a test of how a text begins or ends, in capitals or not if so asked."""
    folded = isinstance(asked, dict) and list(asked) == ["equals-ignore-case"]
    if folded:
        text = _text(asked["equals-ignore-case"], name).casefold()
        return lambda found: isinstance(found, str) and has(found.casefold(), text)
    text = _text(asked, name)
    return lambda found: isinstance(found, str) and has(found, text)


def _ignoring_case(asked: Any) -> One:
    text = _text(asked, "equals-ignore-case").casefold()
    return lambda found: isinstance(found, str) and found.casefold() == text


def _wildcard(asked: Any) -> One:
    """Return a test of the pieces between the stars, found one after the other.

    A regular expression would take for ever on some texts.
    """
    pieces = _pieces(_text(asked, "wildcard"))
    if len(pieces) == 1:
        return lambda found: bool(found == pieces[0])
    first, *middle, last = pieces

    def matches(found: Any) -> bool:
        if not isinstance(found, str) or not found.startswith(first):
            return False
        place = len(first)
        for piece in middle:
            place = found.find(piece, place)
            if place < 0:
                return False
            place += len(piece)
        return found.endswith(last) and len(found) - len(last) >= place

    return matches


def _pieces(text: str) -> list[str]:
    """Return what stands between the stars of a wildcard, without the escapes."""
    pieces, place = [""], 0
    while place < len(text):
        sign, place = text[place], place + 1
        if sign == "*":
            if text[place : place + 1] == "*":
                raise BadPattern(f"Consecutive wildcard characters at pos {place - 1}")
            pieces.append("")
            continue
        if sign == "\\":
            if text[place : place + 1] not in ("*", "\\"):
                raise BadPattern(f"Invalid escape character at pos {place - 1}")
            sign, place = text[place], place + 1
        pieces[-1] += sign
    return pieces


def _cidr(asked: Any) -> One:
    text = _text(asked, "CIDR")
    if text.count("/") != 1:
        raise BadPattern("Malformed CIDR, one '/' required")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise BadPattern(f"Malformed CIDR: {error}") from None

    def matches(found: Any) -> bool:
        try:
            return isinstance(found, str) and ipaddress.ip_address(found) in network
        except ValueError:
            return False

    return matches


def _numeric(asked: Any) -> One:
    if not isinstance(asked, list):
        raise BadPattern("Value of numeric must be an array.")
    signs, bounds = asked[::2], asked[1::2]
    if not signs or len(signs) != len(bounds) or len(signs) > 2:
        raise BadPattern("Value of numeric must be one or two operators with numbers.")
    for sign, bound in zip(signs, bounds, strict=True):
        if not isinstance(sign, str) or sign not in _COMPARED:
            raise BadPattern(f"Unrecognized numeric range operator: {sign}")
        if not _is_number(bound):
            raise BadPattern(f"Value of {sign} must be numeric")
        if abs(bound) > LARGEST:
            raise BadPattern("Value must be between -5.0E9 and 5.0E9, inclusive")
    if len(signs) == 2:
        _check_range(signs, bounds)
    rules = [(_COMPARED[s], b) for s, b in zip(signs, bounds, strict=True)]
    return lambda found: (
        _is_number(found) and all(rule(found, bound) for rule, bound in rules)
    )


def _check_range(signs: list[str], bounds: list[float]) -> None:
    if signs[0][0] != ">" or signs[1][0] != "<":
        raise BadPattern(f"Bad numeric range operator: {signs[1]}")
    if bounds[0] >= bounds[1]:
        raise BadPattern("Bottom must be less than top")


def _anything_but(asked: Any) -> One:
    if isinstance(asked, dict):
        return _none_of(_inner(asked))
    values = asked if isinstance(asked, list) else [asked]
    kinds = {_is_number(one) for one in values}
    if not values:
        raise BadPattern("Empty arrays are not allowed")
    if not all(_is_number(one) or isinstance(one, str) for one in values):
        words = "number|start|null|boolean is not supported."
        raise BadPattern(f"Inside anything but list, {words}")
    if len(kinds) > 1:
        raise BadPattern(
            "Inside anything-but list, either all values are number or string, mixed "
            "type is not supported"
        )
    numbers = kinds == {True}
    return lambda found: (
        found not in values if numbers else not any(_same(found, v) for v in values)
    )


def _inner(asked: dict[str, Any]) -> list[One]:
    """Return what anything-but excepts, where that is no plain value."""
    if len(asked) != 1:
        raise BadPattern("Only one key allowed in match expression")
    ((name, values),) = asked.items()
    if name not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
        raise BadPattern(f"Unsupported anything-but pattern: {name}")
    given = values if isinstance(values, list) else [values]
    if not given:
        raise BadPattern("Empty arrays are not allowed")
    return [_MATCHERS[name](_text(one, name)) for one in given]


def _none_of(tests: list[One]) -> One:
    return lambda found: not any(test(found) for test in tests)


_MATCHERS: dict[str, Callable[[Any], One]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
    "cidr": _cidr,
    "numeric": _numeric,
    "anything-but": _anything_but,
}
