"""Reads an answer as numbers, and compares them with the right ones."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course.judging.words import (
    INFINITE,
    NAN,
    NotAttempted,
    Wrong,
    describe,
    expect,
    given,
    one_line,
)

FINITE_DIFFERENCE = 1e-4  # tolerance that takes a central difference for a slope


def plain(value: Any) -> np.ndarray:
    """An array of it: of a sparse matrix, and of tensors without their gradient."""
    if isinstance(value, list | tuple) and any(map(_may_hold_tensors, value)):
        return np.asarray([plain(each) for each in value])
    for step in ("detach", "cpu", "toarray"):
        value = getattr(value, step)() if hasattr(value, step) else value
    return np.asarray(value)


def _may_hold_tensors(value: Any) -> bool:
    return isinstance(value, list | tuple) or hasattr(value, "detach")


def as_numbers(got: object, what: str = "the result") -> np.ndarray:
    """The answer as a floating-point array; Wrong if it does not hold real numbers."""
    values = _array(got, what)
    if values.dtype.kind not in "fiu":
        raise Wrong(
            f"{what} must hold real numbers; it is {describe(got)}{_kind(got)}."
        )
    return values.astype(float)


def _kind(got: object) -> str:
    if isinstance(got, np.ndarray):
        return f", an array of {got.dtype}"
    return f" of type {type(got).__name__}"


def _array(got: object, what: str) -> np.ndarray:
    if got is ...:
        raise NotAttempted
    try:
        values = plain(got)
        objects = values.dtype.kind == "O"  # fractions are numbers, too
        real = objects and all(isinstance(v, Real | Decimal) for v in values.flat)
        return values.astype(float) if real else values
    except Exception as error:
        uneven = "inhomogeneous" in str(error)
        why = "its parts differ in length" if uneven else one_line(error)
        raise Wrong(f"{what} is no array ({why}).") from None


def as_number(got: object, what: str = "the answer") -> float:
    """The answer as one finite number; Wrong if it is none, or several."""
    values = as_numbers(got, what)
    expect(values.shape == (), f"{what} is one number, not shape {values.shape}.")
    number = float(values)
    expect(not np.isnan(number), f"{what} is nan, expected a number: {NAN}.")
    expect(np.isfinite(number), f"{what} is {number}, expected a number: {INFINITE}.")
    return number


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


def as_parts(got: Any, names: Sequence[str], **inputs: object) -> list:
    """The values that were returned, as many as there are names: a tuple, an array."""
    listed = isinstance(got, list | tuple) or getattr(got, "shape", ()) != ()
    if listed and len(got) == len(names):
        return list(got)
    many = f"{len(got)} values" if listed else describe(got)
    if listed and hasattr(got, "shape"):
        many = f"an array of shape {tuple(got.shape)}"
    raise Wrong(
        f"return {len(names)} values, {' and '.join(names)}; it returned "
        f"{many}{given(inputs)}."
    )


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
    expect_close(got, np.asarray(expected), what, tolerance, tolerance, inputs)


def expect_close(
    got: object,
    right: np.ndarray,
    what: str,
    relative: float,
    absolute: float,
    inputs: dict[str, Any],
) -> None:
    """As `expect_array`, with two tolerances; an array of bools may be asked for."""
    yes_or_no = right.dtype.kind == "b" and _array(got, what).dtype.kind == "b"
    values = as_numbers(np.add(plain(got), 0.0) if yes_or_no else got, what)
    right = np.add(right, 0.0)
    if values.shape != right.shape:
        shapes = _shapes(values.shape, right.shape)
        raise Wrong(f"{what} {shapes}{given(inputs)}.")
    wrong = ~np.isclose(values, right, rtol=relative, atol=absolute, equal_nan=True)
    if not wrong.any():
        return
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    first, expected = values[index], right[index]
    before, after = _place(index, inputs, right)
    why = f": {NAN}" if np.isnan(first) else ""
    why = f": {INFINITE}" if np.isinf(first) and np.isfinite(expected) else why
    seen, due = _told_apart(first, expected)
    raise Wrong(f"{what}{before} is {seen}, expected {due}{after}{why}.")


def _shapes(got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """What is said of two shapes; nobody calls a number an array of shape ()."""
    if got == ():
        return f"is one number, expected the shape {expected}"
    return f"has shape {got}, expected {expected if expected else 'one number'}"


def _told_apart(got: float, expected: float) -> tuple[str, str]:
    """Texts for two numbers, with as many digits as it takes to see a difference."""
    texts = describe(got), describe(expected)
    for digits in range(5, 18):
        if texts[0] != texts[1]:
            break
        texts = f"{got:.{digits}g}", f"{expected:.{digits}g}"
    return texts


def _shape(value: Any) -> tuple[int, ...] | None:
    """The shape as an array; None of what is none, such as arrays of several shapes."""
    try:
        return plain(value).shape
    except ValueError:
        return None


def _place(index: tuple[int, ...], inputs: dict, right: np.ndarray) -> tuple[str, str]:
    """' for x = 2.5' where an input has the shape of the result, else ' at index 3'.

    In the second case it is followed by what all of the inputs were.
    """
    fits = [name for name, value in inputs.items() if _shape(value) == right.shape]
    if index and fits:
        name = fits[-1]
        return f" for {name} = {describe(plain(inputs[name])[index])}", ""
    place = f" at index {index[0] if len(index) == 1 else index}" if index else ""
    return place, given(inputs)
