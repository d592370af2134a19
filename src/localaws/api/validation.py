"""Requests are checked against botocore's own model of the service."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from botocore.model import OperationModel, Shape
from moto.core.model import ServiceModel
from moto.core.utils import get_service_model

from localaws.api.errors import invalid


def service_model(service: str) -> ServiceModel:
    """Return botocore's model of a service, loaded once and shared with moto."""
    return get_service_model(service)


def check(operation: OperationModel, value: Any) -> None:
    """Raise `ValidationException` naming every member of `value` that is wrong.

    Wording: https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
    and what the service answers: "1 validation error detected: Value '...' at
    'trainingJobName' failed to satisfy constraint: Member must ...".
    """
    if not isinstance(value, dict):
        raise invalid("The request's body must be a JSON object.")
    problems: list[str] = []
    if operation.input_shape is not None:
        _structure(operation.input_shape, value, "", problems)
    if problems:
        plural = "" if len(problems) == 1 else "s"
        text = "; ".join(problems[:10])
        raise invalid(f"{len(problems)} validation error{plural} detected: {text}")


def _problem(value: Any, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{str(value)[:200]}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"


def _value(shape: Shape, value: Any, path: str, problems: list[str]) -> None:
    if not isinstance(value, _PYTHON[shape.type_name]) or (
        isinstance(value, bool) and shape.type_name != "boolean"
    ):
        constraint = f"Member must be of type {shape.type_name}"
        problems.append(_problem(value, path, constraint))
        return
    _CHECKS.get(shape.type_name, _nothing)(shape, value, path, problems)
    _limits(shape, value, path, problems)


def _structure(shape: Shape, value: dict, path: str, problems: list[str]) -> None:
    for name in shape.required_members:
        if value.get(name) is None:
            problems.append(
                _problem(None, _join(path, name), "Member must not be null")
            )
    for name, member in value.items():
        if name not in shape.members:
            known = f"'{_join(path, name)}' is not a member of {shape.name}"
            problems.append(f"Unknown member {known}")
        elif member is not None:
            _value(shape.members[name], member, _join(path, name), problems)


def _list(shape: Shape, value: list, path: str, problems: list[str]) -> None:
    for number, member in enumerate(value, 1):
        _value(shape.member, member, f"{path}.{number}.member", problems)


def _map(shape: Shape, value: dict, path: str, problems: list[str]) -> None:
    for key, member in value.items():
        _value(shape.key, key, f"{path}.key", problems)
        _value(shape.value, member, f"{path}.{key}.member", problems)


def _string(shape: Shape, value: str, path: str, problems: list[str]) -> None:
    pattern = shape.metadata.get("pattern")
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        constraint = f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        problems.append(_problem(value, path, constraint))
    elif pattern and len(value) <= 2048 and not _fits(pattern, value):
        constraint = f"Member must satisfy regular expression pattern: {pattern}"
        problems.append(_problem(value, path, constraint))


def _nothing(shape: Shape, value: Any, path: str, problems: list[str]) -> None:
    pass


def _limits(shape: Shape, value: Any, path: str, problems: list[str]) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    sized = isinstance(value, str | list | dict)
    size = len(value) if sized else value
    noun = "have length" if sized else "have value"
    if low is not None and size < low:
        constraint = f"Member must {noun} greater than or equal to {low}"
        problems.append(_problem(value, path, constraint))
    if high is not None and size > high:
        constraint = f"Member must {noun} less than or equal to {high}"
        problems.append(_problem(value, path, constraint))


def _fits(pattern: str, value: str) -> bool:
    try:
        return _compiled(pattern).fullmatch(value) is not None
    except re.error:  # a Java pattern that Python does not know
        return True


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    for java, python in _CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern)


def _join(path: str, name: str) -> str:
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name


_CLASSES = {  # of Java's patterns, that Python writes otherwise
    r"\p{L}": r"^\W\d_",
    r"\p{Z}": r"\s",
    r"\p{ASCII}": r"[\x00-\x7f]",
    r"\p{Print}": r"\x20-\x7e",
    r"\z": r"\Z",
}
_PYTHON: dict[str, Any] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "blob": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
}
_CHECKS: dict[str, Callable[..., None]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
}
