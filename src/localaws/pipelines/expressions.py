"""Expressions of a definition: what they refer to, and what they are worth.

`Get`, `Std:Join` and `Std:JsonGet` are objects of one member, as the SDK writes them.
https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_PART = re.compile(
    r"""\.?(?P<name>[^.\[\]'"]+)|\[(?P<number>\d+)\]|\[(?P<quote>['"])(?P<key>.*?)(?P=quote)\]"""
)


class BadExpression(ValueError):
    """What is no expression: the text says why."""


class Unresolved(Exception):
    """An expression has no value in this execution: the text says why."""


@dataclass(frozen=True)
class Reference:
    """What a `Get` names: Parameters.name, Execution.name or Steps.name with a path."""

    root: str
    name: str
    path: tuple[str | int, ...]
    text: str


def _nothing(*names: str) -> Any:
    """Know nothing of steps, nor of objects."""
    raise Unresolved(f'"{names[0]}" has no value here')


@dataclass(frozen=True)
class Scope:
    """What an execution knows by now, for its expressions."""

    parameters: Mapping[str, Any]
    execution: Mapping[str, str]
    # The properties of a step by its name, what a property file of a step holds, and
    # what an object in S3 does, as JSON; each may raise Unresolved.
    properties: Callable[[str], Any] = _nothing
    file: Callable[[str, str], Any] = _nothing
    read: Callable[[str], Any] = _nothing


def is_expression(value: Any) -> bool:
    """Return whether a value stands for another."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in _FORMS


def parts(path: str) -> tuple[str | int, ...]:
    """Return the names and numbers of a path such as "Outputs['train'].S3Output[0]"."""
    found: list[str | int] = []
    end = 0
    while end < len(path):
        match = _PART.match(path, end)
        if match is None:
            raise BadExpression(f'"{path}" is no path: see "{path[end:]}"')
        number, name = match["number"], match["name"] or match["key"]
        found.append(int(number) if number else name or "")
        end = match.end()
    return tuple(found)


def reference(text: Any) -> Reference:
    """Return what the text of a `Get` refers to."""
    if not isinstance(text, str):
        raise BadExpression(f'"Get" is {text!r}, and must be a text')
    root, _, rest = text.partition(".")
    name, *path = parts(rest) or ("",)
    known = root in ("Parameters", "Execution", "Steps")
    if not (known and name and isinstance(name, str)):
        raise BadExpression(
            f'"{text}" must begin with "Parameters.", "Execution." or "Steps.", and '
            "name one of them"
        )
    return Reference(root, name, tuple(path), text)


def references(value: Any) -> Iterator[Reference]:
    """Yield what a value refers to, at any depth; BadExpression where it is none."""
    if is_expression(value):
        ((form, inside),) = value.items()
        if form == "Get":
            yield reference(inside)
            return
        _check(form, inside)
        value = inside
    for member in members_of(value):
        yield from references(member)


def members_of(value: Any) -> Iterable[Any]:
    """Return what is in an object or a list; in anything else there is nothing."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _check(form: str, inside: Any) -> None:
    """Raise BadExpression where an expression lacks what its form has."""
    members = inside if isinstance(inside, dict) else {}
    if form == "Std:Join":
        if not isinstance(members.get("Values"), list):
            raise BadExpression('"Std:Join" must have a list of "Values"')
        if not isinstance(members.get("On", ""), str):
            raise BadExpression('"On" of "Std:Join" must be a text')
        return
    if not isinstance(members.get("Path"), str):
        raise BadExpression('"Std:JsonGet" must have a text as its "Path"')
    parts(_inside(members["Path"]))
    if ("PropertyFile" in members) == ("S3Uri" in members):
        raise BadExpression('"Std:JsonGet" must have a "PropertyFile" or an "S3Uri"')
    if "PropertyFile" in members:
        property_file(members["PropertyFile"])


def property_file(value: Any) -> tuple[str, str]:
    """Return the step and the name that the `PropertyFile` of a `JsonGet` names."""
    said = reference(value.get("Get") if isinstance(value, dict) else value)
    if said.root != "Steps" or len(said.path) != 2 or said.path[0] != "PropertyFiles":
        raise BadExpression(
            f'"{said.text}" is no property file: write "Steps.name.PropertyFiles.file"'
        )
    return said.name, str(said.path[1])


def property_files(value: Any) -> Iterator[tuple[str, str]]:
    """Yield step and name of each property file that a value reads."""
    get = value.get("Std:JsonGet") if is_expression(value) else None
    if get and "PropertyFile" in get:
        yield property_file(get["PropertyFile"])
    for member in members_of(value):
        yield from property_files(member)


def resolve(value: Any, scope: Scope) -> Any:
    """Return a value with its expressions replaced; Unresolved where one has none."""
    if is_expression(value):
        ((form, inside),) = value.items()
        return _FORMS[form](inside, scope)
    if isinstance(value, dict):
        return {name: resolve(member, scope) for name, member in value.items()}
    if isinstance(value, list):
        return [resolve(member, scope) for member in value]
    return value


def _get(inside: Any, scope: Scope) -> Any:
    said = reference(inside)
    if said.root == "Steps":
        return at(scope.properties(said.name), said.path, said.text)
    known = scope.parameters if said.root == "Parameters" else scope.execution
    if said.name not in known:
        raise Unresolved(f'"{said.text}" has no value here')
    return known[said.name]


def _join(inside: dict[str, Any], scope: Scope) -> str:
    values = (resolve(value, scope) for value in inside["Values"])
    return str(inside.get("On", "")).join(map(as_text, values))


def _json_get(inside: dict[str, Any], scope: Scope) -> Any:
    if "PropertyFile" in inside:
        step, name = property_file(inside["PropertyFile"])
        found, where = scope.file(step, name), f'property file "{name}" of "{step}"'
    else:
        uri = as_text(resolve(inside["S3Uri"], scope))
        found, where = scope.read(uri), uri
    return at(found, parts(_inside(inside["Path"])), f"{inside['Path']} of {where}")


def _inside(path: str) -> str:
    """Return a path without the root that JSONPath begins with."""
    return path.removeprefix("$").removeprefix(".")


def as_text(value: Any) -> str:
    """Return a value as it stands in a text: "true" for True."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value}"


def at(value: Any, path: tuple[str | int, ...], text: str) -> Any:
    """Return what is at a path; a member of a list may be named: Outputs['train']."""
    for part in path:
        value = _member(value, part, text)
    return value


def _member(value: Any, part: str | int, text: str) -> Any:
    if isinstance(value, dict) and part in value:
        return value[part]
    if isinstance(value, list):
        if isinstance(part, int) and part < len(value):
            return value[part]
        for one in value:
            if isinstance(one, dict) and _is_named(one, part):
                return one
    raise Unresolved(f'"{text}" has no value: there is no "{part}"')


def _is_named(one: dict[str, Any], name: str | int) -> bool:
    return any(value == name and key.endswith("Name") for key, value in one.items())


_FORMS: dict[str, Callable[[Any, Scope], Any]] = {
    "Get": _get,
    "Std:Join": _join,
    "Std:JsonGet": _json_get,
}
