"""HTTP APIs: the APIs themselves, also those that are made at once with a target."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Any

from localaws.api.registry import Call
from localaws.gateway import http_request, targets
from localaws.gateway.documents import (
    HTTP,
    Document,
    asked_for,
    bad,
    documents,
    edited,
    identifier,
    page_of,
)
from localaws.gateway.inbound import PREFIX
from localaws.gateway.pages import http
from localaws.gateway.routes import DEFAULT
from localaws.neighbours.guards import refused
from localaws.records.pages import count

_QUICK = ("Target", "RouteKey", "CredentialsArn")  # of a request, not of an API
SHELVES = ("_routes", "_integrations", "_authorizers", "_stages", "_deployments")


def api_of(call: Call) -> Document:
    """Return the HTTP API that a request names; it is not to be changed."""
    return asked_for(call, HTTP)


def editing(call: Call) -> AbstractContextManager[Document]:
    """Return the HTTP API that a request names, to be changed and kept."""
    return edited(call, HTTP)


def shown(call: Call, api: Document) -> Document:
    """Return an API with the address at which it answers here."""
    return {**api, "ApiEndpoint": f"{call.context.url}{PREFIX}/{api['ApiId']}"}


def paged(call: Call, rows: list[Any]) -> dict[str, Any]:
    """Return a page of a list: `NextToken` is how many were shown before."""
    start, most = call.input.get("NextToken"), call.input.get("MaxResults")
    words = "Invalid NextToken or MaxResults"
    part, end = page_of(rows, start or "0", count(most or "100") or 0, words)
    return {"Items": part, **({"NextToken": end} if end else {})}


@http("CreateApi")
def create_api(call: Call) -> Document:
    """Make an API; with a target at once one that answers all with a function.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html
    """
    given = {name: value for name, value in call.input.items() if name not in _QUICK}
    made: Document = {
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "RouteSelectionExpression": "${request.method} ${request.path}",
        "DisableExecuteApiEndpoint": False,
        "Tags": {},
        **given,
        "ApiId": identifier(),
        "CreatedDate": time.time(),
        **{shelf: {} for shelf in SHELVES},
    }
    http_request.check_api(made)
    if call.input.get("Target"):
        _add_quickly(made, call.input)
    elif any(name in call.input for name in _QUICK):
        raise bad("RouteKey and CredentialsArn are those of a Target")
    documents(call).put(HTTP, call.region, made["ApiId"], made)
    return shown(call, made)


def _add_quickly(api: Document, given: Document) -> None:
    """Give an API its route, its integration and its stage.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop.html
    """
    if targets.function_of(given["Target"]) is None:
        raise refused(
            f'localaws does not call "{given["Target"]}": the API would answer nothing '
            "of it. Name the ARN of a function as the Target."
        )
    integration = _quick_integration(given)
    http_request.check_integration(integration)
    name = integration["IntegrationId"]
    api["_integrations"][name] = integration
    route = {
        "ApiGatewayManaged": True,
        "AuthorizationType": "NONE",
        "RouteId": identifier(7),
        "RouteKey": given.get("RouteKey", DEFAULT),
        "Target": f"integrations/{name}",
    }
    http_request.check_route(api, route)
    api["_routes"][route["RouteId"]] = route
    stage = {"ApiGatewayManaged": True, "StageName": DEFAULT, "AutoDeploy": True}
    api["_stages"][DEFAULT] = {**new_stage(), **stage}


def _quick_integration(given: Document) -> Document:
    role = given.get("CredentialsArn")
    return {
        **NEW_INTEGRATION,
        "ApiGatewayManaged": True,
        "IntegrationId": identifier(7),
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": given["Target"],
        "PayloadFormatVersion": "2.0",
        **({"CredentialsArn": role} if role else {}),
    }


NEW_INTEGRATION = {
    "ConnectionType": "INTERNET",
    "IntegrationMethod": "POST",
    "PayloadFormatVersion": "1.0",
    "TimeoutInMillis": 30_000,
}


def new_stage() -> Document:
    """Return what a stage has where nothing else is said."""
    now = time.time()
    dates = {"CreatedDate": now, "LastUpdatedDate": now}
    settings = {"DefaultRouteSettings": {"DetailedMetricsEnabled": False}}
    return {**dates, **settings, "RouteSettings": {}, "StageVariables": {}, "Tags": {}}


@http("GetApi")
def get_api(call: Call) -> Document:
    """Describe an API; ApiEndpoint is its address here."""
    return shown(call, api_of(call))


@http("GetApis")
def get_apis(call: Call) -> dict[str, Any]:
    """List the APIs of a region."""
    rows = [shown(call, api) for api in documents(call).all(HTTP, call.region)]
    return paged(call, rows)


@http("UpdateApi")
def update_api(call: Call) -> Document:
    """Change an API; of one that was made quickly also its target."""
    given = {k: v for k, v in call.input.items() if k not in (*_QUICK, "ApiId")}
    with editing(call) as api:
        api.update(given)
        http_request.check_api(api)
        quick = [row for row in api["_routes"].values() if row.get("ApiGatewayManaged")]
        if any(name in call.input for name in _QUICK):
            if not quick:
                raise bad(
                    "Target, RouteKey and CredentialsArn are of quickly made APIs"
                )
            _change_quickly(api, quick[0], call.input)
    return shown(call, api)


def _change_quickly(api: Document, route: Document, given: Document) -> None:
    integration = api["_integrations"][route["Target"].removeprefix("integrations/")]
    if "Target" in given:
        integration["IntegrationUri"] = given["Target"]
    if "CredentialsArn" in given:
        integration["CredentialsArn"] = given["CredentialsArn"]
    route["RouteKey"] = given.get("RouteKey", route["RouteKey"])
    http_request.check_integration(integration)
    http_request.check_route(api, route)


@http("DeleteApi")
def delete_api(call: Call) -> dict[str, Any]:
    """Delete an API with all that belongs to it: nothing answers any more."""
    documents(call).remove_api(HTTP, call.region, api_of(call)["ApiId"])
    return {}


@http("DeleteCorsConfiguration")
def delete_cors_configuration(call: Call) -> dict[str, Any]:
    """Leave it to the functions what pages of other origins may do."""
    with editing(call) as api:
        api.pop("CorsConfiguration", None)
    return {}
