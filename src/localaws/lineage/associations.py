"""Associations: what ties artifacts, actions and contexts, and queries along them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from localaws.api.errors import invalid
from localaws.api.registry import Call, operation
from localaws.lineage.entities import ASSOCIATION, absent, entity
from localaws.records.pages import cut
from localaws.records.store import Kind, Record, public, table_of

DEPTH = 10  # steps of a query, where it names no other number
MOST = 50  # vertices of an answer, where it names no other number
_ENDS = ("SourceArn", "DestinationArn")
_FILTERS = (*_ENDS, "SourceType", "DestinationType", "AssociationType")


@operation("AddAssociation")
def add_association(call: Call) -> dict[str, Any]:
    """Tie two artifacts, actions or contexts.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddAssociation.html
    """
    ends = {name: call.input[name] for name in _ENDS}
    if ends["SourceArn"] == ends["DestinationArn"]:
        raise invalid(f'Nothing is associated with itself: "{ends["SourceArn"]}".')
    table = table_of(call, ASSOCIATION)
    with table.store.changed:  # neither is deleted between the look and the end
        for arn in ends.values():
            entity(call, arn)
        if table.exists(_name(ends)):
            raise invalid(
                "Association already exists: {} to {}.".format(*ends.values())
            )
        table.create(_name(ends), dict(call.input))
    return ends


@operation("DeleteAssociation")
def delete_association(call: Call) -> dict[str, Any]:
    """Remove what ties two entities; they stay.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteAssociation.html
    """
    ends = {name: call.input[name] for name in _ENDS}
    table = table_of(call, ASSOCIATION)
    if not table.exists(_name(ends)):
        raise absent("The association from {} to {}".format(*ends.values()))
    table.delete(_name(ends))
    return ends


@operation("ListAssociations")
def list_associations(call: Call) -> dict[str, Any]:
    """Return one page of associations, by their ends and types.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListAssociations.html
    """
    request = call.input
    wanted = {name: request[name] for name in _FILTERS if name in request}
    first, last = request.get("CreatedAfter", 0), request.get("CreatedBefore", 1e12)
    rows = [
        row
        for row in (_told(call, row) for row in table_of(call, ASSOCIATION).all())
        if first <= row["CreationTime"] <= last
        and all(row.get(name) == value for name, value in wanted.items())
    ]
    by = request.get("SortBy", "CreationTime")
    down = request.get("SortOrder", "Descending") == "Descending"
    rows.sort(key=lambda row: (row[by], row["CreationTime"]), reverse=down)
    part, more = cut([_name(row) for row in rows], request)
    return {"AssociationSummaries": rows[part], **more}


@operation("QueryLineage")
def query_lineage(call: Call) -> dict[str, Any]:
    """Return what the ties lead to from a start, each with its type.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_QueryLineage.html
    """
    request = call.input
    starts = request.get("StartArns")
    if not starts:
        raise invalid("localaws queries lineage from a start: give StartArns.")
    found, edges = _walk(call, starts)
    given = request.get("Filters", {})
    vertices = [
        {"Arn": arn, "Type": record[f"{kind.name}Type"], "LineageType": kind.name}
        for arn, (kind, record) in found.items()
        if _fits(kind, record, given)
    ]
    asked = {"MaxResults": MOST, **request}
    part, more = cut([vertex["Arn"] for vertex in vertices], asked)
    told = edges if request.get("IncludeEdges") and "NextToken" not in request else []
    return {"Vertices": vertices[part], "Edges": told, **more}


def _name(ends: Record) -> str:
    text = f"{ends['SourceArn']} {ends['DestinationArn']}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _told(call: Call, row: Record) -> Record:
    """Return an association with names and types of its ends, as they are now."""
    told = public(row)
    for end in ("Source", "Destination"):
        kind, record = entity(call, row[f"{end}Arn"])
        told[f"{end}Type"] = record[f"{kind.name}Type"]
        if name := record.get(f"{kind.name}Name"):
            told[f"{end}Name"] = name
    return told


def _walk(
    call: Call, starts: list[str]
) -> tuple[dict[str, tuple[Kind, Record]], list[Record]]:
    """Return entities by ARN, the near ones first, and the edges that led to them."""
    for arn in starts:
        entity(call, arn)
    rows = table_of(call, ASSOCIATION).all()
    direction = call.input.get("Direction", "Both")
    found: dict[str, tuple[Kind, Record]] = {}
    edges: dict[str, Record] = {}
    near, seen = list(starts), set(starts)
    for _ in range(call.input.get("MaxDepth", DEPTH)):
        steps = [step for arn in near for step in _steps(rows, arn, direction)]
        edges |= {_name(edge): edge for _, edge in steps}
        near = list(dict.fromkeys(arn for arn, _ in steps if arn not in seen))
        found |= {arn: entity(call, arn) for arn in near}
        seen |= set(near)
    return found, list(edges.values())


def _steps(
    rows: list[Record], arn: str, direction: str
) -> Iterator[tuple[str, Record]]:
    """Yield where associations lead from an entity, and each as an edge."""
    ways = [("SourceArn", "DestinationArn", "Descendants")]
    ways.append(("DestinationArn", "SourceArn", "Ascendants"))
    for here, there, way in ways:
        for row in rows if direction in (way, "Both") else ():
            if row[here] == arn:
                kept = (*_ENDS, "AssociationType")
                yield row[there], {name: row[name] for name in kept if name in row}


def _fits(kind: Kind, record: Record, given: Record) -> bool:
    """Return whether an entity is one that the filters of a query ask for."""
    properties = record.get("Properties", {})
    asked = given.get("Properties", {})
    created, modified = record["CreationTime"], record["LastModifiedTime"]
    return (
        record[f"{kind.name}Type"] in given.get("Types", [record[f"{kind.name}Type"]])
        and kind.name in given.get("LineageTypes", [kind.name])
        and given.get("CreatedAfter", 0) <= created <= given.get("CreatedBefore", 1e12)
        and given.get("ModifiedAfter", 0) <= modified
        and modified <= given.get("ModifiedBefore", 1e12)
        and all(properties.get(name) == value for name, value in asked.items())
    )
