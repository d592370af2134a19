"""A request to an HTTP API: from its stage to its function, and back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import unquote

from werkzeug.wrappers import Response

from localaws.functions.instance import Outcome
from localaws.gateway import answers, cors, events
from localaws.gateway.authorizers import Asked
from localaws.gateway.documents import SNAPSHOTS, Document
from localaws.gateway.faults import Fault
from localaws.gateway.inbound import Inbound
from localaws.gateway.parts import Parts, arn_of
from localaws.gateway.routes import DEFAULT, Route, Routes
from localaws.gateway.targets import Rejected, Slow, TooLarge
from localaws.gateway.trips import Trip

TEXT = "text/plain;charset=UTF-8"
_FAILED = "Internal Server Error"


class Http:
    """Answers the requests to HTTP APIs."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def answer(self, region: str, api: Document, inbound: Inbound) -> Response:
        """Return the answer to a request; its path may begin with a stage."""
        stage = _stage(api, inbound)
        kept = self._deployed(region, api, stage)
        if stage is None or kept is None:
            return _said(404, "Not Found")
        name, account = stage["StageName"], self.parts.context.account
        number = stage.get("DeploymentId", "")
        known = events.context_of(inbound, account, api["ApiId"], name, number)
        inbound.context = known
        log = stage.get("AccessLogSettings") or {}
        trip = Trip(region, kept, name, stage.get("StageVariables") or {}, inbound)
        trip.counted = "ApiId", api["ApiId"]
        trip.log = log.get("DestinationArn"), log.get("Format")
        response = self._answered(trip, stage)
        response.headers["Apigw-Requestid"] = known["extendedRequestId"]
        trip.end(self.parts.metrics, response)
        return response

    def _deployed(
        self, region: str, api: Document, stage: Document | None
    ) -> Document | None:
        """Return what a stage serves: a deployment, or the API as it is."""
        if stage is None or stage.get("AutoDeploy"):
            return api
        name = f"{api['ApiId']}.{stage.get('DeploymentId')}"
        return self.parts.documents.get(SNAPSHOTS, region, name)

    def _answered(self, trip: Trip, stage: Document) -> Response:
        rules, inbound = trip.api.get("CorsConfiguration"), trip.inbound
        if preflight := cors.preflight(rules, inbound):
            return preflight
        try:
            response = self._through(trip, stage)
        except Fault as fault:
            message = _FAILED if fault.status == 500 else fault.message or ""
            inbound.context["error"] = {"message": message}
            response = _said(fault.status, message)
        if rules:
            cors.mark(response, rules, inbound)
        return response

    def _through(self, trip: Trip, stage: Document) -> Response:
        inbound, api = trip.inbound, trip.api
        if api.get("DisableExecuteApiEndpoint"):
            raise Fault("RESOURCE_NOT_FOUND", "Not Found")
        routes = self.parts.routes(f"{api['ApiId']}/{trip.stage}", api, routes_of)
        # An encoded slash separates parts here, unlike in REST APIs.
        found = routes.find(inbound.method, unquote(inbound.path))
        if found is None:
            raise Fault("RESOURCE_NOT_FOUND", "Not Found")
        route, inbound.variables = found
        if len(inbound.body) > self.parts.most:
            raise Fault("REQUEST_TOO_LARGE", "Request Entity Too Large")
        resource = {"resourceId": route.key, "resourcePath": route.path}
        inbound.context |= {"routeKey": route.key, **resource}
        self._throttle(trip, route, stage)
        self._authorize(trip, route)
        integration = api["_integrations"].get(
            (route.behind.get("Target") or "").removeprefix("integrations/")
        )
        if integration is None:
            raise Fault("API_CONFIGURATION_ERROR", _FAILED)
        begun = time.monotonic()
        try:
            return self._called(trip, route, integration)
        finally:
            trip.behind = time.monotonic() - begun

    def _throttle(self, trip: Trip, route: Route, stage: Document) -> None:
        limits = dict(stage.get("DefaultRouteSettings") or {})
        limits |= (stage.get("RouteSettings") or {}).get(route.key, {})
        place = trip.api["ApiId"], trip.stage, route.key
        names = "ThrottlingRateLimit", "ThrottlingBurstLimit"
        self.parts.usage.throttle(place, limits, *names)

    def _authorize(self, trip: Trip, route: Route) -> None:
        if route.behind.get("AuthorizationType", "NONE") != "CUSTOM":
            return
        one = trip.api["_authorizers"].get(route.behind.get("AuthorizerId"))
        if one is None:
            raise Fault("AUTHORIZER_CONFIGURATION_ERROR", None)
        place = (
            f"{trip.api['ApiId']}/{trip.stage}/{trip.inbound.method}{trip.inbound.path}"
        )
        arn = arn_of(trip.region, self.parts.context.account, place)
        asked = Asked(trip.api["ApiId"], trip.stage, arn, trip.variables, route.key)
        said = self.parts.authorizers.of_http(one, asked, trip.inbound)
        trip.inbound.context["authorizer"] = {"lambda": said.context}

    def _called(self, trip: Trip, route: Route, integration: Document) -> Response:
        inbound = trip.inbound
        in_2 = integration["PayloadFormatVersion"] == "2.0"
        if in_2:
            event = events.told_in_2(inbound, route.key, trip.variables)
        else:
            if said := inbound.context.get("authorizer"):
                inbound.context["authorizer"] = said["lambda"]
            event = events.told_by_http(inbound, route.path, trip.variables)
        try:
            outcome = self.parts.targets.call(
                integration["IntegrationUri"],
                trip.variables,
                event,
                self._source(trip, route),
                integration.get("CredentialsArn"),
                integration.get("TimeoutInMillis", 30_000) / 1000,
            )
            if outcome.failed:
                raise Fault("INTEGRATION_FAILURE", _FAILED, 500)
            return _response(outcome, in_2)
        except (Rejected, answers.Malformed):
            raise Fault("INTEGRATION_FAILURE", _FAILED, 500) from None
        except Slow:
            raise Fault("INTEGRATION_TIMEOUT", "Service Unavailable", 503) from None
        except TooLarge:
            raise Fault("REQUEST_TOO_LARGE", "Request Entity Too Large") from None

    def _source(self, trip: Trip, route: Route) -> str:
        """Return the ARN of a route, as the policies of functions name it."""
        own = DEFAULT if route.path == DEFAULT else f"{trip.inbound.method}{route.path}"
        place = f"{trip.api['ApiId']}/{trip.stage}/{own}"
        return arn_of(trip.region, self.parts.context.account, place)


def routes_of(api: Document) -> Routes:
    """Return the routes of an HTTP API."""
    found = []
    for row in api["_routes"].values():
        method, _, path = row["RouteKey"].rpartition(" ")
        found.append(Route(method, path, row))
    return Routes(found)


def _stage(api: Document, inbound: Inbound) -> Document | None:
    """Return the stage of a request: what its path begins with, or `$default`."""
    name, _, rest = inbound.path.lstrip("/").partition("/")
    if name in api["_stages"] and name != DEFAULT:
        inbound.path = f"/{rest}"
        return dict(api["_stages"][name])
    return api["_stages"].get(DEFAULT)


def _response(outcome: Outcome, in_2: bool) -> Response:
    if not in_2:
        return answers.response(answers.strict(outcome), True, TEXT)
    answer: Any = answers.inferred(outcome)
    whole = isinstance(outcome.value, dict) and "statusCode" in outcome.value
    return answers.response(answer, True, TEXT if whole else answers.JSON)


def _said(status: int, message: str) -> Response:
    text = json.dumps({"message": message}, separators=(",", ":"))
    return Response(text, status, content_type=answers.JSON)
