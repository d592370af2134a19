"""What becomes of each member of a request: followed, harmless, or refused.

A table of an operation names its members by their path ("Containers[].Image"), a map as
"Environment{}". A text is why a member may be ignored: it changes no result. What is
refused is refused with all that is below it; everything else is named to the leaves, so
that a member that AWS adds is refused until somebody has judged it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localaws.api.errors import invalid

FOLLOWED = ""


@dataclass(frozen=True)
class Unfollowed:
    """A member that changes a result and is not followed: why, and what to do."""

    words: str
    unless: tuple[Any, ...] = ()  # the values that mean what happens anyway


NEW = Unfollowed("it is newer than this version. Leave it out")
Table = Mapping[str, "str | Unfollowed"]


def below(path: str, table: Table) -> dict[str, str | Unfollowed]:
    """Return a table of a structure as the table of what contains it at `path`."""
    return {f"{path}.{name}": verdict for name, verdict in table.items()}


def judged(table: Table, path: str) -> str | None:
    """Return the name under which a table knows a member; None where it does not."""
    if path in table:
        return path
    while path := path.rpartition(".")[0].removesuffix("[]"):
        for above in (path, f"{path}[]"):
            if isinstance(table.get(above), Unfollowed):
                return above
        if f"{path}{{}}" in table:
            return f"{path}{{}}"
    return None


def check(values: Mapping[str, Any], table: Table) -> None:
    """Raise `ValidationException` for the first member that is not followed."""
    for path, value in _given(values, ""):
        name = judged(table, path)
        verdict = NEW if name is None else table[name]
        if isinstance(verdict, Unfollowed) and value not in verdict.unless:
            parent, _, last = (name or path).rpartition(".")
            of = f" of {parent.replace('[]', '')}" if parent else ""
            raise invalid(f"localaws does not emulate {last}{of}: {verdict.words}.")


def harmless(values: Mapping[str, Any], table: Table) -> Iterator[tuple[str, str]]:
    """Yield what a request gives that changes nothing here, and why; nothing off.

    A record may be given too: of what no request has, nothing is said.
    """
    for path, value in _given(values, ""):
        verdict = table.get(judged(table, path) or path)
        if isinstance(verdict, str) and verdict and value not in (False, ""):
            yield path, verdict


def _given(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield path and value of each member that a request gives, to the leaves."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _given(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for one in value:
            yield from _given(one, f"{path}[]")
    elif value is not None and value != []:
        yield path, value
