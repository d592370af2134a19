"""Requests and answers on the wire: moto's parsers and serialisers of all protocols.

moto routes, parses and serialises by botocore's own service models. What it lacks is
added here: bodies are bounded, bad JSON is an error, and errors keep their status.
"""

from __future__ import annotations

import functools
import io
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from botocore.utils import parse_to_aware_datetime
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from localaws.api import validation
from localaws.api.errors import (
    Refused,
    ServiceError,
    as_cbor,
    as_json,
    as_query,
    as_s3,
    spelled,
)
from localaws.api.validation import MAX_OTHER, decoded, read

Environ = dict[str, Any]
Route = tuple[OperationModel, dict[str, Any]]  # and the members that are in the path
LONG = 300  # characters of a path whose route is not kept
MAX_BODY = 4 * 1024 * 1024  # bytes of a request whose body says what it is about
IDENTIFIERS = ("x-amzn-RequestId", "x-amz-request-id")  # S3 and some others: the second
FORM = "application/x-www-form-urlencoded"

_REGION = re.compile(r"[a-z][a-z0-9-]{0,61}[a-z0-9]")  # a part of a host's name
_SCOPE = re.compile(r"Credential=[^/]*/\d+/([\w-]+)/([\w-]+)/aws4_request")
_XML = ("s3", "cloudfront", "route53")  # the services whose bodies are XML
# The services that sign their requests by another name than botocore has for them.
SIGNED = {
    "aoss": ("opensearchserverless",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "appconfig": ("appconfig", "appconfigdata"),
    "aps": ("amp",),
    "bedrock": ("bedrock", "bedrock-runtime", "bedrock-agent"),
    "bedrock-agentcore": ("bedrock-agentcore", "bedrock-agentcore-control"),
    "cloudhsm": ("cloudhsmv2",),
    "connect-campaigns": ("connectcampaigns",),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "elasticmapreduce": ("emr",),
    "es": ("opensearch", "es"),
    "iotdata": ("iot-data",),
    "kinesisanalytics": ("kinesisanalyticsv2", "kinesisanalytics"),
    "kinesisvideo": ("kinesisvideo", "kinesis-video-archived-media"),
    "lex": ("lexv2-models",),
    "mediastore": ("mediastore", "mediastore-data"),
    "mobiletargeting": ("pinpoint",),
    "monitoring": ("cloudwatch",),
    "personalize": ("personalize", "personalize-events", "personalize-runtime"),
    "s3": ("s3", "s3control"),
    "servicecatalog": ("servicecatalog", "servicecatalog-appregistry"),
    "servicequotas": ("service-quotas",),
    "ses": ("ses", "sesv2"),
    "sso": ("sso-admin",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
    "timestream": ("timestream-write", "timestream-query"),
}


@dataclass(frozen=True)
class Asked:
    """What a request asks for: an operation of a service, as botocore names it."""

    service: str
    model: OperationModel
    request: Request
    uri: dict[str, str]  # the members that stand in the path

    @property
    def operation(self) -> str:
        """The operation's name."""
        return str(self.model.name)

    def members(self, limit: int | None = None) -> dict[str, Any]:
        """Return the validated members of the request, times as seconds since 1970.

        A payload that is data is not read: it belongs to the handler.
        Raises ServiceError where the request does not have the operation's shape, or
        has more than `limit` bytes (`MAX_BODY`).
        """
        data = _payload(self.model)
        body = b"" if data else read(self.request.environ, limit or MAX_BODY)
        if self.protocol == "json":
            validation.check(self.model, decoded(body))
            return self.parsed(body)
        parsed = self.parsed(body)
        self._check({**data, **parsed})
        return parsed

    @property
    def protocol(self) -> str:
        """The protocol of the request: "json", "query", "rest-json", ..."""
        kind = (
            self.request.content_type if validation.has_choice(self.service) else None
        )
        return determine_request_protocol(self.model.service_model, kind)

    def parsed(self, body: bytes) -> dict[str, Any]:
        """Return the members of a request with this body, without any check.

        Raises ServiceError where there are none to be had: whatever the parser stumbles
        over is in the request.
        """
        if self.protocol in ("json", "rest-json"):
            decoded(body)  # the parser would take NaN
        parser = PROTOCOL_PARSERS[self.protocol](self.model, timestamp_parser=_seconds)
        request, form = self.request, validation.takes_forms(self.service)
        values = request.values if form else request.args  # no form is in other data
        parts: Any = {
            "method": request.method,
            "headers": request.headers,
            "values": values,
            "body": body,
            "url_path": request.path,
            "url_params": self.uri,
        }
        try:
            return parser.parse(parts)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"[:300]
            raise self._invalid(f"The request cannot be read: {said}.") from error

    def _check(self, members: dict[str, Any]) -> None:
        try:
            validation.check(self.model, members)
        except ServiceError as error:
            raise self._invalid(error.message) from None

    def _invalid(self, message: str) -> ServiceError:
        """Return the error for a bad request, as this service names it."""
        named = {shape.name for shape in self.model.service_model.error_shapes}
        plain = "ValidationError" in named or validation.takes_forms(self.service)
        code = "ValidationError" if plain else "ValidationException"
        return ServiceError(code, message)


def request_id(environ: Environ) -> str:
    """Return the identifier of a request: one for its answer, and for the log.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
    """
    key = "localaws.request_id"
    if key not in environ:
        environ[key] = str(uuid.uuid4())
    return str(environ[key])


def identify(response: Response, environ: Environ) -> Response:
    """Give an answer the headers in which clients look for its request's identifier."""
    said = next(filter(None, map(response.headers.get, IDENTIFIERS)), None)
    for name in IDENTIFIERS:
        response.headers.setdefault(name, said or request_id(environ))
    if scope(environ)[0] == "ec2":  # moto writes a word there
        number = request_id(environ).encode()
        response.data = response.data.replace(b">request-id<", b">%b<" % number)
    return response


def scope(environ: Environ) -> tuple[str, str]:
    """Return the service and the region that a request was signed for.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
    """
    text = environ.get("HTTP_AUTHORIZATION") or unquote(environ.get("QUERY_STRING", ""))
    match = _SCOPE.search(text)
    return (match[2], match[1]) if match else ("", "us-east-1")


def check_region(environ: Environ) -> None:
    """Refuse a request that is signed for what cannot be a region."""
    _, region = scope(environ)
    if not _REGION.fullmatch(region):
        text = f'Credential should be scoped to a valid region, not "{region[:80]}".'
        raise ServiceError("InvalidSignatureException", text)


def named(signed: str) -> tuple[str, ...]:
    """Return botocore's names of the services that sign their requests by this one."""
    return SIGNED.get(signed, (signed,))


def candidates(environ: Environ, services: Iterable[str]) -> list[str]:
    """Return those of `services` that a request may be for.

    Its target says it in the JSON protocols, in others what it was signed for; an
    unsigned one may be for any that a path can name.
    """
    target, _, _ = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
    signed, _ = scope(environ)
    found = []
    for service in services:
        model = validation.service_model(service)
        if target and model.metadata.get("targetPrefix") == target:
            found.append(service)
        elif not target and model.protocol != "json":
            known = signed == model.signing_name
            found += (
                [service]
                if known or not (signed or validation.takes_forms(service))
                else []
            )
    return found


def asked(environ: Environ, service: str, limit: int = MAX_BODY) -> Asked | None:
    """Return the operation of a service that a request asks for, if it is one.

    A form is read, at most `limit` bytes of it, and left to be read again. Where a
    service has one protocol, the content type is that of the data: moto may not judge
    by it.
    """
    forms = validation.takes_forms(service)
    if forms and environ.get("CONTENT_TYPE", "").startswith(FORM):
        environ = {**environ, "wsgi.input": io.BytesIO(read(environ, limit))}
    request, found = Request(environ), None
    if validation.found_by_path(service) and len(path := request.raw_path) < LONG:
        found = _by_path(service, request.method, path)
    if found is None:  # or it needs a header
        chosen = validation.has_choice(service)
        routed = request if chosen else Request({**environ, "CONTENT_TYPE": ""})
        found = _routed(service, routed)
    return Asked(service, found[0], request, dict(found[1])) if found else None


@functools.lru_cache(maxsize=1000)
def _by_path(service: str, method: str, path: str) -> Route | None:
    """Return what a path alone asks for; to match it is a tenth of an invocation."""
    place = {"wsgi.url_scheme": "http", "SERVER_NAME": "x", "SERVER_PORT": "80"}
    asked = {"REQUEST_METHOD": method, "PATH_INFO": path, "RAW_URI": path}
    return _routed(service, Request(place | asked))


def _routed(service: str, request: Request) -> Route | None:
    try:
        return get_service_router(service).match(request)
    except (MethodNotAllowed, NotFound, NotImplementedError):
        return None


def fault(environ: Environ, body: bytes | None, signed: str) -> ServiceError | None:
    """Return what is wrong with a request to moto by the model of its service."""
    again = {**environ, "wsgi.input": io.BytesIO(body or b"")}
    for service in named(signed or "s3"):
        try:
            found = asked(again, service, MAX_OTHER)
            if found and body is not None:
                found.members(MAX_OTHER)
        except ServiceError as error:
            return error
        except Exception:  # there is no such service, or it is no operation's path
            continue
    return None


def answer(
    asked: Asked, result: dict[str, Any] | Response, identifier: str = ""
) -> Response:
    """Return what a handler answered, in the protocol that it was asked in."""
    if isinstance(result, Response):
        return result
    name = asked.model.service_model.service_name
    serializer = get_serializer_class(name, asked.protocol)
    context = SerializationContext(identifier)
    found = serializer(asked.model, context).serialize(result)
    return Response(found["body"], found["status_code"], dict(found["headers"]))


def failure(environ: Environ, error: ServiceError) -> Response:
    """Return an error in the shape of the service that was asked."""
    service, _ = scope(environ)
    number = request_id(environ)
    refused = isinstance(error, Refused)
    kind = environ.get("CONTENT_TYPE", "")
    if "HTTP_X_AMZ_TARGET" in environ:
        status = 400 if refused else error.status
        return as_json(_named(error, error.code, status))
    form = kind.startswith(FORM) and environ.get("PATH_INFO", "/") == "/"
    if service not in _XML and form:  # query services
        short = error.code.removesuffix("Exception") if refused else error.code
        code = spelled(error.code, short, service)[1]
        return as_query(_named(error, code, error.status), number)
    posted = kind.startswith("multipart/form-data")  # by a browser, to a bucket
    if service in _XML or (not service and (refused or posted)):
        code = spelled(error.code, "AccessDenied" if refused else error.code)[0]
        return as_s3(_named(error, code, error.status), number)
    return as_cbor(error) if "cbor" in kind else as_json(error)


def _named(error: ServiceError, code: str, status: int) -> ServiceError:
    return ServiceError(code, error.message, status, **error.members)


def _payload(model: OperationModel) -> dict[str, str]:
    """Return the member that is the whole body and only data, if there is one."""
    shape = model.input_shape
    name = shape.serialization.get("payload") if shape else None
    if shape and name and shape.members[name].type_name == "blob":
        return {name: ""}
    return {}


def _seconds(value: Any) -> float:
    return parse_to_aware_datetime(value).timestamp()
