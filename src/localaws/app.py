"""The one WSGI application: SageMaker is ours, everything else is moto's."""

from __future__ import annotations

import errno
import functools
import logging
import re
import time
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from botocore.loaders import Loader
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from localaws import connection, door, tags
from localaws.alarms import listing, readings
from localaws.alarms import operations as alarms
from localaws.api import protocol, validation
from localaws.api.errors import ServiceError
from localaws.api.protocol import Asked, Environ, scope
from localaws.api.registry import LED, OPERATIONS, PAGES, TRACE, UNLOCKED, Call, Context
from localaws.bounds import Malformed, TooLong
from localaws.console import routes as console
from localaws.endpoints import asynchronous, configs, runtime, streaming
from localaws.endpoints import operations as endpoints
from localaws.eventbridge import buses as event_buses
from localaws.eventbridge import sources, ticks
from localaws.functions import operations as functions
from localaws.functions import queues, urls
from localaws.functions import request as function_requests
from localaws.gateway import services
from localaws.iam import gate, simulation
from localaws.jobs import run as jobs
from localaws.lineage import associations, search
from localaws.lineage import operations as lineage
from localaws.models import groups, packages
from localaws.models import operations as models
from localaws.neighbours import (
    buckets,
    callers,
    events,
    filters,
    guards,
    habits,
    keys,
    messages,
    policies,
    refusals,
    regions,
    rules,
    sealing,
    signing,
    stacks,
    streams,
    tagging,
)
from localaws.neighbours.moto import Moto, is_page
from localaws.persistence.keeper import Keeper
from localaws.persistence.ranges import cut_out
from localaws.persistence.setbacks import SETBACKS
from localaws.pipelines import operations as pipelines
from localaws.pipelines import runs as executions
from localaws.processing import operations as processing
from localaws.scaling import operations as scaling
from localaws.scaling import signals
from localaws.scheduler import groups as schedule_groups
from localaws.scheduler import operations as scheduler
from localaws.training import operations as training
from localaws.transform import operations as transform
from localaws.tuning import operations as tuning

# What registers operations and pages, and is set up in this order when the server
# starts. Nothing else registers any.
SERVICES: tuple[ModuleType, ...] = (
    *(connection, console, tags, simulation),
    *(jobs, training, processing, transform, tuning),
    *(models, groups, packages, lineage, associations, search),
    *(configs, endpoints, runtime, streaming, asynchronous),
    *(pipelines, executions),
    *(readings, listing, alarms, scaling, signals),
    *(functions, function_requests, queues, urls),
    *services.MODULES,
    *(event_buses, sources, ticks, scheduler, schedule_groups),
    *(buckets, callers, events, filters, keys, messages, rules),
    *(policies, refusals, regions, sealing, signing, stacks, streams, tagging),
)
ELSEWHERE = "run this part on AWS itself, or leave it out"
# Of these nothing is left to moto.
SIGNED = ("apigateway", "apigatewayv2")  # no request to them is unsigned
OURS = ("sagemaker", "sagemaker-runtime", *SIGNED)

# A web page that points its own name at 127.0.0.1 must not reach the server.
_HOSTS = re.compile(r"(.*\.)?(127\.0\.0\.1|localhost|amazonaws\.com)(:\d+)?")
# Nor may a page from elsewhere post to it; no client of AWS sends this header.
_ORIGINS = re.compile(r"https?://(127\.0\.0\.1|localhost)(:\d+)?")

# A page that someone has stored in S3 shares its address with the console. A browser
# that opens it gives it no origin then: it reads nothing here, and _ORIGINS refuses
# what it posts. https://www.w3.org/TR/CSP3/#directive-sandbox
ISOLATED = {"Content-Security-Policy": "sandbox allow-scripts"}

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)  # of the disk, not of moto

_LOG_READERS = tuple(f"Logs_20140328.{verb}" for verb in ("Describe", "Filter", "Get"))

logger = logging.getLogger("localaws")


class Application:
    """Answers a request with a page, with an operation of the registry, or with moto.

    `_answer` is the way of every request, from top to bottom.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.moto: Any = Moto(context.open_door)
        for service in SERVICES:
            if hasattr(service, "setup"):
                service.setup(context)
        self.services = list(dict.fromkeys(service for service, _ in OPERATIONS))

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        try:
            response = self._answer(environ)
        except ServiceError as error:
            response = protocol.failure(environ, error)
        except (Malformed, TooLong, HTTPException) as error:
            response = protocol.failure(environ, validation.unreadable(error))
        except ConnectionError:  # the client went away in the middle of its body
            raise
        except OSError as error:
            response = protocol.failure(environ, not_written(environ, error))
        except Exception:
            number = protocol.request_id(environ)
            logger.exception("request %s failed: %s", number, environ.get("PATH_INFO"))
            text = f"localaws failed on request {number}: see the server's log."
            response = protocol.failure(
                environ, ServiceError("InternalFailure", text, 500)
            )
        return protocol.identify(response, environ)(environ, start_response)

    def _answer(self, environ: Environ) -> Response:
        keep_strangers_out(environ)
        if is_open(environ):  # whatever is signed there is not for us
            validation.bound(environ, "")
            return self._show_page(environ) or self._ask_moto(environ)
        protocol.check_region(environ)
        validation.bound(environ, scope(environ)[0])
        gate.authenticate(self.context, environ)
        LED.set(environ.get(TRACE, ""))
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
        """Answer a request for a page of this server's own, which nobody signs."""
        service, region = scope(environ)
        for pattern, function in () if service and not is_open(environ) else PAGES:
            if match := pattern.fullmatch(environ.get("PATH_INFO", "")):
                request = Request(environ)
                known = match.groupdict()
                open_to_all = pattern in UNLOCKED
                if not open_to_all and (barred := door.passed(self.context, request)):
                    return barred
                found = function(self.context, request, region, **known)
                return isolated(found) if found and open_to_all else found
        return None

    def _operate(self, environ: Environ) -> Response | None:
        """Perform the operation of the registry that a request asks for."""
        asked = self._asked(environ)
        if asked is None:
            return None
        handler = OPERATIONS[asked.service, asked.operation]
        members = asked.members()
        _, region = scope(environ)
        if gate.asks(self.context, environ):
            gate.check(self.context, asked, members, region)
        if asked.service == "sagemaker" and "KmsKeyId" in repr(members):
            sealing.check_named(self.context, region, members)
        call = Call(asked.operation, members, region, self.context, asked.request)
        number = protocol.request_id(environ)
        return protocol.answer(asked, handler(call), number)

    def _asked(self, environ: Environ) -> Asked | None:
        """Return the operation of ours that is asked for; refuse what we lack."""
        signed, _ = scope(environ)
        for service in protocol.candidates(environ, self.services):
            if service in SIGNED and not signed:  # a bucket may be called "tags"
                continue
            asked = protocol.asked(environ, service)
            if asked and (service, asked.operation) in OPERATIONS:
                return asked
            if service in OURS and (asked or "HTTP_X_AMZ_TARGET" in environ):
                raise self._unknown(environ, asked)
        if signed == "sagemaker":  # of another of SageMaker's services
            found = (protocol.asked(environ, name) for name in family())
            raise self._unknown(environ, next(filter(None, found), None))
        return None

    def _unknown(self, environ: Environ, asked: Asked | None) -> ServiceError:
        """Return the error for what we lack; who may not ask is told that first."""
        if asked and gate.asks(self.context, environ):
            members = asked.parsed(validation.read(environ, protocol.MAX_BODY))
            gate.check(self.context, asked, members, scope(environ)[1])
        return unknown(environ, asked)

    def _ask_moto(self, environ: Environ) -> Response:
        """Return what a guard answers, else moto, when what it says is kept."""
        service, region = scope(environ)
        if gate.asks(self.context, environ):
            gate.check_other(self.context, environ, service, region)
        sealing.check_object(self.context, environ, service)
        since = SETBACKS.count
        response = guards.answer(self.context, environ, service, region)
        response = response or self._by_moto(environ, service)
        keeper = self.context.find(Keeper)
        if keeper and response.status_code < 400:
            keeper.keep(service or "s3", region, environ, since)
        return isolated(response)

    def _by_moto(self, environ: Environ, service: str) -> Response:
        """Return what moto itself answers, less its page for what it does not know."""
        again = habits.check(self.context, environ)
        response = self._passed_on(environ)
        if again:
            connection.bootstrap(self.context)
        if service and is_page(response):
            path = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
            raise not_emulated(f"{path} of {service}")
        return response

    def _passed_on(self, environ: Environ) -> Response:
        """Return what moto answers; raise ServiceError where it does not."""
        body = validation.kept(environ)
        try:
            with cut_out(environ):
                return Response.from_app(self.moto, environ)
        except (ServiceError, Malformed, TooLong, ConnectionError):
            raise  # where moto asks us, or reads the body
        except NotImplementedError as error:
            raise not_emulated(str(error)) from error
        except Exception as error:
            if isinstance(error, OSError) and error.errno in FULL:
                raise
            if fault := protocol.fault(environ, body, scope(environ)[0]):
                raise fault from error
            number = protocol.request_id(environ)
            logger.exception("moto failed: %s %s", number, environ.get("PATH_INFO"))
            text = f"moto failed on this request: {type(error).__name__}: {error}"
            raise ServiceError("NotImplementedException", text) from error


def isolated(response: Response) -> Response:
    """Let a page that somebody else has written read nothing of this server's own."""
    response.headers.extend(ISOLATED)
    return response


def keep_strangers_out(environ: Environ) -> None:
    """Refuse what a web page sends that is not of this server."""
    if not _HOSTS.fullmatch(environ.get("HTTP_HOST", "127.0.0.1")):
        raise ServiceError("AccessDeniedException", "Not a local address.", 403)
    if is_open(environ):
        return
    if not _ORIGINS.fullmatch(environ.get("HTTP_ORIGIN", "http://127.0.0.1")):
        raise ServiceError("AccessDeniedException", "Not a local page.", 403)


def is_open(environ: Environ) -> bool:
    """Return whether a request is for a page that sees itself who may ask for it."""
    path = environ.get("PATH_INFO", "")
    return any(pattern.fullmatch(path) for pattern in UNLOCKED)


def unknown(environ: Environ, asked: Asked | None) -> ServiceError:
    """Return the error for an operation that is not emulated, or that is none."""
    if asked:
        of = "SageMaker" if asked.service in OURS[:2] else asked.service
        text = f'localaws does not emulate {of}\'s operation "{asked.operation}" yet'
        text += f": {ELSEWHERE}."
    else:
        name = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[2]
        name = name or f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"
        text = f'SageMaker has no operation "{name}".'
    return ServiceError("UnknownOperationException", text)


def not_written(environ: Environ, error: OSError) -> ServiceError:
    """Return the error for what the disk did not take; nothing of it was kept."""
    number = protocol.request_id(environ)
    logger.exception("request %s was not written: %s", number, environ["PATH_INFO"])
    text = f"localaws could not write this to its disk, and kept nothing of it: {error}"
    return ServiceError("ServiceUnavailable", text, 503)


def not_emulated(what: str) -> ServiceError:
    """Return the error for what neither this server nor moto answers."""
    text = f"localaws (through moto) does not emulate this: {what}; {ELSEWHERE}"
    return ServiceError("NotImplementedException", text)


@functools.cache
def family() -> list[str]:
    """Return botocore's names of SageMaker's services, which sign as "sagemaker"."""
    names = Loader().list_available_services("service-2")
    return [name for name in names if name.startswith("sagemaker")]
