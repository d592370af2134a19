"""Authorizers: functions that say whether a request may pass.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

import re2

from localaws.api.registry import Context
from localaws.functions.instance import Outcome
from localaws.gateway import events, templates
from localaws.gateway.documents import Document
from localaws.gateway.faults import Fault
from localaws.gateway.inbound import Inbound, last
from localaws.gateway.targets import Rejected, Slow, Targets, TooLarge
from localaws.iam import policy
from localaws.iam.policy import ALLOWED, DENIED, Question

INVOKE = "execute-api:Invoke"
MOST = 10_000  # answers that are remembered
_FAILED = "AUTHORIZER_FAILURE"


@dataclass(frozen=True)
class Said:
    """What an authorizer has said of whoever has this identity."""

    documents: list[Any]  # policies, or none where it said yes or no
    passes: bool  # where there are none
    context: dict[str, Any]
    key: str | None  # of usage plans

    def decide(self, arn: str, keys: dict[str, list[str]]) -> str:
        """Return what it means for a method."""
        if not self.documents:
            return ALLOWED if self.passes else policy.SILENT
        return policy.decide(self.documents, Question(INVOKE, arn, keys))


@dataclass(frozen=True)
class Asked:
    """Where a request has come to: the method that an authorizer is asked about."""

    api: str
    stage: str
    arn: str  # of the method, with the path that was asked for
    variables: dict[str, str]  # of the stage
    resource: str  # the path of the resource, or the key of the route


class Authorizers:
    """Asks authorizers, and remembers for a while what they have said."""

    def __init__(self, context: Context, targets: Targets) -> None:
        self.context, self.targets = context, targets
        self._lock = threading.Lock()  # guards what is remembered
        self._kept: dict[tuple[str, str, str], tuple[float, Said]] = {}

    def forget(self, api: str) -> None:
        """Forget what was said of an API's requests."""
        with self._lock:
            self._kept = {k: row for k, row in self._kept.items() if k[0] != api}

    def of_rest(self, one: Document, asked: Asked, inbound: Inbound) -> Said:
        """Return what the authorizer of a REST API says; Fault where that is no."""
        identity = _identity(one, asked, inbound)
        ttl = one.get("authorizerResultTtlInSeconds", 300)
        if one["type"] == "TOKEN" or (ttl and identity):
            if not all(identity):
                raise Fault("UNAUTHORIZED", "Unauthorized")
            pattern = one.get("identityValidationExpression")
            if pattern and not re2.fullmatch(pattern, identity[0]):
                raise Fault("UNAUTHORIZED", "Unauthorized")

        def event() -> dict[str, Any]:
            about = {"type": one["type"], "methodArn": asked.arn}
            if one["type"] == "TOKEN":
                return {**about, "authorizationToken": identity[0]}
            told = events.told(inbound, asked.resource, asked.variables, False)
            left_out = ("body", "isBase64Encoded")
            return about | {k: v for k, v in told.items() if k not in left_out}

        said = self._said(one, asked, identity, ttl, event)
        decision = said.decide(asked.arn, {"aws:sourceip": [inbound.source]})
        if decision != ALLOWED:
            end = " with an explicit deny" if decision == DENIED else ""
            words = f"User is not authorized to access this resource{end}"
            raise Fault("ACCESS_DENIED", words)
        return said

    def of_http(self, one: Document, asked: Asked, inbound: Inbound) -> Said:
        """Return what the authorizer of an HTTP API says; Fault where that is no."""
        identity = [_place(text, asked, inbound) for text in one["IdentitySource"]]
        ttl = one.get("AuthorizerResultTtlInSeconds", 0)
        if not all(identity):
            raise Fault("UNAUTHORIZED", "Unauthorized")
        simple = one.get("AuthorizerPayloadFormatVersion") == "2.0"

        def event() -> dict[str, Any]:
            about: dict[str, Any] = {"type": "REQUEST"}
            if not simple:
                told = events.told_by_http(inbound, asked.resource, asked.variables)
                about |= {"version": "1.0", "methodArn": asked.arn}
                about |= {"identitySource": ",".join(map(str, identity))}
            else:
                told = events.told_in_2(inbound, asked.resource, asked.variables)
                about |= {"version": "2.0", "routeArn": asked.arn}
                about |= {"identitySource": identity}
            left_out = ("body", "isBase64Encoded", "version")
            return about | {k: v for k, v in told.items() if k not in left_out}

        said = self._said(_as_rest(one), asked, identity, ttl, event)
        if said.decide(asked.arn, {"aws:sourceip": [inbound.source]}) != ALLOWED:
            raise Fault("ACCESS_DENIED", "Forbidden")
        return said

    def _said(
        self, one: Document, asked: Asked, identity: list, ttl: int, event: Any
    ) -> Said:
        """Return what was said of this identity lately, or ask."""
        known = [*identity, *([asked.resource] if one.get("byRoute") else [])]
        place = asked.api, one["id"], json.dumps([asked.stage, *known])
        now = self.context.clock.now()
        with self._lock:
            until, said = self._kept.get(place, (0.0, None))
        if said is not None and until > now and identity:
            return said
        said = _read(self._call(one, asked, event()), bool(one.get("simple")))
        if ttl and identity:
            with self._lock:
                if len(self._kept) >= MOST:
                    self._kept.clear()
                self._kept[place] = now + ttl, said
        return said

    def _call(self, one: Document, asked: Asked, event: dict[str, Any]) -> Outcome:
        source = ":".join(asked.arn.split(":")[:5])
        source += f":{asked.api}/authorizers/{one['id']}"
        role, uri = one.get("authorizerCredentials"), one["authorizerUri"]
        try:
            outcome = self.targets.call(uri, asked.variables, event, source, role)
        except (Rejected, Slow, TooLarge):
            raise Fault("AUTHORIZER_CONFIGURATION_ERROR", None) from None
        if outcome.failed:
            if outcome.error.get("errorMessage") == "Unauthorized":
                raise Fault("UNAUTHORIZED", "Unauthorized")
            raise Fault(_FAILED, None)
        return outcome


def _as_rest(one: Document) -> Document:
    """Return an authorizer of an HTTP API by the names that REST APIs have."""
    by_route = "$context.routeKey" in one["IdentitySource"]
    return {
        "id": one["AuthorizerId"],
        "authorizerUri": one["AuthorizerUri"],
        "authorizerCredentials": one.get("AuthorizerCredentialsArn"),
        "simple": one.get("EnableSimpleResponses", False),
        "byRoute": by_route,
    }


def _identity(one: Document, asked: Asked, inbound: Inbound) -> list[str | None]:
    """Return what identifies a caller of a REST API, in the order of the sources."""
    texts = [text.strip() for text in (one.get("identitySource") or "").split(",")]
    found = variables_of(inbound, asked.variables)
    return [templates.value(text, found) for text in texts if text]


def variables_of(inbound: Inbound, stage: dict[str, str]) -> templates.Variables:
    """Return what parameters and templates may refer to."""
    params = {"header": last(inbound.headers, True), "querystring": last(inbound.query)}
    params["path"] = inbound.variables
    text = inbound.body.decode("utf-8", "replace")
    return templates.Variables(inbound.context, stage, params, text)


def _place(text: str, asked: Asked, inbound: Inbound) -> str | None:
    """Return what identifies a caller of an HTTP API: "$request.header.Auth"."""
    if text == "$context.routeKey":
        return asked.resource
    name = text.split(".", 2)[-1]
    if text.startswith("$request.header."):
        return inbound.header(name)
    if text.startswith("$request.querystring."):
        return last(inbound.query).get(name)
    found = templates.rendered(text, variables_of(inbound, asked.variables))
    return found or None


def _read(outcome: Outcome, simple: bool) -> Said:
    """Return what the answer of an authorizer means; Fault where it means nothing."""
    answer = outcome.value
    if not isinstance(answer, dict):
        raise Fault("AUTHORIZER_CONFIGURATION_ERROR", None)
    context = answer.get("context") or {}
    if simple:
        if not isinstance(answer.get("isAuthorized"), bool):
            raise Fault("AUTHORIZER_CONFIGURATION_ERROR", None)
        return Said([], answer["isAuthorized"], context, None)
    plain = isinstance(context, dict) and not any(
        isinstance(value, dict | list) for value in context.values()
    )
    document, who = answer.get("policyDocument"), answer.get("principalId")
    try:
        known = policy.read(json.dumps(document))
    except Exception:  # whatever is wrong with it
        raise Fault("AUTHORIZER_CONFIGURATION_ERROR", None) from None
    if not plain or not isinstance(who, str) or not who:
        raise Fault("AUTHORIZER_CONFIGURATION_ERROR", None)
    texts = {name: _as_text(value) for name, value in context.items()}
    said = {"principalId": who, **texts}
    return Said([known], False, said, answer.get("usageIdentifierKey"))


def _as_text(value: Any) -> Any:
    """Return a value of the context as a function gets it: a text."""
    return value if value is None or isinstance(value, str) else json.dumps(value)
