"""Artifacts, actions and contexts: what models and data are, came from and led to."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from localaws.api.errors import ServiceError, invalid
from localaws.api.registry import Call
from localaws.records import resources
from localaws.records.store import Kind, Record, Table, public, register, table_of

CONTEXT = register(Kind("Context", "context", told=False))
ACTION = register(Kind("Action", "action", told=False))
# What AWS calls an artifact in its ARN is made from its source; its name is a word.
ARTIFACT = register(Kind("Artifact", "artifact", told=False, own_key="_id"))
ENTITIES = {kind.arn_type: kind for kind in (ARTIFACT, ACTION, CONTEXT)}
# What ties two of them; nothing shows it but the operations on associations.
ASSOCIATION = Kind("Association", "association", told=False)


def absent(what: str) -> ServiceError:
    """Return the error for an entity or an association that is not there."""
    return ServiceError("ResourceNotFound", f"{what} does not exist.")


def create(call: Call, kind: Kind) -> dict[str, Any]:
    """Store a context or an action by its name, and return its ARN."""
    name = call.input[kind.key]
    if table_of(call, kind).exists(name):
        raise invalid(
            f"{kind.name} names must be unique within an AWS account and region. "
            f"{kind.name} with name ({name}) already exists."
        )
    return resources.create(call, kind)


def create_artifact(call: Call) -> dict[str, Any]:
    """Store an artifact by its source, and return its ARN."""
    table, name = table_of(call, ARTIFACT), identifier(call.input["Source"])
    if table.exists(name):
        uri = call.input["Source"]["SourceUri"]
        raise invalid(
            f'An artifact with the source "{uri}" already exists: {table.arn(name)}'
        )
    record = {key: value for key, value in call.input.items() if key != "Tags"}
    return {"ArtifactArn": table.create(name, record, call.input.get("Tags"))}


def identifier(source: Record) -> str:
    """Return what an artifact is called in its ARN."""
    types = sorted(
        (row["SourceIdType"], row["Value"]) for row in source.get("SourceTypes", ())
    )
    text = json.dumps([source["SourceUri"], types])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def named(call: Call, kind: Kind, given: str) -> str:
    """Return the name of an entity that exists, from its name or its ARN."""
    table = table_of(call, kind)
    name = given.rpartition("/")[2]
    arn = given if given.startswith("arn:") else table.arn(name)
    if not table.exists(name) or arn != table.arn(name):
        raise absent(f"{kind.name} {arn}")
    return name


def entity(call: Call, arn: str) -> tuple[Kind, Record]:
    """Return kind and record of the entity of an ARN."""
    kind = ENTITIES.get(arn.split(":", 5)[-1].partition("/")[0])
    if kind is None:
        raise invalid(
            f'"{arn}" is no artifact, action or context: localaws ties nothing else.'
        )
    return kind, table_of(call, kind).get(named(call, kind, arn))


def describe(call: Call, kind: Kind) -> Record:
    """Return an entity."""
    table, name = _known(call, kind)
    return public(table.get(name))


def summaries(call: Call, kind: Kind) -> dict[str, Any]:
    """Return one page of summaries, of one source or type where they are given."""
    request = call.input
    source, type_name = request.get("SourceUri"), request.get(f"{kind.name}Type")

    def kept(record: Record) -> bool:
        return source in (None, record["Source"]["SourceUri"]) and (
            type_name in (None, record[f"{kind.name}Type"])
        )

    times = {"CreatedAfter": "CreationTimeAfter", "CreatedBefore": "CreationTimeBefore"}
    asked = {times.get(name, name): value for name, value in request.items()}
    rows, more = table_of(call, kind).page(asked, "Descending", kept)
    return {f"{kind.name}Summaries": [public(row) for row in rows], **more}


def update(call: Call, kind: Kind) -> dict[str, Any]:
    """Change what a request names; its properties replace those that were there."""
    table, name = _known(call, kind)
    gone = call.input.get("PropertiesToRemove", ())
    changed = {
        key: value
        for key, value in call.input.items()
        if key in ("Description", "Status", "Properties")
        or (kind is ARTIFACT and key == "ArtifactName")
    }
    with table.edit(name) as record:
        record.update(changed)
        if "Properties" in record:
            whole = record["Properties"].items()
            record["Properties"] = {k: v for k, v in whole if k not in gone}
    return {kind.arn: table.arn(name)}


def delete(call: Call, kind: Kind) -> dict[str, Any]:
    """Delete an entity that is tied to no other."""
    table, name = _known(call, kind)
    arn = table.arn(name)
    with table.store.changed:  # nothing ties it between the look and the end
        rows = table_of(call, ASSOCIATION).all()
        ties = sum(arn in (row["SourceArn"], row["DestinationArn"]) for row in rows)
        if ties:
            plural = "s" if ties > 1 else ""
            raise invalid(
                f"{arn} is part of {ties} association{plural}: delete them first."
            )
        table.delete(name)
    return {kind.arn: arn}


def _known(call: Call, kind: Kind) -> tuple[Table, str]:
    """Return the table, and the name of the entity that a request is about."""
    table = table_of(call, kind)
    if kind is not ARTIFACT:
        return table, named(call, kind, call.input[kind.key])
    given, source = call.input.get("ArtifactArn"), call.input.get("Source")
    if (given is None) == (source is None):
        raise invalid("Name an artifact by either ArtifactArn or Source.")
    return table, named(call, kind, given or table.arn(identifier(source or {})))
