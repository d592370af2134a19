"""The one WSGI application: SageMaker is ours, everything else is moto's."""

from __future__ import annotations

import importlib
import importlib.util
import io
import json
import logging
import re
import time
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.wrappers import Request, Response

from localaws import validation
from localaws.access import Refused, check_call, check_request, refused
from localaws.errors import ServiceError, invalid, json_error, query_error
from localaws.operations import OPERATIONS, ROUTES, Call, Context
from localaws.ranges import cut_out

MODULES = (
    "connection",
    "training",
    "hosting",
    "tags",
    "iam",
    "console",
)  # each registers its own
MAX_BODY = 4 * 1024 * 1024  # of a control request

# A web page that points its own name at 127.0.0.1 must not reach the server.
_HOSTS = re.compile(r"(.*\.)?(127\.0\.0\.1|localhost|amazonaws\.com)(:\d+)?")
# Nor may a page from elsewhere post to it; no client of AWS sends this header.
_ORIGINS = re.compile(r"https?://(127\.0\.0\.1|localhost)(:\d+)?")

# A page that someone has stored in S3 shares its address with the console. A browser
# that opens it gives it no origin then: it reads nothing here, and _ORIGINS refuses
# what it posts. https://www.w3.org/TR/CSP3/#directive-sandbox
ISOLATED = {"Content-Security-Policy": "sandbox allow-scripts"}

_LOG_READERS = tuple(f"Logs_20140328.{verb}" for verb in ("Describe", "Filter", "Get"))

logger = logging.getLogger("localaws")


class Application:
    """Routes a request to SageMaker's operations, to a route, or to moto."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.moto: Any = DomainDispatcherApplication(backend_app)
        load_modules(context)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        try:
            response = self._respond(environ) or self._moto(environ)
        except ServiceError as error:
            response = json_error(error)
        except Refused as error:
            response = refused(environ, scope(environ)[0], error)
        except ConnectionError:  # the client went away in the middle of its body
            raise
        except Exception:
            logger.exception("request failed: %s", environ.get("PATH_INFO"))
            text = "localaws failed on this request: see the server's log."
            response = json_error(ServiceError("InternalFailure", text, 500))
        return response(environ, start_response)

    def _respond(self, environ: dict[str, Any]) -> Response | None:
        """Return our response; None leaves the request to moto."""
        if not _HOSTS.fullmatch(environ.get("HTTP_HOST", "127.0.0.1")):
            raise ServiceError("AccessDeniedException", "Not a local address.", 403)
        if not _ORIGINS.fullmatch(environ.get("HTTP_ORIGIN", "http://127.0.0.1")):
            raise ServiceError("AccessDeniedException", "Not a local page.", 403)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if target.startswith("SageMaker."):
            return self._operate(Request(environ))
        if target.startswith(_LOG_READERS):
            self.context.log_read = time.monotonic()
        service, region = scope(environ)
        if service not in ("sagemaker", "iam", ""):
            return None
        path = environ.get("PATH_INFO", "")
        if service == "iam":
            path = f"/iam/{_action(environ)}"
        for pattern, function in ROUTES:
            if match := pattern.fullmatch(path):
                if service or path.startswith("/endpoints/"):  # a page is for everyone
                    check_request(self.context, environ, service or "sagemaker", region)
                request = Request(environ)
                return function(self.context, request, region, **match.groupdict())
        return None

    def _moto(self, environ: dict[str, Any]) -> Any:
        """Return a WSGI callable of moto's answer, or of an error that says why not."""
        service, region = scope(environ)
        check_request(self.context, environ, service, region)
        try:
            with cut_out(environ):
                response = Response.from_app(self.moto, environ)
        except NotImplementedError as error:
            text = f"localaws (through moto) does not emulate this: {error}"
        except Exception as error:
            logger.exception("moto failed: %s", environ.get("PATH_INFO"))
            text = f"moto failed on this request: {type(error).__name__}: {error}"
        else:
            if self.context.keeper and response.status_code < 400:
                self.context.keeper.keep(service or "s3", region, environ)
            response.headers.extend(ISOLATED)
            return response
        if "x-amz-json" in environ.get("CONTENT_TYPE", ""):
            return json_error(ServiceError("NotImplementedException", text))
        return query_error("NotImplemented", text)

    def _operate(self, request: Request) -> Response:
        name = request.headers["X-Amz-Target"].partition(".")[2]
        model = validation.service_model("sagemaker")
        if name not in model.operation_names:
            raise ServiceError(
                "UnknownOperationException", f'SageMaker has no operation "{name}".'
            )
        if name not in OPERATIONS:
            raise ServiceError(
                "UnknownOperationException",
                f'localaws does not emulate SageMaker\'s operation "{name}" yet.',
            )
        body = read_json(request)
        validation.check(model.operation_model(name), body)
        members = {key: value for key, value in body.items() if value is not None}
        _, region = scope(request.environ)
        call = Call(name, members, region, self.context)
        check_call(call, request.environ)
        answer = OPERATIONS[name](call)
        return Response(json.dumps(answer), content_type="application/x-amz-json-1.1")


def backend_app(service: str) -> Any:
    """Return moto's application of a service, without the debugging of Flask.

    In that mode each request gets a class of its own, which refers to the request: its
    body, megabytes, stays until garbage is collected.
    """
    app = create_backend_app(service)
    app.debug = False
    app.config["PROPAGATE_EXCEPTIONS"] = True  # to where they become an answer
    return app


def load_modules(context: Context) -> None:
    """Let each module that registers operations set itself up."""
    for module in modules():
        if hasattr(module, "setup"):
            module.setup(context)


def modules() -> list[ModuleType]:
    """Import and return the modules that register operations and routes."""
    return [
        importlib.import_module(f"localaws.{name}")
        for name in MODULES
        if importlib.util.find_spec(f"localaws.{name}")
    ]


def read_json(request: Request) -> Any:
    """Return the body of a control request, or raise what AWS answers to bad JSON."""
    if (request.content_length or 0) > MAX_BODY:
        raise ServiceError("RequestEntityTooLarge", "The request is too large.", 413)
    try:
        return json.loads(request.get_data() or b"{}", parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ServiceError(
            "SerializationException", "The request's body is not valid JSON."
        ) from None


def scope(environ: dict[str, Any]) -> tuple[str, str]:
    """Return the service and the region that a request was signed for.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
    """
    text = environ.get("HTTP_AUTHORIZATION") or unquote(environ.get("QUERY_STRING", ""))
    match = re.search(r"Credential=[^/]*/\d+/([\w-]+)/([\w-]+)/aws4_request", text)
    return (match[2], match[1]) if match else ("", "us-east-1")


def _action(environ: dict[str, Any]) -> str:
    """Return the Action of a query request, leaving its body for moto to read."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    if size > MAX_BODY:
        raise invalid("The request is too large.")
    body = environ["wsgi.input"].read(size)
    environ["wsgi.input"] = io.BytesIO(body)
    match = re.search(rb"(?:^|&)Action=(\w+)", body)
    return match[1].decode() if match else ""


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
