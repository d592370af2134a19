"""Compares a reader's function with a right one, on arguments that nobody knows."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np

from course.judging.asking import call, unchanged
from course.judging.values import as_parts, expect_close, plain
from course.judging.words import Wrong, describe, given

Inputs = Mapping[str, Any]
Draw = Callable[[np.random.Generator, int], Inputs]

SIZES = (4, 1, 2, 3, 5, 8, 10, 12, 100)  # one element, ten, odd numbers, many
FLOAT32 = 1e-4  # tolerance for single precision
OTHERS = 8  # draws of one size on which an answer is asked, too
ALIKE = 40  # draws on which a mistake must agree with an answer, to be told


def _integers(array: np.ndarray) -> np.ndarray:
    return np.rint(array).astype(int)


FORMS: dict[str, Callable] = {
    "integers": _integers,
    "float32": lambda array: array.astype(np.float32),
    "lists": lambda array: array.tolist(),
}


def expect_same(
    answer: Any,
    right: Callable[..., Any],
    draw: Draw | None = None,
    *,
    cases: Iterable[Inputs] = (),
    sizes: Iterable[int] = SIZES,
    forms: Collection[str] = ("integers",),
    mistakes: Mapping[str, Callable[..., Any]] | None = None,
    what: str | tuple[str, ...] = "the result",
    tolerance: float = 1e-6,
) -> None:
    """Raise Wrong unless the reader's function gives what the right one gives.

    Both get the named arguments of `cases`, those that `draw(rng, size)` makes for each
    of the sizes, and eight of one size more: other ones at each check. Arrays of
    numbers are also given in other forms: rounded to integers, as float32, as lists.
    The same arguments must give the same again, and no argument may be changed.

    `mistakes` are other functions: an answer that agrees with one of them is told the
    words that stand before it. A `right` that returns a tuple has a name for each part
    in `what`. The tolerance is relative; FINITE_DIFFERENCE takes a central difference.
    """
    rng, sizes = np.random.default_rng(), [*sizes]
    size = max((size for size in sizes if size <= 16), default=sizes[0])
    others = [draw(rng, size) for _ in range(ALIKE)] if draw else []
    wrongs = Mistakes(mistakes or {}, what, tolerance, others)
    asked = []
    examples = _examples(rng, draw, cases, sizes, forms)
    for inputs, floats, precision in chain(examples, _as_they_are(others[:OTHERS])):
        with warnings.catch_warnings(action="ignore"):
            expected = right(*floats.values())
        if inputs is not floats and not _finite(expected):
            continue  # in that form there is no right answer
        _judge(answer, inputs, expected, what, max(tolerance, precision), wrongs)
        asked.append((inputs, expected))
        if len(asked) == 1:
            _judge_again(answer, *asked[0], what, tolerance)
    if not asked:
        raise ValueError("there is nothing to ask: give a draw, or cases")
    _judge_again(answer, *asked[0], what, tolerance)


class Mistakes:
    """Wrong functions, each with what is said to an answer that agrees with it."""

    def __init__(
        self, functions: Mapping, what: Any, tolerance: float, others: Collection
    ):
        self._functions, self._what, self._tolerance = functions, what, tolerance
        self._others = others  # on all of which no two functions agree by accident

    def explain(self, answer: Any, inputs: Inputs, got: Any) -> None:
        """Raise Wrong with the words of the mistake that gives the same, if any."""
        for words, wrong in self._functions.items():
            if not self._agree(got, wrong, inputs):
                continue
            if all(self._agree_on(each, answer, wrong) for each in self._others):
                raise Wrong(words)

    def _agree_on(self, inputs: Inputs, answer: Any, wrong: Callable) -> bool:
        try:
            got = call(answer, **inputs)
        except Wrong:
            return True
        return self._agree(got, wrong, inputs)

    def _agree(self, got: Any, wrong: Callable, inputs: Inputs) -> bool:
        try:
            with warnings.catch_warnings(action="ignore"):
                expected = wrong(*inputs.values())
            expect_like(got, expected, self._what, self._tolerance, inputs)
        except Exception:  # where it cannot be computed, it was not made
            return False
        return True


def _examples(rng, draw, cases, sizes, forms) -> Iterator[tuple[Inputs, Inputs, float]]:
    """Arguments, the same as floats for the right function, and their precision."""
    yield from _as_they_are(cases)
    for size in sizes if draw else ():
        inputs = draw(rng, size)
        yield inputs, inputs, 0.0
        for form in forms:
            yield from _formed(inputs, form)


def _as_they_are(cases: Iterable[Inputs]) -> Iterator[tuple[Inputs, Inputs, float]]:
    return ((inputs, inputs, 0.0) for inputs in cases)


def _formed(inputs: Inputs, form: str) -> Iterator[tuple[Inputs, Inputs, float]]:
    """The arguments with their arrays of floats in another form, if there are any."""
    floating = [
        name
        for name, value in inputs.items()
        if isinstance(value, np.ndarray)
        and value.dtype.kind == "f"
        and np.isfinite(value).all()
    ]
    if floating:
        changed = {name: FORMS[form](inputs[name]) for name in floating}
        floats = {name: np.asarray(value, float) for name, value in changed.items()}
        precision = FLOAT32 if form == "float32" else 0.0
        yield {**inputs, **changed}, {**inputs, **floats}, precision


def _judge(answer, inputs, expected, what, tolerance, wrongs: Mistakes) -> None:
    got = call(answer, **inputs)
    try:
        expect_like(got, expected, what, tolerance, inputs)
    except Wrong:
        wrongs.explain(answer, inputs, got)
        raise


def _judge_again(answer, inputs, expected, what, tolerance) -> None:
    """Wrong unless the arguments that were answered right are answered so again."""
    got = call(answer, **inputs)
    try:
        expect_like(got, expected, what, max(tolerance, FLOAT32), inputs)
    except Wrong:
        raise Wrong(
            f"asked the same again{given(dict(inputs))}, it answers differently: does "
            "it keep something from call to call, or draw at random?"
        ) from None


def expect_like(got: Any, expected: Any, what: Any, tolerance: float, inputs) -> None:
    """Raise Wrong unless the two agree: several parts, texts, arrays of numbers.

    What is small as a whole is compared by its own size.
    """
    if isinstance(expected, tuple):
        names = what if isinstance(what, tuple) else [*map(str, range(len(expected)))]
        parts = as_parts(got, names, **inputs)
        for name, part, right in zip(names, parts, expected, strict=True):
            expect_like(part, right, name, tolerance, inputs)
    elif plain(expected).dtype.kind not in "fiub":
        got = list(got) if isinstance(got, tuple) else got
        if not unchanged(got, expected):
            told = f"{what} is {describe(got)}, expected {describe(expected)}"
            raise Wrong(f"{told}{given(dict(inputs))}.")
    else:
        right = plain(expected)
        size = np.abs(right[np.isfinite(right)]).max(initial=0.0)
        absolute = tolerance * min(1.0, max(float(size), 1e-4))
        expect_close(got, right, what, tolerance, absolute, dict(inputs))


def _finite(expected: Any) -> bool:
    if isinstance(expected, tuple):
        return all(map(_finite, expected))
    array = plain(expected)
    return array.dtype.kind not in "fiub" or bool(np.isfinite(array).all())
