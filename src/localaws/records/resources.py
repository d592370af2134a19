"""What operations on resources of all kinds share: describe, list, delete, a name."""

from __future__ import annotations

from typing import Any

from localaws.api.errors import invalid
from localaws.api.registry import Call
from localaws.records.store import Kind, Record, Table, table_of


def describe(call: Call, kind: Kind) -> Record:
    """Return a resource as it was created."""
    record = table_of(call, kind).describe(call.input[kind.key])
    record.pop("LastModifiedTime")
    return record


def delete(call: Call, kind: Kind) -> dict[str, Any]:
    """Delete a resource; what was made from it goes on."""
    table_of(call, kind).delete(call.input[kind.key])
    return {}


def summaries(call: Call, kind: Kind, *members: str) -> dict[str, Any]:
    """Return a page of a List operation with these members, name and ARN."""
    rows, more = table_of(call, kind).page(call.input)
    kept = (kind.key, kind.arn, *members)
    shown = [{name: row[name] for name in kept} for row in rows]
    return {f"{kind.name}s": shown, **more}


def refuse_duplicate(table: Table, name: str) -> None:
    """Raise what AWS answers when a hosting resource of this name exists."""
    if table.exists(name):
        words = f"Cannot create already existing {table.kind.words}"
        raise invalid(f'{words} "{table.arn(name)}".')


def create(call: Call, kind: Kind, **defaults: Any) -> dict[str, str]:
    """Store what a request describes, and return its ARN as a Create operation does."""
    record = {**defaults, **call.input}
    tags = record.pop("Tags", [])
    table = table_of(call, kind)
    return {kind.arn: table.create(call.input[kind.key], record, tags)}
