"""The ranges of a tuning job's hyperparameters: what is searched, on which scale.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localaws.api.errors import invalid

MOST = 30  # hyperparameters that one definition searches
DECADES = 100.0  # from this quotient of the ends on, Auto means Logarithmic
LARGEST = 2**53  # beyond it, not every integer is a float
LISTS = {
    "IntegerParameterRanges": "Integer",
    "ContinuousParameterRanges": "Continuous",
    "CategoricalParameterRanges": "Categorical",
}


@dataclass(frozen=True)
class Parameter:
    """One hyperparameter; a place in its range is a number from 0 to 1."""

    name: str
    kind: str  # "Integer", "Continuous" or "Categorical"
    low: float = 0.0
    high: float = 0.0
    scale: str = "Linear"
    values: tuple[str, ...] = ()

    @property
    def count(self) -> float:
        """Return how many values it has."""
        if self.kind == "Categorical":
            return len(self.values)
        if self.kind == "Integer":
            return self.high - self.low + 1
        return 1 if self.low == self.high else math.inf

    def value(self, place: float) -> str:
        """Return the value at a place, as a training job is given it."""
        if self.kind == "Categorical":
            last = len(self.values) - 1
            return self.values[min(last, int(place * len(self.values)))]
        low, high = (self._scaled(end) for end in self._ends)
        number = self._unscaled(low + place * (high - low))
        if self.kind == "Integer":
            return str(int(min(self.high, max(self.low, math.floor(number + 0.5)))))
        return repr(float(min(self.high, max(self.low, number))))

    def place(self, text: str) -> float:
        """Return where a value is, outside of 0 to 1 where it is out of the range.

        ValueError for what cannot be a value.
        """
        if self.kind == "Categorical":
            return (self.values.index(text) + 0.5) / len(self.values)
        low, high = (self._scaled(end) for end in self._ends)
        return 0.5 if low == high else (self._scaled(float(text)) - low) / (high - low)

    @property
    def _ends(self) -> tuple[float, float]:
        half = 0.5 if self.kind == "Integer" else 0.0  # each integer is as wide
        return self.low - half, self.high + half

    def _scaled(self, number: float) -> float:
        if self.scale == "Logarithmic":
            return math.log(number)
        return -math.log1p(-number) if self.scale == "ReverseLogarithmic" else number

    def _unscaled(self, number: float) -> float:
        if self.scale == "Logarithmic":
            return math.exp(number)
        return -math.expm1(-number) if self.scale == "ReverseLogarithmic" else number


def parsed(ranges: Mapping[str, Any]) -> list[Parameter]:
    """Return the hyperparameters of a `ParameterRanges`; ValidationException if wrong.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ParameterRanges.html
    """
    found = [_read(row, LISTS[key]) for key in LISTS for row in ranges.get(key) or ()]
    names = [one.name for one in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise invalid(f'The hyperparameter "{twice[0]}" has more than one range.')
    if not found:
        raise invalid("No hyperparameter has a range: give at least one to be tuned.")
    if len(found) > MOST:
        text = f"{len(found)} hyperparameters have ranges, but at most {MOST} can be"
        raise invalid(f"{text} tuned.")
    return found


def combinations(parameters: Sequence[Parameter]) -> float:
    """Return how many combinations of values there are."""
    return math.prod(one.count for one in parameters)


def _read(row: Mapping[str, Any], kind: str) -> Parameter:
    name = row["Name"]
    if not name.strip():
        raise invalid("A range of hyperparameters has no name.")
    if kind == "Categorical":
        values = tuple(row["Values"])
        if len(set(values)) < len(values):
            raise invalid(f'The range of "{name}" has a value more than once: {values}')
        return Parameter(name, kind, values=values)
    low, high = (_number(row, end, kind) for end in ("MinValue", "MaxValue"))
    if low > high:
        raise invalid(
            f'The range of "{name}" has the MinValue {row["MinValue"]}, which is more '
            f"than its MaxValue {row['MaxValue']}."
        )
    scale = row.get("ScalingType", "Auto")
    _check_scale(name, kind, low, high, scale)
    if scale == "Auto":
        far = low > 0 and high / low >= DECADES
        scale = "Logarithmic" if far else "Linear"
    return Parameter(name, kind, low, high, scale)


def _number(row: Mapping[str, Any], end: str, kind: str) -> float:
    text = row[end]
    try:
        plain = text if "_" not in text else ""  # Python reads 1_000
        number = float(int(plain) if kind == "Integer" else float(plain))
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or (kind == "Integer" and abs(number) > LARGEST):
        noun = "an integer" if kind == "Integer" else "a number"
        raise invalid(f'The {end} of "{row["Name"]}" is "{text}", which is not {noun}.')
    return number


def _check_scale(name: str, kind: str, low: float, high: float, scale: str) -> None:
    """Check what a scale can have.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContinuousParameterRange.html
    """
    if scale == "Logarithmic" and low <= 0:
        raise invalid(
            f'The range of "{name}" has Logarithmic scaling, which works only for '
            f"values greater than 0; its MinValue is {low:g}."
        )
    if scale != "ReverseLogarithmic":
        return
    if kind == "Integer":
        text = "ReverseLogarithmic scaling, which only continuous ranges can have"
        raise invalid(f'The range of "{name}" has {text}.')
    if low < 0 or high >= 1:
        raise invalid(
            f'The range of "{name}" has ReverseLogarithmic scaling, which works only '
            f"within 0 <= x < 1.0; it goes from {low:g} to {high:g}."
        )
