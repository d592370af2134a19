"""Search: records of a kind that fulfil a condition, sorted and in pages."""

from __future__ import annotations

import math
from typing import Any

from botocore.model import Shape

from localaws.api.errors import invalid
from localaws.api.registry import Call, operation
from localaws.api.validation import service_model
from localaws.lineage.filters import condition
from localaws.lineage.properties import Property, find, searched
from localaws.records.pages import cut
from localaws.records.store import KINDS, Kind, Record, table_of

# AWS finds models with what its dashboard adds to them: endpoints, cards, schedules.
_NOT = ("Model",)


@operation("Search")
def search(call: Call) -> dict[str, Any]:
    """Return a page of the resources that an expression describes.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html
    """
    request = call.input
    kind, shape = _kind(request["Resource"])
    if request.get("VisibilityConditions"):
        raise invalid(
            "localaws does not emulate VisibilityConditions: all resources are visible "
            "here. Leave them out."
        )
    found = _found(call, kind, shape)
    by = _order(request.get("SortBy"), shape, kind)
    found = _sorted(found, by, request.get("SortOrder", "Descending") == "Descending")
    part, more = cut([record[kind.arn] for record in found], request)
    return {
        "Results": [{kind.name: _shown(record, shape)} for record in found[part]],
        "TotalHits": {"Value": len(found), "Relation": "EqualTo"},
        **more,
    }


def kinds() -> list[str]:
    """Return the names of the kinds that are searched."""
    record = service_model("sagemaker").shape_for("SearchRecord")
    return [name for name in KINDS if name in record.members and name not in _NOT]


def _kind(resource: str) -> tuple[Kind, Shape]:
    if resource not in kinds():
        raise invalid(
            f"localaws does not search {resource}: it searches {', '.join(kinds())}."
        )
    record = service_model("sagemaker").shape_for("SearchRecord")
    return KINDS[resource], record.members[resource]


def _found(call: Call, kind: Kind, shape: Shape) -> list[Record]:
    if call.input.get("CrossAccountFilterOption") == "CrossAccount":
        return []  # no other account shares any
    records = table_of(call, kind).all()
    if "SearchExpression" not in call.input:
        return records
    holds = condition(call.input["SearchExpression"], shape, kind.name)
    return [record for record in records if holds(searched(record))]


def _order(name: str | None, shape: Shape, kind: Kind) -> Property:
    if name is None:  # all records have it, also where AWS does not show it
        return Property("LastModifiedTime", ("LastModifiedTime",), "timestamp")
    return find(shape, name, kind.name)


def _sorted(records: list[Record], by: Property, backwards: bool) -> list[Record]:
    """Return records in the order of a property; those that lack it come last."""
    first = [(by.values(searched(record)), record) for record in records]
    have = [(_rank(values[0]), record) for values, record in first if values]
    have.sort(key=lambda pair: pair[0], reverse=backwards)
    return [record for _, record in have] + [r for values, r in first if not values]


def _rank(value: Any) -> tuple[bool, Any]:
    """Return what values are sorted by: numbers, also as texts, before other texts."""
    try:
        if not math.isnan(number := float(value)):
            return False, number
    except (TypeError, ValueError):
        pass
    return True, str(value)


def _shown(record: Record, shape: Shape) -> Record:
    members = {**record, "Tags": record["_tags"]}
    return {name: members[name] for name in shape.members if name in members}
