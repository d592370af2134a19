"""The one WSGI application: SageMaker is ours, everything else is moto's."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.wrappers import Request, Response

from localaws import connection, tags
from localaws.api import protocol
from localaws.api.errors import ServiceError, as_json, as_query
from localaws.api.protocol import Asked, Environ, scope
from localaws.api.registry import OPERATIONS, PAGES, Call, Context
from localaws.console import routes as console
from localaws.endpoints import asynchronous, configs, runtime, streaming
from localaws.endpoints import operations as endpoints
from localaws.iam import gate, simulation
from localaws.jobs import run as jobs
from localaws.models import operations as models
from localaws.persistence.keeper import Keeper
from localaws.persistence.ranges import cut_out
from localaws.training import operations as training

# What registers operations and pages, and is set up in this order when the server
# starts. Nothing else registers any.
SERVICES: tuple[ModuleType, ...] = (
    *(connection, console, tags, simulation),
    *(jobs, training, models),
    *(configs, endpoints, runtime, streaming, asynchronous),
)
OURS = ("sagemaker", "sagemaker-runtime")  # of these nothing is left to moto

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
    """Answers a request with a page, with an operation of the registry, or with moto.

    `_answer` is the way of every request, from top to bottom.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.moto: Any = DomainDispatcherApplication(backend_app)
        for service in SERVICES:
            if hasattr(service, "setup"):
                service.setup(context)
        self.services = list(dict.fromkeys(service for service, _ in OPERATIONS))

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        try:
            response = self._answer(environ)
        except ServiceError as error:
            response = protocol.failure(environ, error)
        except ConnectionError:  # the client went away in the middle of its body
            raise
        except Exception:
            logger.exception("request failed: %s", environ.get("PATH_INFO"))
            text = "localaws failed on this request: see the server's log."
            response = as_json(ServiceError("InternalFailure", text, 500))
        return response(environ, start_response)

    def _answer(self, environ: Environ) -> Response:
        keep_strangers_out(environ)
        self._note_readers_of_logs(environ)
        return (
            self._show_page(environ)
            or self._operate(environ)
            or self._ask_moto(environ)
        )

    def _note_readers_of_logs(self, environ: Environ) -> None:
        """Note that somebody follows a log, who does not want to wait elsewhere."""
        if environ.get("HTTP_X_AMZ_TARGET", "").startswith(_LOG_READERS):
            self.context.log_read = time.monotonic()

    def _show_page(self, environ: Environ) -> Response | None:
        """Answer an unsigned request for a page of this server's own."""
        service, region = scope(environ)
        for pattern, function in () if service else PAGES:
            if match := pattern.fullmatch(environ.get("PATH_INFO", "")):
                return function(
                    self.context, Request(environ), region, **match.groupdict()
                )
        return None

    def _operate(self, environ: Environ) -> Response | None:
        """Perform the operation of the registry that a request asks for."""
        asked = self._asked(environ)
        if asked is None:
            return None
        handler = OPERATIONS[asked.service, asked.operation]
        members = asked.members()
        _, region = scope(environ)
        if self.context.enforce_iam:
            gate.check(self.context, asked, members, region)
        call = Call(asked.operation, members, region, self.context, asked.request)
        return protocol.answer(asked.model, handler(call))

    def _asked(self, environ: Environ) -> Asked | None:
        """Return the operation of ours that is asked for; refuse what we lack."""
        for service in protocol.candidates(environ, self.services):
            asked = protocol.asked(environ, service)
            if asked and (service, asked.operation) in OPERATIONS:
                return asked
            if service in OURS and (asked or "HTTP_X_AMZ_TARGET" in environ):
                raise unknown(environ, asked)
        return None

    def _ask_moto(self, environ: Environ) -> Response:
        """Return moto's answer, or an error that says why there is none."""
        service, region = scope(environ)
        if self.context.enforce_iam:
            gate.check_other(self.context, environ, service, region)
        try:
            with cut_out(environ):
                response = Response.from_app(self.moto, environ)
        except NotImplementedError as error:
            text = f"localaws (through moto) does not emulate this: {error}"
        except Exception as error:
            logger.exception("moto failed: %s", environ.get("PATH_INFO"))
            text = f"moto failed on this request: {type(error).__name__}: {error}"
        else:
            keeper = self.context.find(Keeper)
            if keeper and response.status_code < 400:
                keeper.keep(service or "s3", region, environ)
            response.headers.extend(ISOLATED)
            return response
        if "x-amz-json" in environ.get("CONTENT_TYPE", ""):
            return as_json(ServiceError("NotImplementedException", text))
        return as_query(ServiceError("NotImplemented", text))


def keep_strangers_out(environ: Environ) -> None:
    """Refuse what a web page sends that is not of this server."""
    if not _HOSTS.fullmatch(environ.get("HTTP_HOST", "127.0.0.1")):
        raise ServiceError("AccessDeniedException", "Not a local address.", 403)
    if not _ORIGINS.fullmatch(environ.get("HTTP_ORIGIN", "http://127.0.0.1")):
        raise ServiceError("AccessDeniedException", "Not a local page.", 403)


def unknown(environ: Environ, asked: Asked | None) -> ServiceError:
    """Return the error for an operation that is not emulated, or that is none."""
    if asked:
        text = (
            f'localaws does not emulate SageMaker\'s operation "{asked.operation}" yet.'
        )
    else:
        name = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[2]
        text = f'SageMaker has no operation "{name}".'
    return ServiceError("UnknownOperationException", text)


def backend_app(service: Any) -> Any:
    """Return moto's application of a service, without the debugging of Flask.

    In that mode each request gets a class of its own, which refers to the request: its
    body, megabytes, stays until garbage is collected.
    """
    app = create_backend_app(service)
    app.debug = False
    app.config["PROPAGATE_EXCEPTIONS"] = True  # to where they become an answer
    return app
