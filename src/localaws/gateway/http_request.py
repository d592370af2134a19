"""What HTTP APIs refuse: what AWS does not take, and what would only be pretended."""

from __future__ import annotations

import re
from typing import Any

from localaws.gateway import targets
from localaws.gateway.documents import Document, bad, missing
from localaws.gateway.request import METHODS, check_access_log, nothing_of
from localaws.gateway.routes import DEFAULT, split
from localaws.neighbours.guards import refused

_KEY = re.compile(rf"({'|'.join(METHODS)}) (/\S*)")
_PART = re.compile(r"[\w.:~%@!$&'()*+,;=-]+|\{[\w.-]+\+?\}")
_SOURCE = re.compile(
    r"\$request\.(header|querystring)\.[\w-]+|\$(context|stageVariables)\.[\w.]+"
)
_SOCKETS = "it is of WebSocket APIs, which localaws does not emulate"


def check_api(record: Document) -> None:
    """Refuse an API of sockets, and what an API of requests would not follow."""
    if record["ProtocolType"] != "HTTP":
        raise refused(
            f"localaws does not emulate APIs of the protocol {record['ProtocolType']}: "
            "nobody could connect. Make one of the protocol HTTP."
        )
    expression = record.get(
        "RouteSelectionExpression", "${request.method} ${request.path}"
    )
    if re.sub(r"[{}]", "", expression) != "$request.method $request.path":
        raise bad(
            "For HTTP APIs routeSelectionExpression must be "
            "${request.method} ${request.path}"
        )
    nothing_of(record, {"DisableSchemaValidation": _SOCKETS}, "an API")
    check_cors(record.get("CorsConfiguration") or {})


def check_cors(cors: Document) -> None:
    """Refuse rules for other origins that no browser would take."""
    if cors.get("AllowCredentials") and "*" in (cors.get("AllowOrigins") or ()):
        raise bad("allowCredentials is not supported when allowOrigins is *")
    for each in cors.get("AllowOrigins") or ():
        if each != "*" and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/\s]+", each):
            raise bad(f"Invalid origin in CORS configuration: {each}")


def check_integration(record: Document) -> None:
    """Refuse an integration that would reach nothing.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html
    """
    kind = record["IntegrationType"]
    if kind != "AWS_PROXY" or record.get("IntegrationSubtype"):
        of = record.get("IntegrationSubtype") or kind
        raise refused(
            f"localaws does not call what an integration of the type {of} names: the "
            "route would answer nothing of it. Integrate with a function (AWS_PROXY)."
        )
    why = {
        "ConnectionId": "there are no VPCs",
        "RequestParameters": "a function is given the request as it came",
        "ResponseParameters": "what a function answers is what the client gets",
        "TlsConfig": "no other server is called",
        **dict.fromkeys(("ContentHandlingStrategy", "RequestTemplates"), _SOCKETS),
        **dict.fromkeys(
            ("TemplateSelectionExpression", "PassthroughBehavior"), _SOCKETS
        ),
    }
    nothing_of(record, why, "an integration")
    if record.get("ConnectionType", "INTERNET") != "INTERNET":
        raise refused("localaws has no VPCs: ConnectionType has to be INTERNET.")
    if targets.function_of(record.get("IntegrationUri") or "") is None:
        raise bad("Invalid IntegrationUri: it has to be the ARN of a function")
    if record.get("IntegrationMethod", "POST") != "POST":
        raise bad("Invalid IntegrationMethod: functions are called with POST")
    if record["PayloadFormatVersion"] not in ("1.0", "2.0"):
        raise bad(f"Invalid PayloadFormatVersion: {record['PayloadFormatVersion']}")
    targets.check_credentials(record.get("CredentialsArn"))


def check_route(api: Document, record: Document) -> None:
    """Refuse a route that leads nowhere.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html
    """
    names = ("ModelSelectionExpression", "RequestModels", "RequestParameters")
    more = ("RouteResponseSelectionExpression", "ApiKeyRequired")
    nothing_of(record, dict.fromkeys((*names, *more), _SOCKETS), "a route")
    _check_key(record["RouteKey"])
    name = (record.get("Target") or "").removeprefix("integrations/")
    if name and name not in api["_integrations"]:
        raise missing(f"Invalid integration identifier specified: {name}")
    kind = record.get("AuthorizationType", "NONE")
    if kind not in ("NONE", "CUSTOM"):
        raise refused(
            f"localaws does not emulate routes with {kind}: nobody would be asked. Use "
            "NONE, or an authorizer of your own (CUSTOM)."
        )
    if kind == "CUSTOM" and record.get("AuthorizerId") not in api["_authorizers"]:
        raise bad(f"Invalid authorizer identifier: {record.get('AuthorizerId')}")
    nothing_of(
        record, {"AuthorizationScopes": "they are of JWT authorizers"}, "a route"
    )


def _check_key(key: str) -> None:
    if key == DEFAULT:
        return
    match = _KEY.fullmatch(key)
    if match is None:
        raise bad(
            "The provided route key is not formatted properly for HTTP protocol. "
            'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
        )
    parts = split(match[2])
    for place, part in enumerate(parts):
        greedy = part.endswith("+}") and place < len(parts) - 1
        if greedy or not _PART.fullmatch(part):
            raise bad(f"Invalid part of a path in the route key: {part}")


def check_authorizer(api: Document, record: Document) -> None:
    """Refuse an authorizer that nobody would ask."""
    kind = record["AuthorizerType"]
    if kind != "REQUEST":
        raise refused(
            f"localaws asks no issuers of tokens: an authorizer of the type {kind} "
            "would let nobody through. Use a function (REQUEST)."
        )
    nothing_of(record, {"JwtConfiguration": "no issuer is asked"}, "an authorizer")
    if targets.function_of(record.get("AuthorizerUri") or "") is None:
        raise bad("Invalid AuthorizerUri: it has to name a function")
    version = record.get("AuthorizerPayloadFormatVersion")
    if version not in ("1.0", "2.0"):
        raise bad("AuthorizerPayloadFormatVersion is required: 1.0 or 2.0")
    if record.get("EnableSimpleResponses") and version != "2.0":
        raise bad(
            "EnableSimpleResponses is supported with the payload format 2.0 alone"
        )
    for each in record["IdentitySource"]:
        if not _SOURCE.fullmatch(each):
            raise bad(f"Invalid identity source: {each}")


def check_stage(api: Document, record: Document) -> None:
    """Refuse a stage with what would not be done."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}|\$default", record["StageName"]):
        raise bad("Stage name only allows a-zA-Z0-9_- or $default")
    nothing_of(record, {"ClientCertificateId": _SOCKETS}, "a stage")
    name = record.get("DeploymentId")
    if name and name not in api["_deployments"]:
        raise missing(f"Invalid deployment identifier specified: {name}")
    known: list[Any] = [record.get("DefaultRouteSettings") or {}]
    known += (record.get("RouteSettings") or {}).values()
    for each in known:
        why = {
            "DataTraceEnabled": _SOCKETS,
            "DetailedMetricsEnabled": "metrics are of the API and of the stage",
        }
        nothing_of(each, why, "the settings of a route")
        if each.get("LoggingLevel", "OFF") != "OFF":
            raise bad("Execution logs are not supported on protocolType HTTP")
    log = record.get("AccessLogSettings") or {}
    check_access_log(log, "DestinationArn", "Format")
