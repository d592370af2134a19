"""What a reader is told: their arguments, their errors, the line that raised them."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path
from typing import Any

import numpy as np

LONGEST = 60  # characters of a value
LIBRARIES = [sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")]
OURS = Path(__file__).parents[1]
# whose code no reader wrote
NOT_THEIRS = (*(f"{OURS / part}/" for part in ("judging", "check")), *LIBRARIES)
NAN = "nan is what 0 / 0, inf - inf and the logarithm of a negative number give"
INFINITE = "it is infinite, as after a division by zero or an overflow"


class Wrong(Exception):
    """The answer is wrong; the message tells the reader how."""


class NotAttempted(Exception):
    """The stub still holds its `...`."""


def expect(condition: bool | np.bool_, message: str) -> None:
    """Raise Wrong with the message unless the condition holds."""
    if not condition:
        raise Wrong(message)


def describe(value: object) -> str:
    """A short text for a value: numbers rounded, at most 60 characters."""
    if isinstance(value, np.ndarray):
        form: Any = {"float_kind": _short}
        text = np.array2string(value, separator=", ", threshold=8, formatter=form)
    elif isinstance(value, float | np.floating):
        text = f"{value:.4g}"
    elif callable(value) and hasattr(value, "__name__"):
        text = value.__name__
    else:
        text = str(value) if isinstance(value, np.generic) else repr(value)
    return _cut(" ".join(text.split()))


def _cut(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _short(value: float) -> str:
    """A number in an array: it ends in a point where it would look like an integer."""
    text = f"{value:.4g}"
    return f"{text}." if text.lstrip("-").isdigit() else text


def given(inputs: dict[str, object]) -> str:
    """' for x = [1., 2.], W of shape (2, 30)', or nothing; functions are left out."""
    parts = [
        f"{name}{_quoted(value)}"
        for name, value in inputs.items()
        if not callable(value) or hasattr(value, "shape")
    ]
    return f" for {', '.join(parts)}" if parts else ""


def _quoted(value: object) -> str:
    """' = 3' where that is short and whole, or how large the value is."""
    text = describe(value)
    if not text.endswith("...") and "..., " not in text:
        return f" = {text}"
    if hasattr(value, "shape"):
        return f" of shape {tuple(value.shape)}"
    if isinstance(value, list | tuple | dict | set):
        return f" with {len(value)} entries"
    return f" = {text}"


def raised(error: BaseException, inputs: dict[str, object]) -> str:
    """What an error of the reader's code was, where, and for which arguments.

    A name that is not defined depends on no argument, nor does how many it takes.
    """
    what, line = f"it raised {one_line(error)}", _line(error)
    if isinstance(error, NameError):
        return f"{what}{line}"
    if isinstance(error, TypeError) and "argument" in str(error) and not line:
        return f"{what}. It is called with {', '.join(inputs)}"
    endless = isinstance(error, RecursionError)
    why = ": it calls itself without end, or too often" if endless else ""
    return f"{what}{line}{given(inputs)}{why}"


def one_line(error: BaseException) -> str:
    """The error's type and message, on one line."""
    text = _cut(" ".join(str(error).split()), 200)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _line(error: BaseException) -> str:
    """' (line 2: `return x / y`)' of the reader's code, or nothing if none of it ran.

    It is the deepest one in the file, or the notebook's cell, where their code began.
    A function that the answer has called is named.
    """
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not frame.filename.startswith(NOT_THEIRS)]
    if not theirs:
        return ""
    last = [frame for frame in theirs if frame.filename == theirs[0].filename][-1]
    line = f": `{_cut(last.line, 88)}`" if last.line else ""
    other = last.name != theirs[0].name and not last.name.startswith("<")
    where = f", in {last.name}" if other else ""
    return f" (line {last.lineno}{where}{line})"
