"""HTTP APIs: their routes, integrations, authorizers, deployments and stages."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localaws.api.registry import Call
from localaws.gateway import http_request
from localaws.gateway.authorizers import Authorizers
from localaws.gateway.documents import (
    SNAPSHOTS,
    Document,
    bad,
    conflict,
    documents,
    held,
    identifier,
    missing,
)
from localaws.gateway.http_operations import (
    NEW_INTEGRATION,
    SHELVES,
    api_of,
    editing,
    new_stage,
    paged,
)
from localaws.gateway.pages import HTTP, five, http

_DEPLOYED = ("ApiId", "Name", "CorsConfiguration", *SHELVES[:3])


@dataclass(frozen=True)
class Child:
    """A kind of what an HTTP API has, made and changed all alike."""

    name: str  # in the names of the operations
    words: str
    shelf: str  # of the API's document
    new: Callable[[], Document]
    check: Callable[[Document, Document], None]
    own: str = ""  # the member with its name, where that is not an identifier

    @property
    def key(self) -> str:
        """The member that names one."""
        return self.own or f"{self.name}Id"


def _check_free(api: Document, record: Document) -> None:
    http_request.check_route(api, record)
    for row in api["_routes"].values():
        same = row["RouteKey"] == record["RouteKey"]
        if same and row["RouteId"] != record["RouteId"]:
            raise conflict(
                f"Route with key {record['RouteKey']} already exists for this API"
            )


CHILDREN = (
    Child(
        *("Integration", "what is behind routes: a function", "_integrations"),
        lambda: dict(NEW_INTEGRATION),
        lambda api, record: http_request.check_integration(record),
    ),
    Child(
        *("Route", "a route: a method and a path, or $default", "_routes"),
        lambda: {"ApiKeyRequired": False, "AuthorizationType": "NONE"},
        _check_free,
    ),
    Child(
        *("Authorizer", "a function that says who may pass", "_authorizers"),
        dict,
        http_request.check_authorizer,
    ),
    Child(
        *("Stage", "a stage, which serves a deployment, or what is there", "_stages"),
        new_stage,
        http_request.check_stage,
        "StageName",
    ),
)


def child_of(api: Document, child: Child, name: str) -> Document:
    """Return one of the children; ServiceError where there is none."""
    words = f"Invalid {child.name} identifier specified {name}"
    found: Document = held(api[child.shelf], name, words)
    return found


def _create(child: Child, call: Call) -> Document:
    with editing(call) as api:
        made = {**child.new(), **call.input}
        made.pop("ApiId")
        made.setdefault(child.key, identifier(7))
        if made[child.key] in api[child.shelf]:
            raise conflict(f"{child.name} already exists: {made[child.key]}")
        child.check(api, made)
        api[child.shelf][made[child.key]] = made
    return made


def _update(child: Child, call: Call) -> Document:
    with editing(call) as api:
        found = child_of(api, child, call.input[child.key])
        found.update({k: v for k, v in call.input.items() if k != "ApiId"})
        if "LastUpdatedDate" in found:
            found["LastUpdatedDate"] = time.time()
        child.check(api, found)
    return found


def _delete(child: Child, call: Call) -> dict[str, Any]:
    name = call.input[child.key]
    with editing(call) as api:
        child_of(api, child, name)
        used = [
            row["RouteKey"]
            for row in api["_routes"].values()
            if name
            in (row.get("AuthorizerId"), (row.get("Target") or "/").split("/")[1])
        ]
        if used and child.name != "Route":
            raise conflict(
                f"Cannot delete {child.name} {name}: it is used by {used[0]}"
            )
        del api[child.shelf][name]
    return {}


def _register(child: Child) -> None:
    five(
        HTTP,
        child.name,
        child.words,
        lambda call: _create(child, call),
        lambda call: child_of(api_of(call), child, call.input[child.key]),
        lambda call: paged(call, list(api_of(call)[child.shelf].values())),
        lambda call: _update(child, call),
        lambda call: _delete(child, call),
    )


for _child in CHILDREN:
    _register(_child)
STAGE = CHILDREN[-1]


@http("CreateDeployment")
def create_deployment(call: Call) -> Document:
    """Keep the API as it is now, and serve that at a stage."""
    name, stage = identifier(6), call.input.get("StageName")
    made = {
        "AutoDeployed": False,
        "CreatedDate": time.time(),
        "DeploymentId": name,
        "DeploymentStatus": "DEPLOYED",
        "Description": call.input.get("Description", ""),
    }
    with editing(call) as api:
        if stage and child_of(api, STAGE, stage).get("AutoDeploy"):
            raise bad(
                f"Deployment failed: the stage {stage} deploys by itself (autoDeploy)"
            )
        if not api["_routes"]:
            raise bad("At least one route is required before deploying the Api.")
        kept = {member: api[member] for member in _DEPLOYED if member in api}
        documents(call).put(SNAPSHOTS, call.region, f"{api['ApiId']}.{name}", kept)
        api["_deployments"][name] = made
        if stage:
            child_of(api, STAGE, stage)["DeploymentId"] = name
    return made


def _deployment(api: Document, name: str) -> Document:
    words = f"Invalid Deployment identifier specified {name}"
    found: Document = held(api["_deployments"], name, words)
    return found


@http("GetDeployment")
def get_deployment(call: Call) -> Document:
    """Describe a deployment."""
    return _deployment(api_of(call), call.input["DeploymentId"])


@http("GetDeployments")
def get_deployments(call: Call) -> dict[str, Any]:
    """List the deployments of an API."""
    return paged(call, list(api_of(call)["_deployments"].values()))


@http("UpdateDeployment")
def update_deployment(call: Call) -> Document:
    """Change the description of a deployment."""
    with editing(call) as api:
        found = _deployment(api, call.input["DeploymentId"])
        found["Description"] = call.input.get("Description", "")
    return found


@http("DeleteDeployment")
def delete_deployment(call: Call) -> dict[str, Any]:
    """Delete a deployment that no stage serves."""
    name = call.input["DeploymentId"]
    with editing(call) as api:
        _deployment(api, name)
        for stage in api["_stages"].values():
            if stage.get("DeploymentId") == name:
                raise conflict(f"The stage {stage['StageName']} serves this deployment")
        del api["_deployments"][name]
    documents(call).remove(SNAPSHOTS, call.region, f"{api['ApiId']}.{name}")
    return {}


@http("DeleteAccessLogSettings")
def delete_access_log_settings(call: Call) -> dict[str, Any]:
    """Write no access log of a stage any more."""
    with editing(call) as api:
        child_of(api, STAGE, call.input["StageName"]).pop("AccessLogSettings", None)
    return {}


@http("DeleteRouteSettings")
def delete_route_settings(call: Call) -> dict[str, Any]:
    """Let the settings of the stage hold for a route again."""
    with editing(call) as api:
        settings = child_of(api, STAGE, call.input["StageName"])["RouteSettings"]
        if settings.pop(call.input["RouteKey"], None) is None:
            raise missing(f"No settings of the route {call.input['RouteKey']}")
    return {}


@http("ResetAuthorizersCache")
def reset_authorizers_cache(call: Call) -> dict[str, Any]:
    """Forget what authorizers have said: they are asked again."""
    child_of(api_of(call), STAGE, call.input["StageName"])
    call.context.part(Authorizers).forget(call.input["ApiId"])
    return {}
