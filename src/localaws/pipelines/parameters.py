"""Parameters of a pipeline: their types, defaults and choices, and what is given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localaws.api.errors import invalid
from localaws.pipelines.expressions import as_text

_BOOLEANS = {"true": True, "false": False}


def _integer(text: str) -> int:
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _boolean(text: str) -> bool:
    if text.lower() not in _BOOLEANS:
        raise ValueError(text)
    return _BOOLEANS[text.lower()]


# How a type is read from text, and which values of the definition are of it.
TYPES: dict[str, tuple[Callable[[str], Any], tuple[type, ...]]] = {
    "String": (str, (str,)),
    "Integer": (_integer, (int,)),
    "Float": (_float, (float, int)),
    "Boolean": (_boolean, (bool,)),
}


@dataclass(frozen=True)
class Parameter:
    """A parameter; `default` is None where a value must be given."""

    name: str
    kind: str
    default: Any = None
    choices: tuple[str, ...] = ()

    def read(self, text: str) -> Any:
        """Return what a text means; ValueError where it is of another type."""
        return TYPES[self.kind][0](text)

    def fits(self, value: Any) -> bool:
        """Return whether a value of the definition is of this type."""
        boolean = isinstance(value, bool)
        return boolean == (self.kind == "Boolean") and isinstance(
            value, TYPES[self.kind][1]
        )


def given(
    parameters: Mapping[str, Parameter], values: Iterable[Mapping[str, str]]
) -> dict[str, Any]:
    """Return the value of each parameter; raise what AWS answers to bad ones.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html
    """
    found = {name: one.default for name, one in parameters.items()}
    seen: set[str] = set()
    for row in values:
        name = row["Name"]
        if name not in parameters:
            known = ", ".join(parameters) or "none"
            raise invalid(f'The pipeline has no parameter "{name}"; it has {known}.')
        if name in seen:
            raise invalid(f'The parameter "{name}" is given more than once: give one.')
        seen.add(name)
        found[name] = _read(parameters[name], row["Value"])
    missing = [name for name, value in found.items() if value is None]
    if missing:
        raise invalid(
            f"These parameters have no default and were given no value: "
            f"{', '.join(missing)}."
        )
    return found


def _read(parameter: Parameter, text: str) -> Any:
    try:
        value = parameter.read(text)
    except ValueError:
        raise invalid(
            f'The parameter "{parameter.name}" is of type {parameter.kind}; its value '
            f'"{text}" is not.'
        ) from None
    if parameter.choices and as_text(value) not in parameter.choices:
        raise invalid(
            f'The parameter "{parameter.name}" must be one of '
            f'{", ".join(parameter.choices)}; it is "{text}".'
        )
    return value


def listed(values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return values as ListPipelineParametersForExecution has them."""
    return [{"Name": name, "Value": as_text(value)} for name, value in values.items()]
