"""The functions of metric math: of numbers, lines of datapoints, and lists of them."""

from __future__ import annotations

import math
import operator
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from localaws.alarms.expressions import (
    Applied,
    BadExpression,
    Name,
    Number,
    Text,
    Tree,
    applied,
)

MOST = 100_800  # periods that are filled


@dataclass(frozen=True)
class Line:
    """Datapoints by the beginnings of their periods, whose length is `period`."""

    points: dict[float, float]
    period: float


Value = float | str | Line | list[Line]


@dataclass(frozen=True)
class Scope:
    """What an expression may name, and the periods that are looked at."""

    values: dict[str, Value]  # of the other queries, by Id
    metrics: dict[str, Line]  # those of them that are metrics
    moments: Sequence[float]  # the beginnings of all periods


def evaluate(tree: Tree, scope: Scope) -> Value:
    """Return the value of an expression; BadExpression where it has none."""
    if isinstance(tree, Number | Text):
        return tree.value
    if isinstance(tree, Name):
        if tree.name in ("REPEAT", "LINEAR"):  # words that FILL knows
            return tree.name
        if tree.name not in scope.values:
            raise BadExpression(f'no query has the Id "{tree.name}"')
        return scope.values[tree.name]
    arguments = [evaluate(part, scope) for part in tree.arguments]
    if tree.function in _SCOPED:
        return _SCOPED[tree.function](scope, *_fitting(tree, arguments))
    return _FUNCTIONS[tree.function](*_fitting(tree, arguments))


def check(tree: Tree) -> None:
    """Raise BadExpression where an expression has a function that is not here."""
    unknown = applied(tree) - _FUNCTIONS.keys() - _SCOPED.keys()
    if unknown:
        known = sorted(name for name in {*_FUNCTIONS, *_SCOPED} if name.isalnum())
        raise BadExpression(
            f"localaws does not compute {', '.join(sorted(unknown))} in metric math; "
            f"it has {', '.join(known)} and operators"
        )


def _fitting(tree: Applied, arguments: list[Value]) -> list[Value]:
    least, most = _COUNTS.get(tree.function, (1, 1))
    if tree.function != "[]" and not least <= len(arguments) <= most:
        text = f"{least} to {most}" if least < most else f"{least}"
        raise BadExpression(
            f"{tree.function} takes {text} arguments, not {len(arguments)}"
        )
    return arguments


def _line(function: str, value: Value) -> Line:
    if not isinstance(value, Line):
        raise BadExpression(f"{function} is of one time series")
    return value


def _lines(function: str, value: Value) -> list[Line]:
    if not isinstance(value, list):
        raise BadExpression(f"{function} is of an array of time series")
    return value


def _kept(points: dict[float, float | None], period: float) -> Line:
    """Return a line without what has no value, such as a quotient by zero."""
    there = {at: v for at, v in points.items() if v is not None and math.isfinite(v)}
    return Line(there, period)


def _safe(function: Callable[..., Any]) -> Callable[..., float | None]:
    """Return a function that has no value where it would fail."""

    def compute(*numbers: Any) -> float | None:
        try:
            found = function(*numbers)
            return None if isinstance(found, complex) else float(found)
        except (ArithmeticError, ValueError):
            return None

    return compute


def _binary(sign: str, function: Callable[..., Any]) -> Callable[[Value, Value], Value]:
    compute = _safe(function)

    def of_lines(left: Value, right: Value) -> Line:
        if isinstance(left, Line) and isinstance(right, Line):
            both = [at for at in left.points if at in right.points]
            period = max(left.period, right.period)
            made = {at: compute(left.points[at], right.points[at]) for at in both}
            return _kept(made, period)
        line = _line(sign, left if isinstance(left, Line) else right)
        if isinstance(left, Line):
            made = {at: compute(value, right) for at, value in line.points.items()}
        else:
            made = {at: compute(left, value) for at, value in line.points.items()}
        return _kept(made, line.period)

    def apply(left: Value, right: Value) -> Value:
        if isinstance(left, str) or isinstance(right, str):
            raise BadExpression(f'"{sign}" is not of words')
        if isinstance(left, list) and isinstance(right, list):
            raise BadExpression(f'"{sign}" is not of two arrays')
        if isinstance(left, list):
            return [of_lines(one, right) for one in left]
        if isinstance(right, list):
            return [of_lines(left, one) for one in right]
        if isinstance(left, Line) or isinstance(right, Line):
            return of_lines(left, right)
        found = compute(left, right)
        return math.nan if found is None else found

    return apply


def _each(name: str, function: Callable[[float], Any]) -> Callable[[Value], Value]:
    """Return a function of one number, for each datapoint of what it is given."""
    compute = _safe(function)

    def apply(value: Value) -> Value:
        if isinstance(value, list):
            return [_line(name, apply(line)) for line in value]
        if isinstance(value, Line):
            made = {at: compute(number) for at, number in value.points.items()}
            return _kept(made, value.period)
        if isinstance(value, str):
            raise BadExpression(f"{name} is not of words")
        found = compute(value)
        return math.nan if found is None else found

    return apply


def _summed(name: str, function: Callable[[list[float]], float]) -> Callable:
    """Return a function of a line's numbers, or of those across an array of lines."""

    compute = _safe(function)

    def apply(value: Value) -> Value:
        if isinstance(value, Line):
            found = compute(list(value.points.values()))
            return math.nan if found is None else found
        across: dict[float, list[float]] = {}
        for line in _lines(name, value):
            for at, number in line.points.items():
                across.setdefault(at, []).append(number)
        period = max((line.period for line in _lines(name, value)), default=0)
        return _kept({at: compute(across[at]) for at in sorted(across)}, period)

    return apply


def _steps(
    name: str, function: Callable[[float, float, float], float]
) -> Callable[[Value], Any]:
    """Return a function of each datapoint, the one before, and the seconds between."""

    def apply(value: Value) -> Value:
        if isinstance(value, list):
            return [_line(name, apply(line)) for line in value]
        rows = sorted(_line(name, value).points.items())
        made: dict[float, float | None] = {
            at: function(number, last, at - before)
            for (before, last), (at, number) in pairwise(rows)
        }
        return _kept(made, _line(name, value).period)

    return apply


def _running_sum(value: Value) -> Value:
    total = 0.0
    made: dict[float, float | None] = {}
    for at, number in sorted(_line("RUNNING_SUM", value).points.items()):
        made[at] = total = total + number
    return _kept(made, _line("RUNNING_SUM", value).period)


def _if(condition: Value, then: Value, otherwise: Value = math.nan) -> Value:
    """Return `then` where the condition is not 0, and else `otherwise` or nothing."""
    if not isinstance(condition, Line):
        return then if condition else otherwise

    def at(value: Value, moment: float) -> float | None:
        if isinstance(value, Line):
            return value.points.get(moment)
        if isinstance(value, list | str):
            raise BadExpression("IF is of numbers and time series")
        return value

    rows = condition.points.items()
    made = {moment: at(then if one else otherwise, moment) for moment, one in rows}
    return _kept(made, condition.period)


def _fill(scope: Scope, value: Value, given: Value) -> Value:
    """Return a line with a datapoint in each period."""
    if isinstance(value, list):
        return [_line("FILL", _fill(scope, line, given)) for line in value]
    line, last = _line("FILL", value), None
    made: dict[float, float | None] = {}
    if len(scope.moments) > MOST:
        raise BadExpression(f"FILL has {len(scope.moments):,} periods to fill")
    if given == "LINEAR" or isinstance(given, list):
        raise BadExpression("localaws fills with a number, a time series or REPEAT")
    for at in scope.moments:
        if given == "REPEAT":
            other = last
        else:
            other = given.points.get(at) if isinstance(given, Line) else given
        made[at] = last = line.points.get(at, other)  # type: ignore[assignment]
    return _kept(made, line.period)


def _metrics(scope: Scope, part: Value = "") -> Value:
    return [line for name, line in scope.metrics.items() if str(part) in name]


def _time_series(scope: Scope, value: Value) -> Value:
    if not isinstance(value, int | float):
        raise BadExpression("TIME_SERIES is of a number")
    moments = scope.moments
    if len(moments) > MOST:
        raise BadExpression(f"TIME_SERIES has {len(moments):,} periods")
    period = moments[1] - moments[0] if len(moments) > 1 else 60
    return _kept(dict.fromkeys(moments, value), period)


def _either(left: float, right: float) -> bool:
    return bool(left) or bool(right)


def _both(left: float, right: float) -> bool:
    return bool(left) and bool(right)


_OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": math.pow,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "AND": _both,
    "OR": _either,
}
_FUNCTIONS: dict[str, Callable[..., Value]] = {
    **{sign: _binary(sign, function) for sign, function in _OPERATORS.items()},
    "ABS": _each("ABS", abs),
    "CEIL": _each("CEIL", math.ceil),
    "FLOOR": _each("FLOOR", math.floor),
    "LOG": _each("LOG", math.log),
    "LOG10": _each("LOG10", math.log10),
    "SUM": _summed("SUM", math.fsum),
    "AVG": _summed("AVG", statistics.fmean),
    "MIN": _summed("MIN", min),
    "MAX": _summed("MAX", max),
    "STDDEV": _summed("STDDEV", statistics.pstdev),
    "DIFF": _steps("DIFF", lambda now, last, seconds: now - last),
    "RATE": _steps("RATE", lambda now, last, seconds: (now - last) / seconds),
    "RUNNING_SUM": _running_sum,
    "IF": _if,
    "FIRST": lambda value: _one("FIRST", value)[0],
    "LAST": lambda value: _one("LAST", value)[-1],
    "METRIC_COUNT": lambda value: float(len(_lines("METRIC_COUNT", value))),
    "PERIOD": lambda value: float(_line("PERIOD", value).period),
    "[]": lambda *lines: [_line("[]", line) for line in lines],
}
_SCOPED: dict[str, Callable[..., Value]] = {
    "FILL": _fill,
    "METRICS": _metrics,
    "TIME_SERIES": _time_series,
}
_COUNTS = {
    **dict.fromkeys(_OPERATORS, (2, 2)),
    "IF": (2, 3),
    "FILL": (2, 2),
    "METRICS": (0, 1),
}


def _one(name: str, value: Value) -> list[Line]:
    found = _lines(name, value)
    if not found:
        raise BadExpression(f"{name} is of an array that has a time series")
    return found
