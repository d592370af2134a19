"""Exercises that check an answer on the reader's machine and say what is wrong.

A lesson's module holds one judge for each exercise:

    @exercise("A first hint.", "A stronger hint.")
    def double(answer):
        \"\"\"A function that doubles an array.\"\"\"
        x = np.array([1.0, 2.0])
        expect_array(call(answer, x=x), 2 * x, x=x)
        return "Doubling is multiplication by two."

A judge calls the `expect...` functions, which raise `Wrong`, and returns a closing
remark. The reader sees text only: a wrong answer never raises.
"""

from __future__ import annotations

import copy
import inspect
import sysconfig
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

LIBRARIES = [sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")]
NOT_THEIRS = (str(Path(__file__).parent), *LIBRARIES)  # whose code no reader wrote


class Wrong(Exception):
    """The answer is wrong; the message tells the reader how."""


class NotAttempted(Exception):
    """The stub still holds its `...`."""


class Exercise:
    """One exercise: call it with an answer, or ask it for a `hint()`."""

    def __init__(self, judge: Callable[..., str | None], hints: tuple[str, ...]):
        self.name = judge.__name__
        self.__doc__ = inspect.getdoc(judge)
        self._judge, self._hints, self._hints_given = judge, hints, 0

    def __call__(self, *answer: object) -> None:
        """Print whether the answer is right, and if not, what is wrong with it."""
        print(self._verdict(answer))

    def hint(self) -> None:
        """Print the next hint; after the last one, the last again."""
        number = min(self._hints_given, len(self._hints) - 1)
        self._hints_given += 1
        print(f"Hint {number + 1} of {len(self._hints)}: {self._hints[number]}")

    def __repr__(self) -> str:
        return f"Exercise {self.name}: {self.__doc__}"

    def _verdict(self, answer: tuple) -> str:
        try:
            if any(part is ... for part in answer):
                raise NotAttempted
            remark = self._judge(*self._matched(answer))
        except NotAttempted:
            return (
                f"{self.name}: not attempted yet. Replace the ... with your answer; "
                f"check.{self.name}.hint() helps."
            )
        except Wrong as wrong:
            return f"✗ {self.name}: {wrong}"
        except Exception as error:  # an answer so odd that the judge stumbled over it
            return f"✗ {self.name}: this answer cannot be read ({_one_line(error)})."
        return f"✓ {self.name}: correct. {remark or ''}".rstrip()

    def _matched(self, answer: tuple) -> tuple:
        """The answer, if it has as many parts as the judge takes."""
        names = list(inspect.signature(self._judge).parameters)
        takes = f"{len(names)} value(s) ({', '.join(names)})"
        expect(len(answer) == len(names), f"it takes {takes}, got {len(answer)}.")
        return answer


def exercise(*hints: str) -> Callable[[Callable[..., str | None]], Exercise]:
    """Turn a judge into an exercise with these hints, the gentlest first."""
    return lambda judge: Exercise(judge, hints)


def call(function: object, **inputs: object) -> Any:
    """Return what the reader's function gives for copies of the inputs, in this order.

    Raises NotAttempted for a stub that returns `...`; Wrong if it is no function,
    raises an error, or returns nothing.
    """
    if not callable(function):
        raise Wrong(f"expected a function, got {describe(function)}.")
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = function(*copy.deepcopy(list(inputs.values())))
    except Exception as error:
        where = _line(error)
        raise Wrong(f"it raised {_one_line(error)}{where}{_given(inputs)}.") from None
    if result is ...:
        raise NotAttempted
    if result is None:
        raise Wrong(f"it returned None{_given(inputs)}. Is a `return` missing?")
    return result


def expect(condition: bool | np.bool_, message: str) -> None:
    """Raise Wrong with the message unless the condition holds."""
    if not condition:
        raise Wrong(message)


def expect_array(
    got: object,
    expected: ArrayLike,
    what: str = "the result",
    tolerance: float = 1e-6,
    **inputs: object,
) -> None:
    """Raise Wrong unless `got` has the shape and, within tolerance, the values.

    An input of the shape of the result is quoted where the first wrong value is.
    """
    values = as_numbers(got, what)
    right = np.asarray(expected)
    expect(
        values.shape == right.shape,
        f"{what} has shape {values.shape}, expected {right.shape}{_given(inputs)}.",
    )
    wrong = ~np.isclose(values, right, rtol=tolerance, atol=tolerance)
    if not wrong.any():
        return
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    place = _place(index, {n: np.asarray(value) for n, value in inputs.items()}, right)
    raise Wrong(
        f"{what}{place} is {describe(values[index])}, "
        f"expected {describe(right[index])}."
    )


def _place(index: tuple[int, ...], inputs: dict, right: np.ndarray) -> str:
    """' at index 3', or ' for x = 2.5' where an input has the shape of the result."""
    place = f" at index {index[0] if len(index) == 1 else index}" if index else ""
    for name, array in inputs.items():
        if index and array.shape == right.shape:
            place = f" for {name} = {describe(array[index])}"
    return place


def as_numbers(got: object, what: str = "the result") -> np.ndarray:
    """The answer as a floating-point array; Wrong if it does not hold real numbers."""
    if got is ...:
        raise NotAttempted
    try:
        values = np.asarray(got)
    except Exception as error:
        raise Wrong(f"{what} is no array ({_one_line(error)}).") from None
    expect(
        values.dtype.kind in "fiu",
        f"{what} must hold real numbers; it is {describe(got)}"
        f" of type {type(got).__name__}.",
    )
    return values.astype(float)


def as_number(got: object, what: str = "the answer") -> float:
    """The answer as one number; Wrong if it is none, or several."""
    values = as_numbers(got, what)
    expect(values.shape == (), f"{what} is one number, not shape {values.shape}.")
    return float(values)


def as_share(got: object, what: str = "the accuracy") -> float:
    """The answer as one number from 0 to 1; Wrong if it is another."""
    share = as_number(got, what)
    expect(0 <= share <= 1, f"{what} is {share:g}, expected a share from 0 to 1.")
    return share


def as_comparison(conclusion: object) -> str:
    """The conclusion as "better", "worse" or "same"; Wrong if it is another word."""
    word = conclusion.strip().lower() if isinstance(conclusion, str) else ""
    expect(
        word in ("better", "worse", "same"),
        f'the conclusion is {conclusion!r}, expected "better", "worse" or "same".',
    )
    return word


def describe(value: object) -> str:
    """A short text for a value: numbers rounded, at most 60 characters."""
    if isinstance(value, np.ndarray):
        text = np.array2string(value, precision=4, separator=", ", threshold=8)
    elif isinstance(value, float | np.floating):
        text = f"{value:.4g}"
    else:
        text = str(value) if isinstance(value, np.generic) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."


def _given(inputs: dict[str, object]) -> str:
    """' for x = ..., W of shape (2, 3)', or nothing."""
    parts = [
        f"{name} of shape {value.shape}"
        if isinstance(value, np.ndarray) and value.ndim > 1
        else f"{name} = {describe(value)}"
        for name, value in inputs.items()
    ]
    return f" for {', '.join(parts)}" if parts else ""


def _line(error: Exception) -> str:
    """' (line 2: `return x / y`)' of the reader's code, or nothing if none of it ran.

    It is the deepest one in the file, or the notebook's cell, where their code began.
    """
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not frame.filename.startswith(NOT_THEIRS)]
    if not theirs:
        return ""
    last = [frame for frame in theirs if frame.filename == theirs[0].filename][-1]
    return f" (line {last.lineno}" + (f": `{last.line}`)" if last.line else ")")


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
