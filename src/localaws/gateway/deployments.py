"""REST APIs: deployments, which are snapshots, and the stages that serve them."""

from __future__ import annotations

import re
import time
from typing import Any

from localaws.api.registry import Call
from localaws.gateway import patches, request
from localaws.gateway.authorizers import Authorizers
from localaws.gateway.documents import (
    SNAPSHOTS,
    Document,
    bad,
    conflict,
    documents,
    held,
    identifier,
)
from localaws.gateway.operations import api_of, editing, paged
from localaws.gateway.pages import rest
from localaws.neighbours.guards import refused

_SETTING = re.compile(
    r"/(?P<path>[^/]+)/(?P<method>[A-Z]+|\*)/"
    r"(?P<name>metrics/enabled|logging/(loglevel|dataTrace)|throttling/(burstLimit|rateLimit)"
    r"|caching/\w+)"
)
_NAMES = {
    "metrics/enabled": "metricsEnabled",
    "logging/loglevel": "loggingLevel",
    "logging/dataTrace": "dataTraceEnabled",
    "throttling/burstLimit": "throttlingBurstLimit",
    "throttling/rateLimit": "throttlingRateLimit",
    "caching/enabled": "cachingEnabled",
    "caching/ttlInSeconds": "cacheTtlInSeconds",
    "caching/dataEncrypted": "cacheDataEncrypted",
}
_OF_STAGES = ("variables", "cacheClusterEnabled", "cacheClusterSize", "tracingEnabled")
_CHANGEABLE = (
    *(
        "deploymentId",
        "description",
        "variables",
        "tracingEnabled",
        "accessLogSettings",
    ),
    *("cacheClusterEnabled", "cacheClusterSize", "clientCertificateId"),
    "documentationVersion",
)


@rest("CreateDeployment")
def create_deployment(call: Call) -> Document:
    """Keep the API as it is now, and serve that at a stage.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html
    """
    given, name = call.input, identifier(6)
    made = {"id": name, "createdDate": int(time.time())}
    made["description"] = given.get("description", "")
    with editing(call) as api:
        _check_whole(api)
        if given.get("stageName"):
            api["_stages"][given["stageName"]] = _stage_of(api, call, name)
        left_out = ("_deployments", "_stages")
        kept = {key: value for key, value in api.items() if key not in left_out}
        documents(call).put(SNAPSHOTS, call.region, f"{api['id']}.{name}", kept)
        api["_deployments"][name] = made
    return made


def _check_whole(api: Document) -> None:
    rows = api["_resources"].values()
    methods = [one for row in rows for one in row["resourceMethods"].values()]
    if not methods:
        raise bad("The REST API doesn't contain any methods")
    if not all("methodIntegration" in one for one in methods):
        raise bad("No integration defined for method")


def _stage_of(api: Document, call: Call, deployment: str) -> Document:
    """Return the stage of a deployment that is being made, a new one or changed."""
    given, now = call.input, int(time.time())
    before = api["_stages"].get(given["stageName"])
    made = {
        **(before or _new(given["stageName"])),
        **{
            name: given[name]
            for name in (*_OF_STAGES, "canarySettings")
            if name in given
        },
        "deploymentId": deployment,
        "lastUpdatedDate": now,
    }
    if "stageDescription" in given:
        made["description"] = given["stageDescription"]
    request.check_stage(made)
    return made


def _new(name: str) -> Document:
    now = int(time.time())
    return {
        "stageName": name,
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": {},
        "tracingEnabled": False,
        "createdDate": now,
        "lastUpdatedDate": now,
    }


def _deployment(api: Document, name: str) -> Document:
    words = "Invalid Deployment identifier specified"
    found: Document = held(api["_deployments"], name, words)
    return found


@rest("GetDeployment")
def get_deployment(call: Call) -> Document:
    """Describe a deployment; `embed` adds the methods that it has."""
    api = api_of(call)
    found = _deployment(api, call.input["deploymentId"])
    if "apisummary" not in (call.input.get("embed") or ()):
        return found
    name = f"{api['id']}.{found['id']}"
    kept = documents(call).get(SNAPSHOTS, call.region, name) or {"_resources": {}}
    summary = {
        row["path"]: {
            method: {
                "authorizationType": each["authorizationType"],
                "apiKeyRequired": each.get("apiKeyRequired", False),
            }
            for method, each in row["resourceMethods"].items()
        }
        for row in kept["_resources"].values()
        if row["resourceMethods"]
    }
    return {**found, "apiSummary": summary}


@rest("GetDeployments")
def get_deployments(call: Call) -> dict[str, Any]:
    """List the deployments of an API."""
    return paged(call, list(api_of(call)["_deployments"].values()))


@rest("UpdateDeployment")
def update_deployment(call: Call) -> Document:
    """Change the description of a deployment."""
    with editing(call) as api:
        found = _deployment(api, call.input["deploymentId"])
        patches.follow(call, found, "GetDeployment", "description")
    return found


@rest("DeleteDeployment")
def delete_deployment(call: Call) -> dict[str, Any]:
    """Delete a deployment that no stage serves."""
    name = call.input["deploymentId"]
    with editing(call) as api:
        _deployment(api, name)
        if any(row["deploymentId"] == name for row in api["_stages"].values()):
            raise bad(
                "Active stages pointing to this deployment must be moved or deleted"
            )
        del api["_deployments"][name]
    documents(call).remove(SNAPSHOTS, call.region, f"{api['id']}.{name}")
    return {}


@rest("CreateStage")
def create_stage(call: Call) -> Document:
    """Serve a deployment under a name.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
    """
    with editing(call) as api:
        made = {k: v for k, v in call.input.items() if k != "restApiId"}
        if made["stageName"] in api["_stages"]:
            raise conflict("Stage already exists")
        _deployment(api, made["deploymentId"])
        made = {**_new(made["stageName"]), **made}
        request.check_stage(made)
        api["_stages"][made["stageName"]] = made
    return made


def stage_of(api: Document, name: str) -> Document:
    """Return a stage; ServiceError where there is none."""
    found: Document = held(api["_stages"], name, "Invalid stage identifier specified")
    return found


@rest("GetStage")
def get_stage(call: Call) -> Document:
    """Describe a stage."""
    return stage_of(api_of(call), call.input["stageName"])


@rest("GetStages")
def get_stages(call: Call) -> dict[str, Any]:
    """List the stages of an API, or those that serve a deployment."""
    name = call.input.get("deploymentId")
    rows = api_of(call)["_stages"].values()
    return {"item": [row for row in rows if name in (None, row["deploymentId"])]}


@rest("UpdateStage")
def update_stage(call: Call) -> Document:
    """Change a stage: its deployment, its variables, its limits, its access log."""
    with editing(call) as api:
        found = stage_of(api, call.input["stageName"])
        shape, members = patches.shape_of("GetStage"), _CHANGEABLE
        for each in call.input.get("patchOperations") or []:
            if match := _SETTING.fullmatch(each.get("path", "")):
                _set(found, match, each)
            elif (
                each.get("path") == "/accessLogSettings" and each.get("op") == "remove"
            ):
                found.pop("accessLogSettings", None)
            elif each.get("path", "").startswith("/canarySettings"):
                raise refused(
                    "localaws has no canaries: all requests go to one deployment."
                )
            else:
                patches.apply(found, [each], shape, members)
        _deployment(api, found["deploymentId"])
        request.check_stage(found)
        found["lastUpdatedDate"] = int(time.time())
    return found


def _set(stage: Document, match: re.Match[str], each: Document) -> None:
    """Change a setting of methods: `/*/*/throttling/rateLimit`, `/~1pets/GET/...`."""
    path = patches.parts(f"/{match['path']}")[0].strip("/")
    place, name = f"{path}/{match['method']}", _NAMES.get(match["name"])
    if name is None:
        raise bad(f"Invalid method setting path: {each['path']}")
    settings = stage["methodSettings"].setdefault(place, {})
    shape = patches.shape_of("GetStage").members["methodSettings"].value
    patches.apply(settings, [{**each, "path": f"/{name}"}], shape, (name,))


@rest("DeleteStage")
def delete_stage(call: Call) -> dict[str, Any]:
    """Delete a stage; its deployment stays."""
    with editing(call) as api:
        stage_of(api, call.input["stageName"])
        del api["_stages"][call.input["stageName"]]
    return {}


@rest("FlushStageCache")
def flush_stage_cache(call: Call) -> dict[str, Any]:
    """Forget cached answers: there are none."""
    stage_of(api_of(call), call.input["stageName"])
    return {}


@rest("FlushStageAuthorizersCache")
def flush_stage_authorizers_cache(call: Call) -> dict[str, Any]:
    """Forget what authorizers have said: they are asked again."""
    stage_of(api_of(call), call.input["stageName"])
    call.context.part(Authorizers).forget(call.input["restApiId"])
    return {}
