"""What pages of other origins may do with an HTTP API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from __future__ import annotations

from werkzeug.wrappers import Response

from localaws.gateway.documents import Document
from localaws.gateway.inbound import Inbound

_BEGINNING = "access-control-"


def preflight(rules: Document | None, inbound: Inbound) -> Response | None:
    """Return the answer to a browser that asks before it asks, or None."""
    asked = inbound.header("access-control-request-method")
    origin = inbound.header("origin")
    if not rules or inbound.method != "OPTIONS" or not (asked and origin):
        return None
    response = Response(status=204)
    if allowed := _allowed(rules, origin):
        _say(response, rules, allowed)
        headers = response.headers
        for name in ("Methods", "Headers"):
            if values := rules.get(f"Allow{name}"):
                headers[f"Access-Control-Allow-{name}"] = ",".join(values)
        if rules.get("MaxAge") is not None:
            headers["Access-Control-Max-Age"] = str(rules["MaxAge"])
    return response


def mark(response: Response, rules: Document, inbound: Inbound) -> None:
    """Say in an answer who may read it; what the function says of that is left out."""
    for name in [name for name, _ in response.headers]:
        if name.lower().startswith(_BEGINNING):
            response.headers.remove(name)
    if allowed := _allowed(rules, inbound.header("origin")):
        _say(response, rules, allowed)


def _say(response: Response, rules: Document, allowed: str) -> None:
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = allowed
    if allowed != "*":
        headers.add("Vary", "Origin")
    if rules.get("AllowCredentials"):
        headers["Access-Control-Allow-Credentials"] = "true"
    if values := rules.get("ExposeHeaders"):
        headers["Access-Control-Expose-Headers"] = ",".join(values)


def _allowed(rules: Document, origin: str | None) -> str:
    """Return the origin that may read an answer: `*`, that of a page, or none."""
    known = rules.get("AllowOrigins") or ()
    if not origin:
        return ""
    if "*" in known:
        return "*"
    open_ended = [each[:-1] for each in known if each.endswith("*")]
    fits = origin in known or any(origin.startswith(each) for each in open_ended)
    return origin if fits else ""
