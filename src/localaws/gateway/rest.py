"""A request to a REST API: from its stage to its function, and back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-basic-concept.html
"""

from __future__ import annotations

import re
import time
from typing import Any

from werkzeug.wrappers import Response

from localaws.functions.instance import Outcome
from localaws.gateway import answers, events, faults, mocks, validators
from localaws.gateway.authorizers import Asked, variables_of
from localaws.gateway.documents import SNAPSHOTS, Document
from localaws.gateway.faults import Fault, internal
from localaws.gateway.inbound import Inbound
from localaws.gateway.parts import Parts, arn_of
from localaws.gateway.request import METHODS, settings_of
from localaws.gateway.routes import Route, Routes
from localaws.gateway.targets import Rejected, Slow, TooLarge
from localaws.gateway.trips import Trip

TEST_STAGE = "test-invoke-stage"
KNOWN = METHODS[1:]  # what ANY stands for


class Rest:
    """Answers the requests to REST APIs."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def answer(self, region: str, api: Document, inbound: Inbound) -> Response:
        """Return the answer to a request; its path begins with the stage."""
        name, _, rest = inbound.path.lstrip("/").partition("/")
        stage = api["_stages"].get(name)
        key = f"{api['id']}.{stage['deploymentId']}" if stage else ""
        kept = self.parts.documents.get(SNAPSHOTS, region, key)
        if stage is None or kept is None:
            return faults.answer(Fault("INVALID_API_KEY", "Forbidden"), {}, {})
        inbound.path = f"/{rest}"
        account, number = self.parts.context.account, stage["deploymentId"]
        known = events.context_of(inbound, account, api["id"], name, number)
        inbound.context = known
        log = stage.get("accessLogSettings") or {}
        trip = Trip(region, kept, name, stage.get("variables") or {}, inbound)
        trip.counted = "ApiName", api["name"]
        trip.log = log.get("destinationArn"), log.get("format")
        response = self._answered(trip, stage, key)
        response.headers["x-amzn-RequestId"] = inbound.number
        response.headers["x-amz-apigw-id"] = known["extendedRequestId"]
        trip.end(self.parts.metrics, response)
        return response

    def _answered(self, trip: Trip, stage: Document, key: str) -> Response:
        inbound = trip.inbound
        try:
            return self._through(trip, stage, key)
        except Fault as fault:
            accepted = (inbound.header("accept") or "").partition(",")[0]
            said = {"message": fault.message, "responseType": fault.kind}
            inbound.context["error"] = said
            wished = trip.api["_answers"]
            return faults.answer(fault, wished, inbound.context, accepted)

    def _through(self, trip: Trip, stage: Document, key: str) -> Response:
        if trip.api.get("disableExecuteApiEndpoint"):
            raise Fault("INVALID_API_KEY", "Forbidden")
        inbound = trip.inbound
        routes = self.parts.routes(key, trip.api, routes_of)
        found = routes.find(inbound.method, inbound.path)
        if found is None or inbound.method not in KNOWN:
            raise Fault("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
        route, inbound.variables = found
        if len(inbound.body) > self.parts.most:
            raise Fault("REQUEST_TOO_LARGE", "Request Too Long")
        resource, method = route.behind
        inbound.context["resourceId"] = resource["id"]
        inbound.context["resourcePath"] = route.path
        said = self._authorize(trip, route, method)
        self._admit(trip, route, method, said)
        self._throttle(trip, route, stage)
        validators.check(trip.api, method, inbound)
        return self._integrated(trip, route, method)

    def _throttle(self, trip: Trip, route: Route, stage: Document) -> None:
        limits: Document = {}
        for each in settings_of(stage, route.path, route.method):
            limits |= each
        place = trip.api["id"], trip.stage, route.key
        names = "throttlingRateLimit", "throttlingBurstLimit"
        self.parts.usage.throttle(place, limits, *names)

    def _authorize(self, trip: Trip, route: Route, method: Document) -> str | None:
        """Ask the method's authorizer; return the key that it has named, if any."""
        if method["authorizationType"] != "CUSTOM":
            return None
        one = trip.api["_authorizers"].get(method.get("authorizerId"))
        if one is None:
            raise Fault("AUTHORIZER_CONFIGURATION_ERROR", None)
        inbound, begun = trip.inbound, time.monotonic()
        arn = self._arn(trip, inbound.method, inbound.path)
        asked = Asked(trip.api["id"], trip.stage, arn, trip.variables, route.path)
        said = self.parts.authorizers.of_rest(one, asked, inbound)
        took = int((time.monotonic() - begun) * 1000)
        inbound.context["authorizer"] = {**said.context, "integrationLatency": took}
        return said.key

    def _admit(
        self, trip: Trip, route: Route, method: Document, key: str | None
    ) -> None:
        """Ask for the API key that a method wants."""
        if not method.get("apiKeyRequired"):
            return
        inbound, known = trip.inbound, trip.inbound.context["identity"]
        if trip.api.get("apiKeySource") != "AUTHORIZER":
            key = inbound.header("x-api-key")
        place = f"{route.path}/{route.method}"
        known["apiKeyId"] = self.parts.usage.admit(
            trip.region, trip.api["id"], trip.stage, place, key
        )
        known["apiKey"] = key

    def tested(self, trip: Trip, route: Route, method: Document) -> Response:
        """Return what a method says to whoever may test it; raises Fault."""
        validators.check(trip.api, method, trip.inbound)
        return self._integrated(trip, route, method)

    def _integrated(self, trip: Trip, route: Route, method: Document) -> Response:
        integration = method.get("methodIntegration")
        if integration is None:
            raise internal()
        if integration["type"] == "MOCK":
            found = variables_of(trip.inbound, trip.variables)
            return mocks.answer(method, trip.inbound, found)
        begun = time.monotonic()
        try:
            return self._called(trip, route, integration)
        finally:
            trip.behind = time.monotonic() - begun

    def _called(self, trip: Trip, route: Route, integration: Document) -> Response:
        if integration["httpMethod"] != "POST":  # the only one that Lambda knows
            trip.why = "Lambda is called with POST: integrationHttpMethod is another"
            raise internal()
        try:
            outcome = self._said(trip, route, integration)
            if outcome.failed:
                trip.why = str(outcome.error.get("errorMessage", ""))
                raise internal(502)
            media = trip.api.get("binaryMediaTypes") or ()
            wanted = _fits(trip.inbound.header("accept"), media)
            return answers.response(answers.strict(outcome), wanted)
        except answers.Malformed as error:
            trip.why = f"Malformed Lambda proxy response: {error}"
            raise internal(502) from None
        except Rejected as error:
            trip.why = str(error)
            raise internal() from None
        except Slow:
            raise Fault("INTEGRATION_TIMEOUT", "Endpoint request timed out") from None
        except TooLarge:
            raise Fault("REQUEST_TOO_LARGE", "Request Too Long") from None

    def _said(self, trip: Trip, route: Route, integration: Document) -> Outcome:
        """Return what the function of an integration says of a request."""
        inbound, media = trip.inbound, trip.api.get("binaryMediaTypes") or ()
        binary = _fits(inbound.header("content-type"), media)
        return self.parts.targets.call(
            integration["uri"],
            trip.variables,
            events.told(inbound, route.path, trip.variables, binary),
            self._arn(trip, inbound.method, re.sub(r"\{[^}]*\}", "*", route.path)),
            integration.get("credentials"),
            integration.get("timeoutInMillis", 29_000) / 1000,
        )

    def _arn(self, trip: Trip, method: str, path: str) -> str:
        place = f"{trip.api['id']}/{trip.stage}/{method}{path}"
        return arn_of(trip.region, self.parts.context.account, place)


def routes_of(api: Document) -> Routes:
    """Return the routes of a REST API: its resources with their methods."""
    return Routes(
        Route(name, resource["path"], (resource, method))
        for resource in api["_resources"].values()
        for name, method in resource["resourceMethods"].items()
    )


def _fits(header: str | None, media: Any) -> bool:
    """Return whether the first type that a header names is one of binary media.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/lambda-proxy-binary-media.html
    """
    if "*/*" in media:
        return True
    kind = (header or "").partition(",")[0].partition(";")[0].strip().lower()
    known = [each.lower() for each in media]
    return bool(kind) and (kind in known or f"{kind.partition('/')[0]}/*" in known)
