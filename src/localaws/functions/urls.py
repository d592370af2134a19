"""Functions at an address of their own: /_functions/REGION/NAME/, for browsers too."""

from __future__ import annotations

import base64
import json
import time
import uuid
from typing import Any

from moto.awslambda.models import FunctionUrlConfig
from werkzeug.wrappers import Request, Response

from localaws.api import validation
from localaws.api.errors import ServiceError
from localaws.api.registry import Call, Context, page
from localaws.bounds import TooLong
from localaws.discovery import COOKIE, HEADER
from localaws.functions.instance import Outcome
from localaws.functions.invocation import Called, Functions, event_of
from localaws.iam.invokers import is_public
from localaws.neighbours.guards import guard, refused

MOST = 6 * 1024 * 1024  # bytes of a request
TROUBLE = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
_HELD = ("connection", "keep-alive", "transfer-encoding", "content-length", "upgrade")
_told = FunctionUrlConfig.to_dict


@guard("lambda", "CreateFunctionUrlConfig", "UpdateFunctionUrlConfig")
def check_url(call: Call) -> None:
    """Refuse an address that would not be as it is wished.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
    """
    given = call.input
    if given.get("AuthType", "NONE") != "NONE":
        raise refused(
            "localaws serves function URLs to everyone: AuthType has to be NONE. Who "
            "signs requests calls Invoke."
        )
    if given.get("InvokeMode", "BUFFERED") != "BUFFERED":
        raise refused("localaws does not stream: InvokeMode has to be BUFFERED.")
    if given.get("Qualifier"):
        raise refused("localaws has one URL for each function: leave Qualifier out.")


def setup(context: Context) -> None:
    """Let moto's records say the address at which a function answers here."""

    def told(self: Any) -> dict[str, Any]:
        function = self.function
        address = f"{context.url}/_functions/{function.region}/{function.function_name}"
        return {**_told(self), "FunctionUrl": f"{address}/", "InvokeMode": "BUFFERED"}

    record: Any = FunctionUrlConfig
    record.to_dict = told


_PLACE = r"/_functions/(?P<place>[a-z0-9-]+)/(?P<name>[\w-]{1,64})"


@page(rf"{_PLACE}(?P<path>(/[^\0]*)?)", locked=False)
def serve(
    context: Context, request: Request, region: str, place: str, name: str, path: str
) -> Response:
    """Call a function with a request; its answer is the response."""
    functions = context.part(Functions)
    try:
        called = functions.find(name, None, place)
    except ServiceError:
        return _said(404, "Not Found")
    config = called.latest.url_config
    if config is None:
        return _said(404, "Not Found")
    cors = Cors(config.config.get("Cors") or {}, request.headers.get("Origin", ""))
    if cors.rules and request.method == "OPTIONS":
        return cors.mark(Response(status=200), request.headers)
    if not is_public(called.latest):
        why = f"Forbidden. For troubleshooting Function URL authorization: {TROUBLE}"
        return _said(403, why)
    return cors.mark(_answered(functions, called, request, path or "/"), None)


def _answered(
    functions: Functions, called: Called, request: Request, path: str
) -> Response:
    try:
        body = validation.read(request.environ, MOST)
        event = _event(functions.context, called, request, path, body)
        text = json.dumps(event).encode()
        outcome = functions.call(called, event_of(text, called.arn))
    except TooLong:
        return _said(413, "Request Entity Too Large")
    except ServiceError as error:
        return _said(429 if error.status == 429 else 502, error.message)
    return _said(502, "Internal Server Error") if outcome.failed else made(outcome)


def _event(
    context: Context, called: Called, request: Request, path: str, body: bytes
) -> dict[str, Any]:
    """Return a request as the function is told it, in the payload's format 2.0.

    Of the key to the console, which a browser sends along, it is told nothing.
    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
    """
    hidden = ("cookie", HEADER.lower())
    given = {name.lower(): value for name, value in request.headers.items()}
    headers = {name: value for name, value in given.items() if name not in hidden}
    cookies = [f"{k}={v}" for k, v in request.cookies.items() if k != COOKIE]
    query = {name: ",".join(request.args.getlist(name)) for name in request.args}
    text, encoded = _text(body)
    host = request.headers.get("Host", "")
    now = time.time()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.query_string.decode("latin-1"),
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": called.function.function_name,
            "domainName": host,
            "domainPrefix": called.function.function_name,
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.remote_addr or "127.0.0.1",
                "userAgent": request.headers.get("User-Agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": "$default",
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": encoded,
    }
    event |= {"body": text} if body else {}
    event |= {"cookies": cookies} if cookies else {}
    return event | ({"queryStringParameters": query} if query else {})


def _text(body: bytes) -> tuple[str, bool]:
    """Return a body as text, and whether that is base64."""
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def made(outcome: Outcome) -> Response:
    """Return what a function's answer means; a malformed one is a 502.

    An answer without a status is the body itself, as JSON.
    """
    answer = outcome.value
    if not isinstance(answer, dict) or "statusCode" not in answer:
        whole = answer.encode() if isinstance(answer, str) else outcome.body
        return Response(whole, 200, content_type="application/json")
    try:
        status = int(answer["statusCode"])
        body = answer.get("body") or ""
        body = body if isinstance(body, str) else json.dumps(body)
        encoded = answer.get("isBase64Encoded", False)
        data = base64.b64decode(body, validate=True) if encoded else body.encode()
        headers = {k.lower(): str(v) for k, v in (answer.get("headers") or {}).items()}
        kept = {name: v for name, v in headers.items() if name not in _HELD}
        response = Response(data, status, {"content-type": "application/json", **kept})
        for cookie in answer.get("cookies") or ():
            response.headers.add("set-cookie", str(cookie))
    except (ValueError, TypeError, AttributeError):
        return _said(502, "Internal Server Error")
    return response if 100 < status < 600 else _said(502, "Internal Server Error")


class Cors:
    """What pages of other origins may do, as the author of a function has said."""

    def __init__(self, rules: dict[str, Any], origin: str) -> None:
        allowed = rules.get("AllowOrigins") or []
        self.rules = rules
        self.origin = origin if origin in allowed or ("*" in allowed and origin) else ""

    def mark(self, response: Response, asked: Any) -> Response:
        """Add to a response what a browser wants to know; `asked` of a preflight."""
        if not self.origin:
            return response
        headers = response.headers
        headers["Access-Control-Allow-Origin"] = self.origin
        headers["Vary"] = "Origin"
        if self.rules.get("AllowCredentials"):
            headers["Access-Control-Allow-Credentials"] = "true"
        self._list(headers, "Expose-Headers", "ExposeHeaders")
        if asked is not None:
            self._list(headers, "Allow-Methods", "AllowMethods")
            self._list(headers, "Allow-Headers", "AllowHeaders")
            if age := self.rules.get("MaxAge"):
                headers["Access-Control-Max-Age"] = str(age)
        return response

    def _list(self, headers: Any, name: str, member: str) -> None:
        if values := self.rules.get(member):
            headers[f"Access-Control-{name}"] = ",".join(values)


def _said(status: int, words: str) -> Response:
    return Response(
        json.dumps({"Message": words}), status, content_type="application/json"
    )
