"""The JSONPath of batch transform: the part of the language that AWS documents.

Libraries of JSONPath read either more, which AWS refuses, or less: none of those that
are installed here reads "$[0,5:]", an example of the API reference.
https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html#data-processing-operators
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

OPERATORS = ("$", "[", "]", "*", ".", " ", ",", ":", "-", "'")
_STEP = re.compile(r"\.?\[(?P<inside>[^\[\]]*)\]|\.(?P<name>[A-Za-z0-9 -]+|\*)")
_NUMBER = re.compile(r"-?\d+")
_RANGE = re.compile(r"(-?\d+)?\s*:\s*(-?\d+)?")


class BadPath(ValueError):
    """A path that is not of the language, in AWS's words where they are known."""


class NotFound(ValueError):
    """A path that leads nowhere in a record."""


@dataclass(frozen=True)
class Step:
    """One step from a value to those below it."""

    text: str
    names: Sequence[str] = ()
    places: Sequence[int | slice] = ()  # in a list

    @property
    def many(self) -> bool:
        """Whether it leads to a list of values, however many there are."""
        ranges = any(isinstance(one, slice) for one in self.places)
        return self.text == "*" or ranges or len(self.places) > 1

    def of(self, value: Any) -> list[Any]:
        """Return the values that it leads to; raise NotFound."""
        try:
            if self.text == "*":
                return _all(value)
            if self.names:
                return [self._named(value)]
            return [one for place in self.places for one in _at(value, place)]
        except (LookupError, TypeError):
            raise NotFound(f'nothing is at "{self.text}"') from None

    def _named(self, value: dict[str, Any]) -> Any:
        """Return what has the one name, or an object of what has several."""
        if len(self.names) == 1:
            return value[self.names[0]]
        return {name: value[name] for name in self.names}


def _all(value: Any) -> list[Any]:
    if not isinstance(value, dict | list):
        raise TypeError("nothing is in it")
    return list(value.values()) if isinstance(value, dict) else value


def _at(value: list[Any], place: int | slice) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("it is no list")
    return value[place] if isinstance(place, slice) else [value[place]]


@dataclass(frozen=True)
class Path:
    """A path, read: the steps from the root."""

    text: str
    steps: Sequence[Step] = ()

    @property
    def whole(self) -> bool:
        """Whether it leaves a record as it is."""
        return not self.steps

    @property
    def named(self) -> bool:
        """Whether it asks for attributes, which a row of a CSV file does not have."""
        return any(step.names for step in self.steps)

    def select(self, value: Any) -> Any:
        """Return the part of a record; raise NotFound."""
        found, many = [value], False
        for step in self.steps:
            found = [one for each in found for one in step.of(each)]
            many = many or step.many
        return found if many else found[0]


def parse(text: str) -> Path:
    """Return a path; raise BadPath.

    The end of a range is not in it, as in the library that AWS's page refers to, and
    as public notebooks count on it ("$[:14]" for the first 14 columns); that page
    itself says the contrary once.
    """
    for letter in text:
        if not (letter.isascii() and letter.isalnum()) and letter not in OPERATORS:
            raise BadPath(
                f'Unexpected "{letter}" in JsonPath. Supported operators are '
                f"{list(OPERATORS)}"
            )
    if text and not text.startswith("$"):
        raise BadPath('a JsonPath begins with "$"')
    return Path(text or "$", _steps(text.strip(), 1) if text else ())


def _steps(text: str, at: int) -> list[Step]:
    steps: list[Step] = []
    while at < len(text):
        if steps and len(steps[-1].names) > 1:
            raise BadPath(f'nothing may follow the names in "{steps[-1].text}"')
        if not (match := _STEP.match(text, at)):
            raise BadPath(f'"{text[at:]}" is no step: write ".name" or "[0]"')
        inside = match["inside"]
        steps.append(_named(match["name"]) if inside is None else _inside(inside))
        at = match.end()
    return steps


def _named(name: str) -> Step:
    return Step("*") if name == "*" else Step(f".{name}", names=(name,))


def _inside(text: str) -> Step:
    """Return the step that stands between brackets."""
    shown = f"[{text}]"
    words = [word.strip() for word in text.split(",")]
    if words == ["*"]:
        return Step("*")
    if all(len(word) > 2 and word[0] == word[-1] == "'" for word in words):
        return Step(shown, names=[word[1:-1] for word in words])
    places = [_place(word, shown) for word in words]
    if sum(isinstance(one, slice) for one in places) > 1:
        raise BadPath(
            "only single range filters of format (eg: [1:5]) are supported. Format "
            f"{shown} is not supported"
        )
    return Step(shown, places=places)


def _place(word: str, shown: str) -> int | slice:
    if _NUMBER.fullmatch(word):
        return int(word)
    if match := _RANGE.fullmatch(word):
        start, end = (None if part is None else int(part) for part in match.groups())
        return slice(start, end)
    raise BadPath(f"{shown} has neither numbers, nor a range, nor names in quotes ''")
