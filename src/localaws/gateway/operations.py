"""REST APIs: the APIs themselves, and the resources that their paths are made of."""

from __future__ import annotations

import re
import time
from contextlib import AbstractContextManager
from typing import Any

from localaws.api.registry import Call
from localaws.gateway import patches, request
from localaws.gateway.documents import (
    REST,
    Document,
    asked_for,
    bad,
    conflict,
    documents,
    edited,
    held,
    identifier,
    page_of,
)
from localaws.gateway.pages import rest

_PART = re.compile(r"[\w.:~%@!$&'()*+,;=-]+|\{[\w.:-]+\+?\}")
_DRAFT = "http://json-schema.org/draft-04/schema#"
_MODELS = {
    "Empty": f'{{"$schema": "{_DRAFT}", "title": "Empty Schema", "type": "object"}}',
    "Error": f'{{"$schema": "{_DRAFT}", "title": "Error Schema", "type": "object", '
    '"properties": {"message": {"type": "string"}}}',
}
_CHANGEABLE = (
    *("name", "description", "version", "apiKeySource", "binaryMediaTypes", "policy"),
    *("minimumCompressionSize", "disableExecuteApiEndpoint", "endpointConfiguration"),
)


def api_of(call: Call) -> Document:
    """Return the REST API that a request names; it is not to be changed."""
    return asked_for(call, REST)


def editing(call: Call) -> AbstractContextManager[Document]:
    """Return the REST API that a request names, to be changed and kept."""
    return edited(call, REST)


def paged(call: Call, rows: list[Any]) -> dict[str, Any]:
    """Return a page of a list: `position` is how many were shown before."""
    start, limit = call.input.get("position") or "0", call.input.get("limit") or 25
    part, end = page_of(rows, start, limit, "Invalid position parameter.")
    return {"items": part, **({"position": end} if end else {})}


@rest("CreateRestApi")
def create_rest_api(call: Call) -> Document:
    """Make an API; what would not be followed here is refused.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html
    """
    given = dict(call.input)
    name, root = identifier(), identifier()
    api = {
        "apiKeySource": "HEADER",
        "endpointConfiguration": {"types": ["EDGE"]},
        "disableExecuteApiEndpoint": False,
        "tags": {},
        **given,
        "id": name,
        "createdDate": int(time.time()),
        "rootResourceId": root,
        "_resources": {root: {"id": root, "path": "/", "resourceMethods": {}}},
        "_models": {
            each: {"id": identifier(6), "name": each, "schema": text}
            | {"contentType": "application/json"}
            for each, text in _MODELS.items()
        },
        **{shelf: {} for shelf in ("_validators", "_authorizers", "_answers")},
        **{shelf: {} for shelf in ("_deployments", "_stages")},
    }
    request.check_api(api)
    documents(call).put(REST, call.region, name, api)
    return api


@rest("GetRestApi")
def get_rest_api(call: Call) -> Document:
    """Describe an API."""
    return api_of(call)


@rest("GetRestApis")
def get_rest_apis(call: Call) -> dict[str, Any]:
    """List the APIs of a region."""
    return paged(call, documents(call).all(REST, call.region))


@rest("UpdateRestApi")
def update_rest_api(call: Call) -> Document:
    """Change an API; what is deployed stays as it is."""
    with editing(call) as api:
        patches.follow(call, api, "GetRestApi", *_CHANGEABLE)
        request.check_api(api)
    return api


@rest("DeleteRestApi")
def delete_rest_api(call: Call) -> dict[str, Any]:
    """Delete an API with all that belongs to it: nothing answers any more."""
    documents(call).remove_api(REST, call.region, api_of(call)["id"])
    return {}


@rest("CreateResource")
def create_resource(call: Call) -> Document:
    """Add a part of a path below another: `pets`, `{id}` or `{proxy+}`.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html
    """
    part, parent_id = call.input["pathPart"], call.input["parentId"]
    with editing(call) as api:
        parent = resource_of(api, parent_id)
        _check_part(api, parent, part)
        name = identifier(6)
        made = {"id": name, "parentId": parent_id, "pathPart": part}
        made |= {"path": _joined(parent["path"], part), "resourceMethods": {}}
        api["_resources"][name] = made
    return made


def _check_part(api: Document, parent: Document, part: str) -> None:
    if not _PART.fullmatch(part):
        raise bad(
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path "
            "variable and curly braces at the beginning and the end."
        )
    if parent["path"].endswith("+}"):
        raise bad(
            f"Cannot create a child of a resource with a greedy path variable: "
            f"{parent['path']}"
        )
    rows = api["_resources"].values()
    below = [row for row in rows if row.get("parentId") == parent["id"]]
    if any(row["pathPart"] == part for row in below):
        raise conflict(
            f"Another resource with the same parent already has this name: {part}"
        )
    for row in below:
        other, greedy = row["pathPart"], part.endswith("+}")
        if part[:1] == other[:1] == "{" and greedy == other.endswith("+}"):
            raise bad(
                f"A sibling ({other}) of this resource already has a variable path "
                "part -- only one is allowed"
            )


def _joined(path: str, part: str) -> str:
    return f"{path.rstrip('/')}/{part}"


def resource_of(api: Document, name: str) -> Document:
    """Return a resource; ServiceError where there is none."""
    words = "Invalid Resource identifier specified"
    found: Document = held(api["_resources"], name, words)
    return found


@rest("GetResource")
def get_resource(call: Call) -> Document:
    """Describe a resource with its methods; `embed` adds what these are."""
    return _shown(resource_of(api_of(call), call.input["resourceId"]), call)


@rest("GetResources")
def get_resources(call: Call) -> dict[str, Any]:
    """List the resources of an API."""
    rows = list(api_of(call)["_resources"].values())
    page = paged(call, rows)
    return {**page, "items": [_shown(row, call) for row in page["items"]]}


def _shown(resource: Document, call: Call) -> Document:
    methods = resource["resourceMethods"]
    if "methods" not in (call.input.get("embed") or ()):
        methods = {name: {} for name in methods}
    rest = {
        name: value for name, value in resource.items() if name != "resourceMethods"
    }
    return {**rest, **({"resourceMethods": methods} if methods else {})}


@rest("UpdateResource")
def update_resource(call: Call) -> Document:
    """Rename a part of a path, or put it below another resource."""
    with editing(call) as api:
        found = resource_of(api, call.input["resourceId"])
        if "parentId" not in found:
            raise bad("The root resource cannot be changed.")
        before = {**found}
        patches.follow(call, found, "GetResource", "pathPart", "parentId")
        parent = resource_of(api, found["parentId"])
        if _joined(parent["path"], "").startswith(_joined(before["path"], "")):
            raise bad("A resource cannot be below itself.")
        new, found["pathPart"] = found["pathPart"], ""
        _check_part(api, parent, new)
        found["pathPart"] = new
        _name_again(api, found, parent["path"])
    return found


def _name_again(api: Document, resource: Document, above: str) -> None:
    resource["path"] = _joined(above, resource["pathPart"])
    for row in api["_resources"].values():
        if row.get("parentId") == resource["id"]:
            _name_again(api, row, resource["path"])


@rest("DeleteResource")
def delete_resource(call: Call) -> dict[str, Any]:
    """Delete a resource with all below it."""
    with editing(call) as api:
        found = resource_of(api, call.input["resourceId"])
        if "parentId" not in found:
            raise bad("The root resource cannot be deleted.")
        above = _joined(found["path"], "")
        kept = {
            name: row
            for name, row in api["_resources"].items()
            if not _joined(row["path"], "").startswith(above)
        }
        api["_resources"] = kept
    return {}
