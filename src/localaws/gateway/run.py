"""Where requests to APIs come in: /_apis/ID/..., for browsers too."""

from __future__ import annotations

import json
import logging
import time
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

from localaws.api import validation
from localaws.api.errors import ServiceError
from localaws.api.registry import LISTS, Call, Context, page
from localaws.bounds import Malformed, TooLong
from localaws.functions.invocation import Functions
from localaws.gateway import events, faults
from localaws.gateway.answers import JSON
from localaws.gateway.authorizers import Authorizers
from localaws.gateway.documents import HTTP, REST, Documents, bad
from localaws.gateway.faults import Fault
from localaws.gateway.http import Http
from localaws.gateway.inbound import PREFIX, Inbound, below, inbound, several
from localaws.gateway.methods import method_of
from localaws.gateway.metrics import Metrics
from localaws.gateway.operations import api_of, resource_of
from localaws.gateway.pages import rest
from localaws.gateway.parts import MOST, Parts
from localaws.gateway.rest import TEST_STAGE, Rest
from localaws.gateway.routes import ANY, Route, Routes
from localaws.gateway.targets import Targets
from localaws.gateway.trips import Trip
from localaws.gateway.usage import Usage

logger = logging.getLogger("localaws")


def setup(context: Context) -> None:
    """Serve APIs; what an earlier server has kept of them is there again."""
    documents = context.add(Documents(context.folder / "apis"))
    targets = Targets(context, context.part(Functions))
    usage = context.add(Usage(context, documents))
    authorizers = context.add(Authorizers(context, targets))
    metrics = Metrics(context, usage)
    parts = Parts(context, documents, targets, usage, authorizers, metrics)
    context.add(Rest(parts))
    context.add(Http(parts))
    LISTS["APIs"] = listed
    context.on_start(metrics.start)
    context.on_close(targets.close)
    context.on_close(metrics.close)


def listed(context: Context) -> list[tuple[str, str]]:
    """Return what APIs there are, and where they answer here: by name and address."""
    documents, rows = context.part(Documents), []
    for region in documents.regions(REST):
        for api in documents.all(REST, region):
            place = f"{context.url}{PREFIX}/{api['id']}"
            names = [f"{place}/{stage}" for stage in api["_stages"]]
            rows += [
                (f"{api['name']} (REST, {region})", name) for name in names or [place]
            ]
    for region in documents.regions(HTTP):
        for api in documents.all(HTTP, region):
            place = f"{context.url}{PREFIX}/{api['ApiId']}"
            rows.append((f"{api['Name']} (HTTP, {region})", place))
    return rows


@page(rf"{PREFIX}/(?P<name>[a-z0-9]{{8,10}})(?P<path>(/(?s:.*))?)", locked=False)
def serve(
    context: Context, request: Request, region: str, name: str, path: str
) -> Response:
    """Answer a request to an API, as its author has said."""
    documents = context.part(Documents)
    rest, http = documents.find(REST, name), documents.find(HTTP, name)
    if rest is None and http is None:
        return faults.answer(Fault("INVALID_API_KEY", "Forbidden"), {}, {})
    try:
        came = inbound(request, _body(request), below(request.environ, name))
        if rest:
            return context.part(Rest).answer(*rest, came)
        assert http, "one of them is there"
        return context.part(Http).answer(*http, came)
    except Malformed:
        return Response('{"message":"Bad Request"}', 400, content_type=JSON)
    except ConnectionError:  # the client went away in the middle of its body
        raise
    except Exception:
        logger.exception("a request to the API %s failed: %s", name, path)
        return Response('{"message":"Internal server error"}', 500, content_type=JSON)


def _body(request: Request) -> bytes:
    """Return the body of a request, which may be too long.

    Who sends a little too much can send all of it, and reads the answer.
    """
    try:
        return validation.read(request.environ, 2 * MOST)
    except (TooLong, ServiceError):
        return bytes(MOST + 1)


@rest("TestInvokeMethod")
def test_invoke_method(call: Call) -> dict[str, Any]:
    """Ask a method as it is now, before it is deployed.

    https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html
    """
    api, given = api_of(call), call.input
    resource = resource_of(api, given["resourceId"])
    method = method_of(api, call)
    if given.get("clientCertificateId"):
        raise bad("localaws has no client certificates")
    came, route = _tested(call, resource["path"], method)
    trip = Trip(call.region, api, TEST_STAGE, given.get("stageVariables") or {}, came)
    begun = time.monotonic()
    try:
        response = call.context.part(Rest).tested(trip, route, method)
    except Fault as fault:
        response = faults.answer(fault, api["_answers"], came.context)
    headers = list(response.headers.items())
    return {
        "status": response.status_code,
        "body": response.get_data(as_text=True),
        "headers": dict(headers),
        "multiValueHeaders": several(headers),
        "log": _log(came, trip, response),
        "latency": int((time.monotonic() - begun) * 1000),
    }


def _tested(call: Call, resource: str, method: Any) -> tuple[Inbound, Route]:
    """Return the request that a test describes, and its route."""
    given = call.input
    path, _, query = (given.get("pathWithQueryString") or resource).partition("?")
    headers = list((given.get("headers") or {}).items())
    for name, values in (given.get("multiValueHeaders") or {}).items():
        headers += [(name, value) for value in values]
    name = given["httpMethod"].upper()
    name = "GET" if name == ANY else name
    body = (given.get("body") or "").encode()
    pairs = parse_qsl(query, keep_blank_values=True)
    came = Inbound(name, path or "/", headers, pairs, body, query)
    route = Route(given["httpMethod"].upper(), resource, None)
    found = Routes([route]).find(name, came.path)
    came.variables = found[1] if found else {}
    context, api = call.context, given["restApiId"]
    came.context = events.context_of(came, context.account, api, TEST_STAGE, "")
    came.context |= {"resourceId": given["resourceId"], "resourcePath": resource}
    return came, route


def _log(came: Inbound, trip: Trip, response: Response) -> str:
    lines = [
        f"Execution log for request {came.number}",
        f"Starting execution for request: {came.number}",
        f"HTTP Method: {came.method}, Resource Path: {came.path}",
        f"Method request path: {json.dumps(came.variables)}",
        *([f"Execution failed: {trip.why}"] if trip.why else []),
        f"Method completed with status: {response.status_code}",
    ]
    return "\n".join([*lines, ""])
