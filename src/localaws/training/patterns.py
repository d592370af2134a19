"""Regular expressions of readers, matched by RE2: no text takes them long.

Python's `re` may take years for a short pattern, and holds the interpreter meanwhile.
RE2 takes a time in proportion to the text, and the memory that it is given. To it, \\d,
\\s and \\w are characters of ASCII.
https://github.com/google/re2/wiki/WhyRE2
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import re2

LONGEST = 8192  # characters of a line that patterns look at
MOST = 1000  # matches of one pattern in a line
MEMORY = 1024 * 1024  # bytes that RE2 may take for a pattern

_OPTIONS = re2.Options()
_OPTIONS.max_mem = MEMORY
_OPTIONS.log_errors = False
# What Python's `re` has and RE2 does not, as RE2 names it in its errors.
_LACKS = {
    "(?=": "look-ahead",
    "(?!": "look-ahead",
    "(?<": "look-behind",
    "(?P": "references to groups",
    "(?(": "conditions",
    "(?>": "atomic groups",
    "repetition size": "more than 1,000 repetitions",
    "too large": f"patterns that need more than {MEMORY // 1024:,} KiB",
}


class Pattern:
    """A regular expression; ValueError, in words, for a text that is none here."""

    def __init__(self, text: str) -> None:
        try:
            self._compiled = re2.compile(text.replace(r"\Z", r"\z"), _OPTIONS)
        except (re2.error, UnicodeError) as error:
            raise ValueError(_explained(error)) from None

    def found(self, line: str) -> Iterator[str | None]:
        """Yield the first group of each match, or the match where there is no group.

        None for a group that takes no part in its match.
        """
        group = 1 if self._compiled.groups else 0
        for match in islice(self._compiled.finditer(line[:LONGEST]), MOST):
            yield match[group]

    def search(self, line: str) -> bool:
        """Return whether a line has a match."""
        return self._compiled.search(line[:LONGEST]) is not None


def _explained(error: Exception) -> str:
    said: Any = error.args[0] if error.args else ""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error)
    lacks = next((name for sign, name in _LACKS.items() if sign in words), "")
    if not lacks and words.startswith("invalid escape sequence: \\"):
        lacks = "references to groups" if words[-1:].isdigit() else words[-2:]
    hint = f" (RE2, which matches it, has no {lacks})" if lacks else ""
    return f"{words}{hint}"
