"""The guards: functions that see a request of another service before moto does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from werkzeug.wrappers import Response

from localaws.api import protocol
from localaws.api.errors import ServiceError
from localaws.api.protocol import Environ
from localaws.api.registry import Call, Context

Guard = Callable[[Call], "dict[str, Any] | None"]
Function = TypeVar("Function", bound=Guard)

MAX_BODY = 8 * 1024 * 1024  # bytes of a request that a guard looks at
# Requests to S3 that are looked at: of S3 Control, whose paths no bucket can have, for
# a new bucket, and about whom a bucket tells and lets in. The rest goes by at no cost.
_OF_S3 = re.compile(
    r"\w+ /v20180820/.*|PUT (/[^/]*/?\?(x-id=\w+)?|.*\?(.*&)?(notification|policy)\b.*)"
)

GUARDS: dict[tuple[str, str], Guard] = {}  # by service, as botocore names it


def guard(service: str, *operations: str) -> Callable[[Function], Function]:
    """Register a function that sees requests for these operations before moto.

    It takes a `Call`, and returns None to leave the request to moto, or the members of
    the operation's output; it raises `errors.ServiceError`.
    """

    def register(function: Function) -> Function:
        for key in [(service, operation) for operation in operations]:
            if GUARDS.setdefault(key, function) is not function:
                raise ValueError(f"{key} is seen by {GUARDS[key].__qualname__} already")
        return function

    return register


def answer(
    context: Context, environ: Environ, signed: str, region: str
) -> Response | None:
    """Return the answer of the guard of what a request asks; None if moto shall."""
    address = f"{environ.get('PATH_INFO', '')}?{environ.get('QUERY_STRING', '')}"
    address = f"{environ.get('REQUEST_METHOD', '')} {address}"
    if signed == "s3" and not _OF_S3.fullmatch(address):
        return None
    for service in protocol.named(signed):
        if not any(guarded == service for guarded, _ in GUARDS):
            continue
        asked = protocol.asked(environ, service, MAX_BODY)
        found = asked and GUARDS.get((service, asked.operation))
        if asked and found:
            members = asked.parsed(protocol.read(environ, MAX_BODY))
            call = Call(asked.operation, members, region, context, asked.request)
            result = _asked(found, call, environ, service)
            if result is not None:
                number = protocol.request_id(environ)
                return protocol.answer(asked, result, number)
    return None


def _asked(
    guard: Guard, call: Call, environ: Environ, service: str
) -> dict[str, Any] | None:
    """Return what a guard answers; what it stumbles over is told as the request's."""
    try:
        return guard(call)
    except ServiceError:
        raise
    except Exception as error:
        body = protocol.read(environ, MAX_BODY)
        raise protocol.fault(environ, body, service) or error from error


def refused(message: str) -> ServiceError:
    """Return the error for what would only be pretended here."""
    return ServiceError("NotImplementedException", message)
