"""The arguments of steps, against botocore's model of the request that they become.

What an expression is worth is known later; of which type a parameter is, now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import Shape

from localaws.api.errors import invalid
from localaws.api.validation import service_model
from localaws.pipelines.definition import Definition
from localaws.pipelines.expressions import is_expression
from localaws.pipelines.parameters import Parameter
from localaws.pipelines.works import WORKS

# Which parameters and values stand for which types of botocore's.
_NUMBERS = ("integer", "long", "float", "double", "timestamp")
_TAKES = {
    "String": ("string", "timestamp", "blob"),
    "Integer": _NUMBERS,
    "Float": ("float", "double", "timestamp"),
    "Boolean": ("boolean",),
}


def check(made: Definition) -> None:
    """Raise what AWS answers to arguments that could never become a request."""
    for step in made.steps.values():
        if step.kind in WORKS:
            operation = f"Create{WORKS[step.kind].noun}"
            shape = service_model("sagemaker").operation_model(operation).input_shape
            for problem in _problems(shape, step.arguments, "", made.parameters):
                raise invalid(f'{problem} It is in the step "{step.name}".')


def _problems(
    shape: Shape, value: Any, path: str, parameters: Mapping[str, Parameter]
) -> Iterator[str]:
    if value is None:
        return
    if is_expression(value):
        yield from _of_expression(shape, value, parameters)
    elif shape.type_name == "structure" and isinstance(value, dict):
        for name, member in value.items():
            inner = f"{path}.{name}" if path else name
            if name in shape.members:
                yield from _problems(shape.members[name], member, inner, parameters)
            else:
                yield _failed(f"Unknown property '{inner}'")
    elif shape.type_name == "list" and isinstance(value, list):
        for number, member in enumerate(value):
            yield from _problems(shape.member, member, f"{path}[{number}]", parameters)
    elif shape.type_name == "map" and isinstance(value, dict):
        for name, member in value.items():
            yield from _problems(shape.value, member, f"{path}.{name}", parameters)
    elif not any(parameter.fits(value) for parameter in _of_type(shape.type_name)):
        yield _failed(
            f"'{path}' is {str(value)[:80]!r}, and must be of type {shape.type_name}"
        )


def _of_expression(
    shape: Shape, value: dict[str, Any], parameters: Mapping[str, Parameter]
) -> Iterator[str]:
    """Yield what is wrong with a reference to a parameter; the words are AWS's."""
    text = value.get("Get", "Std:" if "Std:Join" in value else "")
    name = text.removeprefix("Parameters.")
    kind = parameters[name].kind if name in parameters and name != text else ""
    kind = "String" if text == "Std:" else kind
    if kind and shape.type_name not in _TAKES[kind]:
        what = f"property reference [{text}]" if name != text else "Std:Join"
        wanted = shape.type_name.capitalize()
        yield f"Cannot assign {what} to argument of type [{wanted}]."


def _of_type(name: str) -> list[Parameter]:
    return [Parameter("", kind) for kind, names in _TAKES.items() if name in names]


def _failed(text: str) -> str:
    return f"Unable to parse pipeline definition. Model Validation failed: {text}."
