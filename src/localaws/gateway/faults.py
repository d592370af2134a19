"""What API Gateway answers itself, where no function does.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

import json
from typing import Any

from werkzeug.wrappers import Response

from localaws.gateway import templates

# The types of these answers of REST APIs, and their statuses.
TYPES: dict[str, int] = {
    **dict.fromkeys(("DEFAULT_4XX", "DEFAULT_5XX"), 0),
    "RESOURCE_NOT_FOUND": 404,
    "UNAUTHORIZED": 401,
    "INVALID_API_KEY": 403,
    "ACCESS_DENIED": 403,
    "AUTHORIZER_FAILURE": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "INVALID_SIGNATURE": 403,
    "EXPIRED_TOKEN": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "API_CONFIGURATION_ERROR": 500,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "BAD_REQUEST_PARAMETERS": 400,
    "BAD_REQUEST_BODY": 400,
    "REQUEST_TOO_LARGE": 413,
    "THROTTLED": 429,
    "QUOTA_EXCEEDED": 429,
    "WAF_FILTERED": 403,
}
_NAMED = {
    "UNAUTHORIZED": "UnauthorizedException",
    "INVALID_API_KEY": "ForbiddenException",
    "ACCESS_DENIED": "AccessDeniedException",
    "AUTHORIZER_FAILURE": "AuthorizerConfigurationException",
    "AUTHORIZER_CONFIGURATION_ERROR": "AuthorizerConfigurationException",
    "MISSING_AUTHENTICATION_TOKEN": "MissingAuthenticationTokenException",
    "BAD_REQUEST_PARAMETERS": "BadRequestException",
    "BAD_REQUEST_BODY": "BadRequestException",
    "REQUEST_TOO_LARGE": "RequestTooLargeException",
    "UNSUPPORTED_MEDIA_TYPE": "BadRequestException",
    "THROTTLED": "TooManyRequestsException",
    "QUOTA_EXCEEDED": "LimitExceededException",
}
_DENIED = "ACCESS_DENIED"  # of authorizers: its member is written with a capital


class Fault(Exception):
    """A request that ends with an answer of API Gateway's own."""

    def __init__(self, kind: str, message: str | None, status: int = 0) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message
        self.status = status or TYPES[kind]


def internal(status: int = 500) -> Fault:
    """Return the fault of an integration that could not be asked, or failed."""
    kind = "INTEGRATION_FAILURE" if status == 500 else "API_CONFIGURATION_ERROR"
    return Fault(kind, "Internal server error", status)


def answer(
    fault: Fault, said: dict[str, Any], context: dict[str, Any], kind: str = ""
) -> Response:
    """Return the answer to a request that ends so, as the API's author wants it.

    `said` are the gateway responses of the API, `context` the variables of the request,
    `kind` the content type that it accepts.
    """
    general = "DEFAULT_5XX" if fault.status >= 500 else "DEFAULT_4XX"
    wished = said.get(fault.kind) or said.get(general) or {}
    error = {
        "message": fault.message or "",
        "messageString": json.dumps(fault.message),
        "responseType": fault.kind,
    }
    variables = templates.Variables({**context, "error": error}, {}, {}, "")
    text, media = _written(
        fault, wished.get("responseTemplates") or {}, variables, kind
    )
    status = int(wished.get("statusCode") or fault.status)
    response = Response(text, status, content_type=media)
    named = _NAMED.get(fault.kind, "InternalServerErrorException")
    response.headers["x-amzn-ErrorType"] = named
    for name, value in (wished.get("responseParameters") or {}).items():
        header = name.removeprefix("gatewayresponse.header.")
        if (found := templates.value(value, variables)) is not None:
            response.headers[header] = found
    return response


def _written(
    fault: Fault, written: dict[str, str], variables: templates.Variables, kind: str
) -> tuple[str, str]:
    """Return the text of an answer, and its content type."""
    media = kind if kind in written else next(iter(written), "application/json")
    if media in written:
        return templates.rendered(written[media], variables), media
    member = "Message" if fault.kind == _DENIED else "message"
    return json.dumps({member: fault.message}), media
