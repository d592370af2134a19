"""The rules of composite alarms: states of other alarms, joined by AND, OR and NOT.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from localaws.alarms.evaluation import ALARM, OK, UNKNOWN

_STATES = (ALARM, OK, UNKNOWN)
_TOKEN = re.compile(
    rf"\s*(?:(?P<state>{'|'.join(_STATES)})\s*\(\s*"
    r"(?:\"(?P<quoted>[^\"]+)\"|'(?P<single>[^']+)'|(?P<bare>[^\s()]+))\s*\)"
    r"|(?P<word>TRUE|FALSE|AND|OR|NOT|\(|\)))"
)
DEEPEST = 100  # brackets and negations within each other
Decide = Callable[[Callable[[str], str]], bool]


class BadRule(ValueError):
    """What is no rule of alarms; its text says why."""


@dataclass(frozen=True)
class Rule:
    """A rule, and the names of the alarms that it is about."""

    holds: Decide  # given a function from names to states
    names: tuple[str, ...]


def parse(text: str) -> Rule:
    """Return a rule; BadRule where it is none."""
    reader = _Reader(text)
    holds = reader.either()
    if reader.tokens:
        raise BadRule(f'"{reader.tokens[0][0]}" is not expected')
    return Rule(holds, tuple(dict.fromkeys(reader.names)))


class _Reader:
    """Reads a rule, a token (word or state, and an alarm's name) at a time."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.names: list[str] = []
        self._depth = 0
        place, end = 0, len(text.rstrip())
        while place < end:
            found = _TOKEN.match(text, place)
            if not found:
                raise BadRule(f'"{text[place:][:40].strip()}" is not expected')
            name = found["quoted"] or found["single"] or found["bare"] or ""
            name = name.split(":", 6)[-1] if name.startswith("arn:") else name
            self.tokens.append((found["state"] or found["word"], name))
            place = found.end()

    def either(self) -> Decide:
        """Read what OR joins."""
        parts = [self._both()]
        while self._next("OR"):
            parts.append(self._both())
        return lambda state: any(part(state) for part in parts)

    def _both(self) -> Decide:
        parts = [self._one()]
        while self._next("AND"):
            parts.append(self._one())
        return lambda state: all(part(state) for part in parts)

    def _one(self) -> Decide:
        self._depth += 1
        if self._depth > DEEPEST:
            raise BadRule("it is nested too deeply")
        try:
            return self._single()
        finally:
            self._depth -= 1

    def _single(self) -> Decide:
        if self._next("NOT"):
            negated = self._one()
            return lambda state: not negated(state)
        if self._next("("):
            inner = self.either()
            if not self._next(")"):
                raise BadRule('")" is missing')
            return inner
        if not self.tokens:
            raise BadRule("it ends too soon")
        word, name = self.tokens.pop(0)
        if word in ("TRUE", "FALSE"):
            return lambda state: word == "TRUE"
        if word not in _STATES:
            raise BadRule(f'"{word}" is not expected')
        self.names.append(name)
        return lambda state: state(name) == word

    def _next(self, word: str) -> bool:
        if self.tokens and self.tokens[0][0] == word:
            del self.tokens[0]
            return True
        return False
