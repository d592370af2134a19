"""What a request to an endpoint brings, and what is refused before any model is asked.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

from __future__ import annotations

from werkzeug.wrappers import Request

from localaws.api.errors import ServiceError
from localaws.api.members import Unfollowed
from localaws.api.registry import Call
from localaws.bounds import TooLong, whole
from localaws.endpoints.members import INVOKE

MAX_BODY = 25 * 1024 * 1024  # bytes
PREFIX = "x-amzn-sagemaker-"  # headers that go to the container, and come back
KEY = "HTTP_X_AMZN_SAGEMAKER_"  # what they are called in the environment of WSGI


def invalid(message: str) -> ServiceError:
    """Return the runtime's error for a bad request."""
    return ServiceError("ValidationError", message)


def accepted(call: Call) -> str:
    """Return the endpoint's name; `ValidationError` for what none here supports."""
    name = call.input["EndpointName"]
    for member in call.input:
        verdict = INVOKE.get(member, Unfollowed(f"does not know {member}"))
        if isinstance(verdict, Unfollowed):
            raise invalid(f"Endpoint {name} {verdict.words}.")
    return name


def read_body(request: Request, limit: int = MAX_BODY) -> bytes:
    """Return the body of a request; one that is too large is not even read."""
    if (request.content_length or 0) > limit:
        raise too_large(limit)
    try:
        return whole(request.stream, limit)
    except TooLong:
        raise too_large(limit) from None


def too_large(limit: int) -> ServiceError:
    """Return the error for a body of more than `limit` bytes."""
    return ServiceError("413", f"HTTP content length exceeded {limit} bytes.", 413)


def headers_of(request: Request) -> dict[str, str]:
    """Return the headers of a request that its container gets to see."""
    return {
        key.removeprefix("HTTP_").replace("_", "-").title(): _latin(value)
        for key, value in request.environ.items()
        if key in ("CONTENT_TYPE", "HTTP_ACCEPT") or key.startswith(KEY)
    }


def _latin(value: str) -> str:
    return value.encode("latin-1", "replace").decode("latin-1")
