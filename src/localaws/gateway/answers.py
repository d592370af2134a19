"""What the answer of a function means as a response."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any

from werkzeug.wrappers import Response

from localaws.functions.instance import Outcome

JSON = "application/json"
_MEMBERS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
_REMAPPED = ("connection", "content-length", "date", "server")
_DROPPED = ("transfer-encoding", "keep-alive", "upgrade", "trailer")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\r\n\0]*")


class Malformed(ValueError):
    """An answer that means no response; the words say why."""


def strict(outcome: Outcome) -> Any:
    """Return the answer to a REST API, or one of format 1.0; raises Malformed.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
    """
    answer = outcome.value
    if not isinstance(answer, dict) or not set(answer) <= _MEMBERS:
        raise Malformed("Malformed Lambda proxy response")
    return answer


def response(answer: dict[str, Any], binary: bool, default: str = JSON) -> Response:
    """Return the response that an answer means; raises Malformed.

    `binary` says whether base64 is decoded, as the client and the API want it.
    """
    status = _status(answer.get("statusCode", 200))
    body = answer.get("body")
    if body is not None and not isinstance(body, str):
        raise Malformed("the body is no text")
    data = (body or "").encode("utf-8", "replace")
    if answer.get("isBase64Encoded") is True and binary:
        try:
            data = base64.b64decode(data, validate=True)
        except ValueError:
            raise Malformed("the body is no base64") from None
    made = Response(data, status)
    del made.headers["Content-Type"]
    _add(made, _pairs(answer.get("headers")))
    _add(made, _several(answer.get("multiValueHeaders")))
    for cookie in answer.get("cookies") or ():
        _add(made, [("set-cookie", cookie)])
    if "Content-Type" not in made.headers:
        made.headers["Content-Type"] = default
    return made


def inferred(outcome: Outcome) -> dict[str, Any]:
    """Return the answer of format 2.0: one without a status is the body itself.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response
    """
    answer = outcome.value
    if isinstance(answer, dict) and "statusCode" in answer:
        body = answer.get("body")
        if body is not None and not isinstance(body, str):
            answer = {**answer, "body": json.dumps(body, separators=(",", ":"))}
        return answer
    text = (
        answer if isinstance(answer, str) else outcome.body.decode("utf-8", "replace")
    )
    return {"statusCode": 200, "body": text}


def _status(given: Any) -> int:
    try:
        status = int(given)
    except (TypeError, ValueError):
        raise Malformed("the status is no number") from None
    if isinstance(given, bool) or not 200 <= status <= 599:  # a 1xx ends no request
        raise Malformed("the status is none of an answer")
    return status


def _pairs(headers: Any) -> Iterable[tuple[str, Any]]:
    if headers is not None and not isinstance(headers, dict):
        raise Malformed("the headers are no object")
    return (headers or {}).items()


def _several(headers: Any) -> list[tuple[str, Any]]:
    found = []
    for name, values in _pairs(headers):
        for each in values if isinstance(values, list) else [values]:
            found.append((name, each))
    return found


def _add(made: Response, pairs: Iterable[tuple[str, Any]]) -> None:
    """Add headers; one that is there already, with this value, is not added again."""
    for name, value in pairs:
        if value is None:
            continue
        text = str(value).lower() if isinstance(value, bool) else value
        text = str(text) if isinstance(text, int | float) else text
        fits = isinstance(text, str) and _VALUE.fullmatch(text)
        if not _TOKEN.fullmatch(name) or not fits or not _sent(text):
            raise Malformed(f'the header "{name}" is none')
        lower = name.lower()
        if lower in _DROPPED or text in made.headers.getlist(name):
            continue
        own = f"x-amzn-Remapped-{name}" if lower in _REMAPPED else name
        if lower == "content-type":
            made.headers.set(own, text)
        else:
            made.headers.add(own, text)


def _sent(text: str) -> bool:
    """Return whether a header can be sent: HTTP knows one byte for each character."""
    return all(ord(letter) < 256 for letter in text)
