"""Which route a request takes: its path and method against those of an API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

ANY, DEFAULT = "ANY", "$default"
_TEXT, _VARIABLE, _GREEDY = range(3)  # of a part of a path, the best match first


@dataclass(frozen=True)
class Route:
    """A method of a path, with what is behind it."""

    method: str
    path: str  # "/pets/{id}", or "$default"
    behind: Any

    @property
    def parts(self) -> list[str]:
        """The parts of its path."""
        return split(self.path)

    @property
    def key(self) -> str:
        """How HTTP APIs name it."""
        return self.path if self.path == DEFAULT else f"{self.method} {self.path}"


def split(path: str) -> list[str]:
    """Return the parts of a path; a slash at its end is none."""
    return path.strip("/").split("/") if path.strip("/") else []


class Routes:
    """The routes of an API, found by method and path."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._default: Route | None = None
        self._fixed: dict[tuple[str, ...], list[Route]] = {}  # without variables
        self._open: list[tuple[list[str], list[int], Route]] = []
        for route in routes:
            if route.path == DEFAULT:
                self._default = route
                continue
            kinds = [_kind(part) for part in route.parts]
            if any(kinds):
                self._open.append((route.parts, kinds, route))
            else:
                self._fixed.setdefault(tuple(route.parts), []).append(route)
        # The more of a path is fixed, the better; a method of its own before ANY.
        self._open.sort(key=lambda row: (row[1], row[2].method == ANY))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Return the best route of a request, and the variables of its path.

        `path` is as it came: what is encoded in it separates no parts.
        """
        parts = [unquote(part) for part in split(path)]
        fixed = self._fixed.get(tuple(parts), ())
        for name in (method, ANY):
            for route in fixed:
                if route.method == name:
                    return route, {}
        for names, kinds, route in self._open:
            if route.method not in (method, ANY):
                continue
            found = _variables(names, kinds, parts)
            if found is not None:
                return route, found
        return (self._default, {}) if self._default else None


def _kind(part: str) -> int:
    if part[:1] != "{" or part[-1:] != "}":
        return _TEXT
    return _GREEDY if part.endswith("+}") else _VARIABLE


def _variables(
    names: list[str], kinds: list[int], parts: list[str]
) -> dict[str, str] | None:
    """Return the variables of a path; None where it is another route's."""
    greedy = kinds[-1] == _GREEDY
    if len(parts) < len(names) or (len(parts) > len(names) and not greedy):
        return None
    found = {}
    for place, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        if kind == _GREEDY:
            found[name[1:-2]] = "/".join(parts[place:])
        elif kind == _VARIABLE and parts[place]:
            found[name[1:-1]] = parts[place]
        elif name != parts[place]:
            return None
    return found
