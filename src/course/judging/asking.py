"""Asks the reader's function, and notices what it does to its arguments."""

from __future__ import annotations

import copy
import io
import warnings
from collections.abc import Collection, Iterator
from contextlib import redirect_stdout
from itertools import islice
from typing import Any

import numpy as np

from course.judging.values import plain
from course.judging.words import NotAttempted, Wrong, describe, given, raised

MOST = 1_000_000  # values that are taken of a generator


def call(answer: object, /, *, itself: Collection[str] = (), **inputs: object) -> Any:
    """Return what the reader's function gives for copies of the inputs, in this order.

    Raises NotAttempted for a stub that returns `...`; Wrong if it is no function,
    raises an error, returns nothing, or changes an argument. Those that `itself` names
    are given as they are, for a task that changes them: it may also return nothing.
    What a generator yields is returned as a list.
    """
    if not callable(answer):
        raise Wrong(
            f"expected a function, got {describe(answer)}: give its name alone, "
            "without calling it."
        )
    own = [name for name in inputs if name not in itself]
    copies = inputs | copy.deepcopy({name: inputs[name] for name in own})
    result, printed = _asked(answer, copies, inputs)
    if result is ...:
        raise NotAttempted
    for name in own:
        if not unchanged(copies[name], inputs[name]):
            raise Wrong(f"it changes {name} itself{given(inputs)}: work on a copy.")
    if result is None and not itself and printed:
        raise Wrong(
            f"it printed {describe(printed)} and returned None{given(inputs)}: write "
            "`return` in place of `print`."
        )
    if result is None and not itself:
        raise Wrong(f"it returned None{given(inputs)}. Is a `return` missing?")
    return result


def _asked(answer: Any, copies: dict, inputs: dict) -> tuple[Any, str]:
    """What the function gives and prints, without its warnings.

    Raises Wrong if the function raises an error.
    """
    said = io.StringIO()
    try:
        with (
            redirect_stdout(said),
            np.errstate(all="ignore"),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            result = answer(*copies.values())
            lazy = isinstance(result, Iterator)
            result = list(islice(result, MOST)) if lazy else result
    except (Exception, SystemExit) as error:
        raise Wrong(f"{raised(error, inputs)}.") from None
    finally:
        print(said.getvalue(), end="")
    return result, said.getvalue().strip()


def unchanged(now: Any, before: Any) -> bool:
    """False if an argument is seen to differ: array, tensor, container, plain value.

    Of other objects it is not known what belongs to them.
    """
    if type(now) is not type(before):
        return False
    if isinstance(now, dict):
        same = now.keys() == before.keys()
        return same and all(unchanged(now[key], before[key]) for key in now)
    if isinstance(now, list | tuple):
        same = len(now) == len(before)
        return same and all(map(unchanged, now, before))
    if isinstance(now, np.ndarray | np.generic) or hasattr(now, "detach"):
        return _equal(plain(now), plain(before))
    if isinstance(now, str | bytes | int | set):
        return bool(now == before)
    return bool(now.equals(before)) if hasattr(now, "equals") else True


def _equal(now: np.ndarray, before: np.ndarray) -> bool:
    nan = now.dtype.kind in "fc"
    return now.dtype == before.dtype and np.array_equal(now, before, equal_nan=nan)
