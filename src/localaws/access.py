"""Who may do what: every request, and every access of a job in its role's name."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from botocore.exceptions import ClientError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from werkzeug.wrappers import Response

from localaws import aws, policy
from localaws.buckets import place
from localaws.errors import ServiceError, invalid, json_error, query_error
from localaws.iam import Identity, bucket_policies, find_role, of_role, of_user
from localaws.operations import Call, Context
from localaws.permissions import Need, needs
from localaws.policy import ALLOWED, DENIED, Question

SERVICE = "sagemaker.amazonaws.com"
MAX_BODY = 8 * 1024 * 1024  # of a request whose body says what it is about
_KEY = re.compile(r"(?:Credential=|AWSAccessKeyId=)([^/&,\s]+)")
_BOTOCORE = {"monitoring": "cloudwatch", "sagemaker": "sagemaker-runtime"}
_FREE = ("sts:GetCallerIdentity",)


ANYONE = Identity("anonymous", [])


class Refused(Exception):
    """A request that may not be answered; `code` is as the JSON services name it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_role(context: Context, arn: str) -> None:
    """Raise what SageMaker answers to a role that is absent or does not trust it.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    if not _trusts_sagemaker(context.account, arn):
        raise invalid(
            f"Could not assume role {arn}. Please ensure that the role exists and "
            f"allows principal '{SERVICE}' to assume the role."
        )


def role_client(context: Context, role: str | None, service: str, region: str) -> Any:
    """Return a client that does what the role may do, and raises AccessDenied else.

    This is how jobs and endpoints read and write for a customer. No role: no limits.
    """
    if role is None:
        return context.client(service, region)
    client = aws.client(context, service, region, role)
    check = partial(_check_parameters, context, role, region)
    client.meta.events.register("provide-client-params", check, unique_id="role")
    return client


def check_call(call: Call, environ: dict[str, Any]) -> None:
    """Raise `Refused` unless the caller may perform a SageMaker operation."""
    if call.context.enforce_iam:
        _require(
            call.context, environ, "sagemaker", call.operation, call.input, call.region
        )


def check_request(
    context: Context, environ: dict[str, Any], service: str, region: str
) -> None:
    """Raise `Refused` unless the caller may do what a request asks of any service."""
    if context.enforce_iam:
        service = service or "s3"  # public objects, and addresses signed the old way
        try:
            operation, params = _parsed(environ, service)
        except Exception as error:
            words = f"localaws cannot tell which permission this request needs: {error}"
            raise Refused("AccessDeniedException", words) from error
        _require(context, environ, service, operation, params, region)


def refused(environ: dict[str, Any], service: str, error: Refused) -> Response:
    """Return a refusal in the shape of the service that was asked."""
    if "HTTP_X_AMZ_TARGET" in environ:
        return json_error(ServiceError(error.code, str(error), 400))
    if service in ("s3", ""):
        code = {"UnrecognizedClientException": "InvalidAccessKeyId"}
        text = escape(str(error))
        name = code.get(error.code, "AccessDenied")
        return Response(
            f"<Error><Code>{name}</Code><Message>{text}</Message></Error>",
            status=403,
            content_type="application/xml",
        )
    if "x-www-form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        code = {"UnrecognizedClientException": "InvalidClientTokenId"}
        name = code.get(error.code, error.code.removesuffix("Exception"))
        return query_error(name, str(error), 403)
    return json_error(ServiceError(error.code, str(error), 403))


def caller(context: Context, environ: dict[str, Any], service: str) -> Identity | None:
    """Return who signed a request; None for the server itself.

    The access key says who it is. Signatures are not verified, and keys of a session
    do not expire: this shows what policies do, it keeps nobody out of the machine.
    """
    text = environ.get("HTTP_AUTHORIZATION") or unquote(environ.get("QUERY_STRING", ""))
    match = _KEY.search(text)
    if match is None and service == "s3":
        return ANYONE
    if match is None:
        words = "Request is missing Authentication Token"
        raise Refused("MissingAuthenticationTokenException", words)
    if match[1] == context.own_key:
        return None
    for user in iam_backends[context.account]["aws"].users.values():
        for key in user.access_keys:
            if key.access_key_id == match[1] and key.status == "Active":
                return of_user(context.account, user)
    for session in sts_backends[context.account]["aws"].assumed_roles:
        role = find_role(context.account, session.role_arn)
        if session.access_key_id == match[1] and role:
            name, limit = session.session_name, session.policy
            return of_role(context.account, role, name, limit or "")
    words = "The security token included in the request is invalid."
    raise Refused("UnrecognizedClientException", words)


def _require(
    context: Context,
    environ: dict[str, Any],
    service: str,
    operation: str,
    params: dict[str, Any],
    region: str,
) -> None:
    who = caller(context, environ, service)
    if who is None:
        return
    wanted = needs(service, operation, params, region, context.account)
    if refusal := _refusal(context.account, who, wanted):
        raise Refused("AccessDeniedException", refusal)


def _refusal(account: str, who: Identity, wanted: Iterable[Need]) -> str:
    """Return why one of the needed permissions is not given, or nothing.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    for need in wanted:
        decision = _decide(account, who, need)
        if decision != ALLOWED and need.action not in _FREE:
            why = (
                "with an explicit deny in an identity-based or resource-based policy"
                if decision == DENIED
                else f"because no identity-based policy allows the {need.action} action"
            )
            return (
                f"User: {who.arn} is not authorized to perform: {need.action} "
                f"on resource: {need.resource} {why}"
            )
    return ""


def _decide(account: str, who: Identity, need: Need) -> str:
    there = []
    if need.action.startswith("s3:"):
        bucket = need.resource.rpartition(":")[2].partition("/")[0]
        there = bucket_policies(account, bucket)
    elif need.action == "sts:AssumeRole":
        there = _trust(account, need.resource)
        names = who.names | {account, f"arn:aws:iam::{account}:root"}
        question = Question(need.action, need.resource, who.keys, names)
        if policy.decide(there, question) != ALLOWED:
            return policy.SILENT
    return who.decide(need.action, need.resource, need.keys, there)


def _trust(account: str, arn: str) -> list[policy.Document]:
    role = find_role(account, arn)
    return [json.loads(role.assume_role_policy_document)] if role else []


def _trusts_sagemaker(account: str, arn: str) -> bool:
    keys = {"aws:sourceaccount": [account]}
    question = Question("sts:AssumeRole", arn, keys, frozenset({SERVICE}))
    return policy.decide(_trust(account, arn), question) == ALLOWED


def _check_parameters(
    server: Context,
    role: str,
    region: str,
    /,
    params: dict[str, Any],
    model: Any,
    **others: Any,
) -> None:
    """Raise AccessDenied, as the service would, before a request in a role's name."""
    found = find_role(server.account, role)
    service = model.service_model.signing_name
    wanted = needs(service, model.name, params, region, server.account)
    if found and _trusts_sagemaker(server.account, role):
        who = of_role(server.account, found, "SageMaker")
        refusal = _refusal(server.account, who, wanted)
    else:
        refusal = f"The role {role} does not exist or does not trust {SERVICE}"
    if refusal:
        error = {"Code": "AccessDenied", "Message": refusal}
        status = {"HTTPStatusCode": 403}
        raise ClientError({"Error": error, "ResponseMetadata": status}, model.name)


def _parsed(environ: dict[str, Any], service: str) -> tuple[str, dict[str, Any]]:
    """Return the operation that a request asks for, and its parameters."""
    if service == "s3":
        return _parsed_s3(environ)
    body = b"" if service == "sagemaker" else _body(environ)  # of an invocation: data
    request = Request({**environ, "wsgi.input": io.BytesIO(body)})
    name = _BOTOCORE.get(service, service)
    model = get_service_model(name)
    operation, uri_params = get_service_router(name).match(request)
    protocol = determine_request_protocol(model, request.content_type)
    params = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": uri_params,
        }
    )
    return operation.name, {**uri_params, **params}


def _parsed_s3(environ: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    bucket, key = place(environ)
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    form = "multipart/form-data" in environ.get("CONTENT_TYPE", "")
    if form and environ["REQUEST_METHOD"] == "POST":
        operation = "PostObject"
    else:
        request = Request({**environ, "wsgi.input": io.BytesIO()})
        operation = get_service_router("s3").match(request)[0].name
    names = {"prefix": "Prefix", "delimiter": "Delimiter", "versionId": "VersionId"}
    params = {names[name]: value for name, value in query.items() if name in names}
    params |= {"Bucket": bucket, "Key": key}
    if source := environ.get("HTTP_X_AMZ_COPY_SOURCE"):
        params["CopySource"] = source
    if operation == "DeleteObjects":
        tree = ElementTree.fromstring(_body(environ))
        rows = [{"Key": row.text} for row in tree.iterfind(".//{*}Key")]
        params["Delete"] = {"Objects": rows}
    return operation, params


def _body(environ: dict[str, Any]) -> bytes:
    """Return the body of a request, and leave it to be read again."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    if size > MAX_BODY:
        raise ValueError("it is too large")
    body = environ["wsgi.input"].read(size)
    environ["wsgi.input"] = io.BytesIO(body)
    return body
