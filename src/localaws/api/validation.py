"""What a request may be: its body within a limit, its members as botocore says."""

from __future__ import annotations

import functools
import io
import json
import math
import re
from collections.abc import Callable
from typing import Any

from botocore.model import OperationModel, Shape
from moto.core.model import ServiceModel
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from localaws.api.errors import ServiceError, invalid
from localaws.bounds import PART, Limited, TooLong, whole

Environ = dict[str, Any]
MAX_OTHER = 96 * 1024 * 1024  # of one to moto: a function's code of 50 MB in base64
# What S3 takes at once, 5 GB, and what the signatures of its parts add to it.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
MAX_OBJECT = 5 * 1024**3 + 64 * 1024**2
LIMIT = "localaws.limit"  # of a request: how many bytes its body may have
# Of a letter that UTF-16 writes as two: alone it is none, and nobody could send it on.
_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
_ODD_NUMBER = re.compile(rb"NaN|Infinity|\d[eE]\+?\d{3}")


def service_model(service: str) -> ServiceModel:
    """Return botocore's model of a service, loaded once and shared with moto."""
    return get_service_model(service)


@functools.cache
def takes_forms(service: str) -> bool:
    """Return whether a service has forms, of the query protocol or of EC2's."""
    return not {"query", "ec2"}.isdisjoint(_protocols(service))


@functools.cache
def has_choice(service: str) -> bool:
    """Return whether the content type says which protocol a request has."""
    return takes_forms(service) or len(_protocols(service)) > 1


@functools.cache
def found_by_path(service: str) -> bool:
    """Return whether method and path alone say which operation is asked for."""
    model = service_model(service)
    operations = [model.operation_model(name) for name in model.operation_names]
    places = {(each.http["method"], each.http["requestUri"]) for each in operations}
    hosts = any(each.endpoint for each in operations)
    queries = any("?" in path for _, path in places)
    alone = len(places) == len(operations) and not hosts and not queries
    return _protocols(service) == ["rest-json"] and alone


def _protocols(service: str) -> list[str]:
    model = service_model(service)
    return list(model.metadata.get("protocols", [model.protocol]))


def check(operation: OperationModel, value: Any) -> None:
    """Raise `ValidationException` naming every member of `value` that is wrong.

    Wording: https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
    and what the service answers: "1 validation error detected: Value '...' at
    'trainingJobName' failed to satisfy constraint: Member must ...".
    """
    if not isinstance(value, dict):
        raise invalid("The request's body must be a JSON object.")
    problems: list[str] = []
    if operation.input_shape is not None:
        _structure(operation.input_shape, value, "", problems)
    if problems:
        plural = "" if len(problems) == 1 else "s"
        text = "; ".join(problems[:10])
        raise invalid(f"{len(problems)} validation error{plural} detected: {text}")


def _problem(value: Any, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{str(value)[:200]}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"


def _value(shape: Shape, value: Any, path: str, problems: list[str]) -> None:
    if not isinstance(value, _PYTHON[shape.type_name]) or (
        isinstance(value, bool) and shape.type_name != "boolean"
    ):
        constraint = f"Member must be of type {shape.type_name}"
        problems.append(_problem(value, path, constraint))
        return
    _CHECKS.get(shape.type_name, _nothing)(shape, value, path, problems)
    _limits(shape, value, path, problems)


def _structure(shape: Shape, value: dict, path: str, problems: list[str]) -> None:
    for name in shape.required_members:
        if value.get(name) is None:
            problems.append(
                _problem(None, _join(path, name), "Member must not be null")
            )
    for name, member in value.items():
        if name not in shape.members:
            known = f"'{_join(path, name)}' is not a member of {shape.name}"
            problems.append(f"Unknown member {known}")
        elif member is not None:
            _value(shape.members[name], member, _join(path, name), problems)


def _list(shape: Shape, value: list, path: str, problems: list[str]) -> None:
    for number, member in enumerate(value, 1):
        _value(shape.member, member, f"{path}.{number}.member", problems)


def _map(shape: Shape, value: dict, path: str, problems: list[str]) -> None:
    for key, member in value.items():
        _value(shape.key, key, f"{path}.key", problems)
        _value(shape.value, member, f"{path}.{key}.member", problems)


def _string(shape: Shape, value: str, path: str, problems: list[str]) -> None:
    pattern = shape.metadata.get("pattern")
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        constraint = f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        problems.append(_problem(value, path, constraint))
    elif pattern and len(value) <= 2048 and not _fits(pattern, value):
        constraint = f"Member must satisfy regular expression pattern: {pattern}"
        problems.append(_problem(value, path, constraint))


def _nothing(shape: Shape, value: Any, path: str, problems: list[str]) -> None:
    pass


def _limits(shape: Shape, value: Any, path: str, problems: list[str]) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    sized = isinstance(value, str | list | dict)
    size = len(value) if sized else value
    noun = "have length" if sized else "have value"
    if low is not None and size < low:
        constraint = f"Member must {noun} greater than or equal to {low}"
        problems.append(_problem(value, path, constraint))
    if high is not None and size > high:
        constraint = f"Member must {noun} less than or equal to {high}"
        problems.append(_problem(value, path, constraint))


def _fits(pattern: str, value: str) -> bool:
    try:
        return _compiled(pattern).fullmatch(value) is not None
    except re.error:  # a Java pattern that Python does not know
        return True


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    if pattern == r"\p{Print}+":  # it stands in no class of characters
        pattern = f"[{pattern[:-1]}]+"
    for java, python in _CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern)


def _join(path: str, name: str) -> str:
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name


_CLASSES = {  # of Java's patterns, that Python writes otherwise
    r"\p{L}": r"^\W\d_",
    r"\p{Z}": r"\s",
    r"\p{ASCII}": r"[\x00-\x7f]",
    r"\p{Print}": r"\x20-\x7e",
    r"\z": r"\Z",
}
_PYTHON: dict[str, Any] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "blob": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
}
_CHECKS: dict[str, Callable[..., None]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
}


def read(environ: Environ, limit: int) -> bytes:
    """Return the body of a request, and leave it to be read again.

    Raises ServiceError for a body of more than `limit` bytes. werkzeug's own request
    takes whatever is wrong with a body for a client that has gone.
    """
    length = environ.get("CONTENT_LENGTH") or "0"
    try:
        if length.isdecimal() and int(length) > limit:
            raise TooLong(limit)
        body = whole(source(environ), limit)
    except TooLong as error:
        raise too_large(error.limit) from None
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def source(environ: Environ) -> Any:
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
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdigit() and int(length) > limit:
        raise too_large(limit)
    if not length.isdigit():  # it comes in chunks
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

    Raises ServiceError for JSON with numbers or letters that there are not: moto takes
    them.
    """
    if environ[LIMIT] > MAX_OTHER:
        return None
    body = read(environ, MAX_OTHER)
    if "HTTP_X_AMZ_TARGET" in environ and (
        _ODD_NUMBER.search(body) or _HALF.search(body)
    ):
        decoded(body)
    return body


def decoded(body: bytes) -> Any:
    """Return the value of a JSON body, or raise what AWS answers to a bad one."""
    try:
        found = json.loads(
            body or b"{}", parse_constant=_no_constant, parse_float=_finite
        )
        if _HALF.search(body):
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except (ValueError, RecursionError):
        raise ServiceError(
            "SerializationException", "The request's body is not valid JSON."
        ) from None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_constant(text)
