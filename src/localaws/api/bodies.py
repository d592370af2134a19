"""The bodies of requests: how many bytes they may have, and JSON that is none."""

from __future__ import annotations

import io
import json
import math
import re
from typing import Any

from werkzeug.exceptions import HTTPException

from localaws.api.errors import ServiceError
from localaws.bounds import PART, Limited, TooLong, whole

Environ = dict[str, Any]
MAX_OTHER = 96 * 1024 * 1024  # of one to moto: a function's code of 50 MB in base64
# What S3 takes at once, 5 GB, and what the signatures of its parts add to it.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
MAX_OBJECT = 5 * 1024**3 + 64 * 1024**2
LIMIT = "localaws.limit"  # of a request: how many bytes its body may have
_ODD_NUMBER = re.compile(rb"NaN|Infinity|\d[eE]\+?\d{3}")


def read(environ: Environ, limit: int) -> bytes:
    """Return the body of a request, and leave it to be read again.

    Raises ServiceError for a body of more than `limit` bytes. werkzeug's own request
    takes whatever is wrong with a body for a client that has gone.
    """
    length = environ.get("CONTENT_LENGTH") or "0"
    try:
        if length.isdecimal() and int(length) > limit:
            raise TooLong(limit)
        body = whole(_input(environ), limit)
    except TooLong as error:
        raise too_large(error.limit) from None
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _input(environ: Environ) -> Any:
    """Return what has the body, and no more: not all servers let their stream end."""
    stream, length = environ["wsgi.input"], environ.get("CONTENT_LENGTH") or "0"
    ends = environ.get("wsgi.input_terminated") or isinstance(stream, io.BytesIO)
    return stream if ends else io.BytesIO(stream.read(int(length)))


def bound(environ: Environ, signed: str) -> None:
    """Let the body of a request be read only as far as one of its kind may go."""
    kind = environ.get("CONTENT_TYPE", "")
    puts = environ["REQUEST_METHOD"] == "PUT" or kind.startswith("multipart/form-data")
    named = "HTTP_X_AMZ_TARGET" in environ or signed not in ("", "s3")
    environ[LIMIT] = limit = MAX_OBJECT if puts and not named else MAX_OTHER
    length = environ.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > limit:
        raise too_large(limit)
    body = Limited(environ["wsgi.input"], limit)
    environ["wsgi.input"] = io.BufferedReader(body, PART)


def unreadable(error: ValueError | HTTPException) -> ServiceError:
    """Return the error for a body that is too long, in bad chunks, or a bad form."""
    if isinstance(error, TooLong):
        return too_large(error.limit)
    if isinstance(error, HTTPException):
        status = error.code if error.code and error.code < 500 else 400
        return ServiceError("BadRequest", error.description or str(error), status)
    return ServiceError("BadRequest", f"The body cannot be read: {error}.")


def too_large(limit: int) -> ServiceError:
    """Return the error for a body of more than `limit` bytes."""
    text = f"The request is too large: its body has more than {limit:,} bytes."
    return ServiceError("RequestEntityTooLarge", text, 413)


def kept(environ: Environ) -> bytes | None:
    """Return the body of a request to moto; None for that of an object, a stream.

    Raises ServiceError for JSON with numbers that JSON does not have: moto takes them.
    """
    if environ[LIMIT] > MAX_OTHER:
        return None
    body = read(environ, MAX_OTHER)
    if "HTTP_X_AMZ_TARGET" in environ and _ODD_NUMBER.search(body):
        decoded(body)
    return body


def decoded(body: bytes) -> Any:
    """Return the value of a JSON body, or raise what AWS answers to a bad one."""
    try:
        return json.loads(
            body or b"{}", parse_constant=_no_constant, parse_float=_finite
        )
    except (ValueError, RecursionError):
        raise ServiceError(
            "SerializationException", "The request's body is not valid JSON."
        ) from None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_constant(text)
