"""What a notebook's metadata says of its lesson: its checks, and its other runs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

Parameters = Mapping[str, Any]
NUMBER = re.compile(r"\d\d")
MINUTES = '{"reading": 25, "doing": 50}'


@dataclass(frozen=True)
class Plan:
    """The part ``course`` of a notebook's metadata; CONTRIBUTING shows an example.

    ``check`` is the lesson's module in ``course.check``. ``module``, where the lesson
    has one, is the module of ``course`` that keeps what the lesson defines. ``runs``
    are sets of parameters that the lesson must run with besides its own, ``full`` such
    sets that need the full-size data. ``limits`` override the style's limits.

    For the reader: the lesson ``needs`` the lessons of these numbers and ``besides``;
    one line says what the reader ``will`` do; ``minutes`` are the author's estimate.

    Raises ``ValueError`` for what no lesson can be tested with.
    """

    check: str
    runs: list[Parameters]
    module: str = ""
    full: list[Parameters] = field(default_factory=list)
    limits: dict[str, list[int]] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    besides: str = ""
    will: str = ""
    minutes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise ValueError(f'the part "course" of the metadata: {problem}')

    def _problems(self) -> Iterator[str]:
        if not _exists("course.check", self.check):
            yield f'"check" is "{self.check}", but src/course/check has no such module'
        if self.module and not _exists("course", self.module):
            yield f'"module" is "{self.module}", but src/course has no such module'
        if not self.runs:
            yield '"runs" is empty, expected a set of parameters besides its own'
        for name, sets in (("runs", self.runs), ("full", self.full)):
            if not _are(sets, Mapping):
                yield f'"{name}" is {sets}, expected objects such as {{"seed": 1}}'
        if not (_are(self.needs, str) and all(map(NUMBER.fullmatch, self.needs))):
            yield f'"needs" is {self.needs}, expected numbers of lessons: ["03", "04"]'
        if self.minutes and not _are_minutes(self.minutes):
            yield f'"minutes" is {self.minutes}, expected {MINUTES}'
        for what, pair in self.limits.items():
            if not (_are(pair, int | float) and len(pair) == 2):
                yield f'the limit "{what}" is {pair}, expected two numbers: [800, 2500]'


def read(metadata: Mapping[str, Any]) -> Plan:
    """The plan in a notebook's metadata; ``ValueError`` says what it lacks."""
    given = metadata.get("course")
    if not isinstance(given, Mapping):
        raise ValueError(
            'the metadata has no part "course" that says what the lesson is tested '
            'with: see "A lesson" in CONTRIBUTING.md'
        )
    try:
        return Plan(**given)
    except TypeError as error:  # a key too many or too few: the error names it
        keys = ", ".join(Plan.__dataclass_fields__)
        raise ValueError(
            f'the part "course" of the metadata has the keys {sorted(given)}, expected '
            f"{keys}, of which check and runs must be there"
        ) from error


def _are(values: object, kind: Any) -> bool:
    """True for a list of values of that kind; of objects, none may be empty."""
    if not isinstance(values, list):
        return False
    return all(isinstance(value, kind) and value != {} for value in values)


def _are_minutes(minutes: object) -> bool:
    return (
        isinstance(minutes, Mapping)
        and set(minutes) == {"reading", "doing"}
        and all(isinstance(value, int) and value > 0 for value in minutes.values())
    )


def _exists(package: str, module: str) -> bool:
    """Whether a package has a module of this name, which may have dots."""
    if not all(part.isidentifier() for part in str(module).split(".")):
        return False
    try:
        return bool(find_spec(f"{package}.{module}"))
    except ModuleNotFoundError:  # what stands before the dot is no package
        return False
