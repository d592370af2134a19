"""Event patterns: what a rule, an archive or a test asks of an event.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any

from localaws.eventbridge.matchers import BadPattern, Test, test_of

OR = "$or"


@dataclass(frozen=True)
class Pattern:
    """What is asked of one object of an event."""

    leaves: dict[str, list[Test]]  # of each field, one of these
    below: dict[str, Pattern]
    choices: list[list[Pattern]]  # of each list, one

    def matches(self, event: Any) -> bool:
        """Return whether an event, or an object in it, is as asked."""
        found = event if isinstance(event, dict) else {}
        return (
            all(
                any(test(_values(found, name)) for test in tests)
                for name, tests in self.leaves.items()
            )
            and all(
                _any_matches(part, found.get(name)) for name, part in self.below.items()
            )
            and all(
                any(choice.matches(found) for choice in choices)
                for choices in self.choices
            )
        )


def _any_matches(pattern: Pattern, value: Any) -> bool:
    """Return whether a value, or one of the objects in a list, is as asked."""
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return any(_any_matches(pattern, one) for one in value)
    return pattern.matches(value)


def _values(found: dict[str, Any], name: str) -> list[Any]:
    """Return the plain values of a field: those of a list, none of an object."""
    if name not in found:
        return []
    values, waiting = [], [found[name]]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, list):
            waiting = [*value, *waiting]
        elif not isinstance(value, dict):
            values.append(value)
    return values


@functools.lru_cache(maxsize=1000)
def parse(text: str) -> Pattern:
    """Return the pattern that a text is; BadPattern where it is none."""
    try:
        pattern = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadPattern("Filter is not valid JSON") from None
    return of(pattern)


def _refuse(word: str) -> None:
    raise ValueError(word)


def of(pattern: Any) -> Pattern:
    """Return the pattern that a JSON value is; BadPattern where it is none."""
    if not isinstance(pattern, dict):
        raise BadPattern("Filter is not an object")
    if not pattern:
        raise BadPattern("Empty objects are not allowed")
    leaves: dict[str, list[Test]] = {}
    below: dict[str, Pattern] = {}
    choices: list[list[Pattern]] = []
    for name, asked in pattern.items():
        if name == OR and _is_choice(asked):
            choices.append([of(one) for one in asked])
        elif isinstance(asked, dict):
            below[name] = of(asked)
        elif isinstance(asked, list):
            leaves[name] = _tests(asked)
        else:
            raise BadPattern(f'"{name}" must be an object or an array')
    return Pattern(leaves, below, choices)


def _is_choice(asked: Any) -> bool:
    """Return whether a field named "$or" is one: a list of two objects or more."""
    several = isinstance(asked, list) and len(asked) > 1
    return several and all(isinstance(one, dict) for one in asked)


def _tests(asked: list[Any]) -> list[Test]:
    if not asked:
        raise BadPattern("Empty arrays are not allowed")
    return [test_of(one) for one in asked]
