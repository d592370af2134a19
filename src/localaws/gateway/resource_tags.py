"""Tags of APIs, stages, keys and usage plans, by their ARNs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from localaws.api.registry import Call
from localaws.gateway.documents import (
    HTTP,
    KEYS,
    PLANS,
    REST,
    Document,
    Documents,
    missing,
)
from localaws.gateway.pages import http, rest

_ARN = re.compile(
    r"arn:[\w-]+:apigateway:(?P<region>[\w-]+)::/"
    r"(?P<kind>restapis|apis|apikeys|usageplans)/(?P<name>\w+)(/stages/(?P<stage>[\w$-]+))?"
)
_KINDS = {"restapis": REST, "apis": HTTP, "apikeys": KEYS, "usageplans": PLANS}


@contextmanager
def _tags(call: Call, arn: str) -> Iterator[dict[str, str]]:
    """Yield the tags that an ARN names, to be changed and kept."""
    match = _ARN.fullmatch(arn)
    documents, region = call.context.part(Documents), match["region"] if match else ""
    kind, name = (_KINDS[match["kind"]], match["name"]) if match else ("", "")
    if documents.get(kind, region, name) is None:
        raise missing(f"Invalid API identifier specified: {arn}")
    with documents.edit(kind, region, name) as document:
        found: Document = document
        if match and match["stage"]:
            found = document.get("_stages", {}).get(match["stage"])
            if found is None:
                raise missing(f"Invalid stage identifier specified: {arn}")
        yield found.setdefault("Tags" if kind == HTTP else "tags", {})


def _get(call: Call, arn: str) -> dict[str, str]:
    with _tags(call, arn) as tags:
        return dict(tags)


def _set(call: Call, arn: str, new: dict[str, str]) -> dict[str, Any]:
    with _tags(call, arn) as tags:
        tags |= new
    return {}


def _unset(call: Call, arn: str, names: list[str]) -> dict[str, Any]:
    with _tags(call, arn) as tags:
        for name in names:
            tags.pop(name, None)
    return {}


@rest("GetTags")
def get_tags(call: Call) -> dict[str, Any]:
    """Tell the tags of an API, a stage, a key or a usage plan."""
    return {"tags": _get(call, call.input["resourceArn"])}


@rest("TagResource")
def tag_resource(call: Call) -> dict[str, Any]:
    """Set tags; a key that exists gets the new value."""
    return _set(call, call.input["resourceArn"], call.input["tags"])


@rest("UntagResource")
def untag_resource(call: Call) -> dict[str, Any]:
    """Remove tags; keys that are not there are ignored."""
    return _unset(call, call.input["resourceArn"], call.input["tagKeys"])


@http("GetTags")
def get_tags_of_http(call: Call) -> dict[str, Any]:
    """Tell the tags of an API or a stage."""
    return {"Tags": _get(call, call.input["ResourceArn"])}


@http("TagResource")
def tag_resource_of_http(call: Call) -> dict[str, Any]:
    """Set tags; a key that exists gets the new value."""
    return _set(call, call.input["ResourceArn"], call.input.get("Tags") or {})


@http("UntagResource")
def untag_resource_of_http(call: Call) -> dict[str, Any]:
    """Remove tags; keys that are not there are ignored."""
    return _unset(call, call.input["ResourceArn"], call.input["TagKeys"])
