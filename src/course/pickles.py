"""Pickles, looked into without running them."""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_KEEP = ("PUT", "BINPUT", "LONG_BINPUT")
_RECALL = ("GET", "BINGET", "LONG_BINGET")
_TEXT = (
    *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING"),
)


def named_in(blob: bytes) -> list[str]:
    """Return the functions and classes that a pickle names, such as "posix.mkdir".

    A name that is put together in a way no pickler does is "?": it may be any. What
    follows the pickle's end is not looked at. Raises ValueError where this is none.
    https://docs.python.org/3/library/pickletools.html
    """
    names: set[str] = set()
    made: list[Any] = []
    memory: dict[int, Any] = {}
    steps: Iterable[tuple[Any, Any, Any]] = pickletools.genops(blob)
    for code, value, _ in steps:
        if code.name == "MEMOIZE":  # keeps what was made last
            memory[len(memory)] = made[-1] if made else None
        elif code.name in _KEEP:
            memory[int(value)] = made[-1] if made else None
        elif code.name in ("GLOBAL", "INST"):  # module and name in one line
            names.add(value.replace(" ", "."))
            made.append(None)
        elif code.name == "STACK_GLOBAL":  # module and name were made last
            names.add(_joined(made[-2:]))
            made.append(None)
        elif code.name.startswith("EXT"):  # a number that copyreg knows
            names.add("?")
            made.append(None)
        elif code.name in _RECALL:
            made.append(memory.get(int(value)))
        elif code.name in ("PROTO", "FRAME"):  # make nothing
            continue
        else:
            made.append(value if code.name in _TEXT else None)
    return sorted(names)


def _joined(parts: list[Any]) -> str:
    whole = len(parts) == 2 and all(isinstance(each, str) for each in parts)
    return ".".join(parts) if whole else "?"


def refusal(load: Callable[[Path], object], path: Path) -> str:
    """Return the name of the exception that loading a file raises; "" if none."""
    try:
        load(path)
    except Exception as error:  # whatever a format's own reader raises
        return type(error).__name__
    return ""
