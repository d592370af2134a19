"""The patchOperations of REST APIs: changes of a record, by the shape of its members.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from botocore.model import Shape

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.api.validation import service_model
from localaws.gateway.documents import bad
from localaws.records.pages import count

Record = dict[str, Any]
_OPS = ("add", "remove", "replace")


def shape_of(operation: str) -> Shape:
    """Return the shape of what an operation of REST APIs answers."""
    return service_model("apigateway").operation_model(operation).output_shape


def parts(path: str) -> list[str]:
    """Return the names in a path: in `/a~1b/c` they are "a/b" and "c"."""
    if not path.startswith("/"):
        raise bad(f"Invalid patch path '{path}': it has to begin with '/'.")
    names = path[1:].split("/")
    return [name.replace("~1", "/").replace("~0", "~") for name in names]


def apply(
    record: Record, operations: Iterable[Record], shape: Shape, allowed: Collection[str]
) -> None:
    """Change a record; ServiceError for what AWS does not let change.

    `allowed` are the members that may be changed, with all that is in them.
    """
    for each in operations:
        op, path = each.get("op", ""), each.get("path", "")
        if op not in _OPS:
            raise bad(f"Invalid patch operation specified. Must be one of: {_OPS}")
        names = parts(path)
        if names[0] not in allowed:
            raise wrong(each, allowed)
        _change(record, names, each, shape)


def follow(call: Call, record: Record, answer: str, *allowed: str) -> None:
    """Change a record as a request says; it looks like what `answer` returns."""
    apply(record, call.input.get("patchOperations") or [], shape_of(answer), allowed)


def wrong(operation: Record, allowed: Collection[str]) -> ServiceError:
    """Return the error for a path that may not be changed."""
    said = ", ".join(f"/{name}" for name in sorted(allowed))
    return bad(
        f"Invalid patch path '{operation.get('path')}' specified for op "
        f"'{operation.get('op')}'. Must be one of: [{said}]"
    )


def _change(record: Any, names: list[str], operation: Record, shape: Any) -> None:
    name, rest = names[0], names[1:]
    if shape.type_name == "list":
        _change_list(record, name, rest, operation)
        return
    inner = _member(shape, name, operation)
    if rest:
        if record.get(name) is None:
            record[name] = [] if inner.type_name == "list" else {}
        _change(record[name], rest, operation, inner)
    elif operation["op"] == "remove":
        record.pop(name, None)
    else:
        value = _value(inner, operation)
        old = record.get(name) or []
        whole = inner.type_name == "list" and operation["op"] == "replace"
        record[name] = (
            [*old, *value] if isinstance(value, list) and not whole else value
        )


def _member(shape: Any, name: str, operation: Record) -> Any:
    if shape.type_name == "map":
        return shape.value
    if shape.type_name == "structure" and name in shape.members:
        return shape.members[name]
    raise bad(f"Invalid patch path '{operation['path']}'.")


def _change_list(values: list, name: str, rest: list[str], operation: Record) -> None:
    """Add or remove an element; it stands in the path itself: "/list/element"."""
    if rest:
        raise bad(f"Invalid patch path '{operation['path']}'.")
    index = count(name)
    if index is None or index >= len(values):
        index = values.index(name) if name in values else len(values)
    new = operation.get("value") or name
    if operation["op"] == "remove":
        del values[index : index + 1]
    elif new not in values:
        values[index : index + 1] = [new]


def _value(shape: Any, operation: Record) -> Any:
    """Return the value of an operation, a text, as its member has it."""
    text, kind = operation.get("value", ""), shape.type_name
    try:
        if kind == "boolean":
            return {"true": True, "false": False}[text.lower()]
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("double", "float"):
            return float(text)
    except (KeyError, ValueError):
        raise bad(f"Invalid value '{text}' for '{operation['path']}'.") from None
    if kind == "list":
        return [text]
    if kind in ("structure", "map"):
        raise bad(f"Invalid patch path '{operation['path']}': name a part of it.")
    return text
