"""What a function is told of a request, in the formats 1.0 and 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import re
import time
from typing import Any
from urllib.parse import unquote

from localaws.gateway.inbound import Inbound, joined, last, several

_IDENTITY = (
    *("accessKey", "accountId", "caller", "cognitoAuthenticationProvider"),
    *("cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId"),
    *("principalOrgId", "user", "userArn"),
)

# Media types that are text; of a form AWS gives base64.
_TEXT = re.compile(r"text/.+|application/(.+\+)?(json|xml|javascript)")


def context_of(
    inbound: Inbound, account: str, api: str, stage: str, deployment: str
) -> dict[str, Any]:
    """Return the variables of a request that are known before its route is.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    now, path = inbound.moment, inbound.path
    return {
        "accountId": account,
        "apiId": api,
        "deploymentId": deployment,
        "domainName": inbound.host,
        "domainPrefix": api,
        "extendedRequestId": base64.b64encode(inbound.number[:11].encode()).decode(),
        "httpMethod": inbound.method,
        "identity": {
            **dict.fromkeys(_IDENTITY),
            "sourceIp": inbound.source,
            "userAgent": inbound.header("user-agent"),
        },
        "path": path if stage == "$default" else f"/{stage}{path}",
        "protocol": "HTTP/1.1",
        "requestId": inbound.number,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "requestTimeEpoch": int(now * 1000),
        "stage": stage,
    }


def told(
    inbound: Inbound, resource: str, stage: dict[str, str], binary: bool
) -> dict[str, Any]:
    """Return the event of format 1.0, as REST APIs send it."""
    text, encoded = _text(inbound.body, binary)
    return {
        "resource": resource,
        "path": inbound.path,
        "httpMethod": inbound.method,
        "headers": last(inbound.headers, True) or None,
        "multiValueHeaders": several(inbound.headers, True) or None,
        "queryStringParameters": last(inbound.query) or None,
        "multiValueQueryStringParameters": several(inbound.query) or None,
        "pathParameters": inbound.variables or None,
        "stageVariables": stage or None,
        "requestContext": inbound.context,
        "body": text if inbound.body else None,
        "isBase64Encoded": encoded,
    }


def told_by_http(
    inbound: Inbound, resource: str, stage: dict[str, str]
) -> dict[str, Any]:
    """Return the event of format 1.0, as HTTP APIs send it."""
    event = told(inbound, resource, stage, not _is_text(inbound))
    return {"version": "1.0", **event, "path": inbound.context["path"]}


def told_in_2(inbound: Inbound, key: str, stage: dict[str, str]) -> dict[str, Any]:
    """Return the event of format 2.0."""
    path = unquote(inbound.context["path"])
    headers = [
        (name.lower(), value)
        for name, value in inbound.headers
        if name.lower() != "cookie"
    ]
    text, encoded = _text(inbound.body, not _is_text(inbound))
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": inbound.raw_query,
        "headers": joined(headers),
        "requestContext": _context_in_2(inbound, key, path),
        "isBase64Encoded": encoded,
    }
    more: dict[str, Any] = {
        "cookies": inbound.cookies,
        "queryStringParameters": joined(inbound.query),
        "pathParameters": inbound.variables,
        "stageVariables": stage,
        "body": text if inbound.body else "",
    }
    return event | {name: value for name, value in more.items() if value}


def _context_in_2(inbound: Inbound, key: str, path: str) -> dict[str, Any]:
    known = inbound.context
    about = ("accountId", "apiId", "domainName", "domainPrefix", "requestId", "stage")
    return {
        **{name: known[name] for name in about},
        **({"authorizer": known["authorizer"]} if "authorizer" in known else {}),
        "http": {
            "method": inbound.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": inbound.source,
            "userAgent": inbound.header("user-agent") or "",
        },
        "routeKey": key,
        "time": known["requestTime"],
        "timeEpoch": known["requestTimeEpoch"],
    }


def _is_text(inbound: Inbound) -> bool:
    """Return whether an HTTP API gives a body as text: all other types are base64."""
    try:
        inbound.body.decode()
    except UnicodeDecodeError:
        return False
    return _TEXT.fullmatch(inbound.kind) is not None


def _text(body: bytes, binary: bool) -> tuple[str, bool]:
    """Return a body as text, and whether that is base64.

    What is no text, and of no binary type of a REST API, is damaged, as on AWS.
    """
    if binary and body:
        return base64.b64encode(body).decode(), True
    return body.decode("utf-8", "replace"), False
