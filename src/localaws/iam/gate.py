"""The gate: whether the caller of a request may do what it asks for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from localaws.api import protocol, validation
from localaws.api.errors import Refused
from localaws.api.protocol import Asked, Environ
from localaws.api.registry import Context
from localaws.iam import forms, payload, signature
from localaws.iam.identity import Identity, find_role, of_role, of_user, refusal
from localaws.iam.permissions import needs
from localaws.iam.recorder import Recorder
from localaws.records.s3 import place

MAX_BODY = 8 * 1024 * 1024  # bytes of a request of moto's whose body has members
ANYONE = Identity("anonymous", [])

STRANGER = (
    "localaws takes the keys that it gave out: `localaws run`, localaws.connect() and "
    "`localaws status` have them; started with --open it takes any."
)

_HOLDER = "localaws.holder"  # of a request: whose key has signed it


@dataclass(frozen=True)
class Holder:
    """Whose an access key is, and what it signs with."""

    secret: str
    who: Callable[[], Identity | None]  # None for the server itself
    token: str = ""  # of a session
    until: float = math.inf  # seconds since 1970


def authenticate(context: Context, environ: Environ) -> None:
    """Raise `Refused` for a request that is not signed as it says.

    The secrets of this account's keys are known. What is signed with another key is
    refused; where the door is open, it is taken as it is.
    """
    try:
        signed = signature.read(environ)
        form = None if signed else forms.of(environ)
        signed = form.signed() if form else signed
    except Refused:
        if context.open_door:
            return
        raise
    holder = _holder(context, signed.key) if signed else None
    if signed is None or (holder is None and context.open_door):
        return
    if holder is None or holder.token != signed.token:
        words = f"The security token included in the request is invalid. {STRANGER}"
        raise Refused("UnrecognizedClientException", words)
    if holder.until < time.time():
        words = "The security token included in the request is expired"
        raise Refused("ExpiredTokenException", words)
    if form:
        form.check(signed, holder.secret)
    else:
        said = payload.claimed(environ, signed)
        signature.check(environ, signed, holder.secret, said)
        payload.watch(environ, signed, said, holder.secret)
    environ[_HOLDER] = holder


def asks(context: Context, environ: Environ) -> bool:
    """Return whether it matters which permissions a request needs."""
    stranger = _HOLDER not in environ and not context.open_door
    return context.enforce_iam or stranger or context.find(Recorder) is not None


def check(context: Context, asked: Asked, members: dict[str, Any], region: str) -> None:
    """Raise `Refused` unless the caller may perform an operation of the registry."""
    service = asked.model.service_model.signing_name
    environ = asked.request.environ
    _require(context, environ, service, asked.operation, members, region)


def check_other(context: Context, environ: Environ, service: str, region: str) -> None:
    """Raise `Refused` unless the caller may do what a request asks of moto."""
    service = service or "s3"  # public objects, and addresses signed the old way
    try:
        operation, members = _parsed(environ, service)
    except Exception as error:
        words = f"localaws cannot tell which permission this request needs: {error}"
        raise Refused("AccessDeniedException", words) from error
    _require(context, environ, service, operation, members, region)


def caller(context: Context, environ: Environ, service: str) -> Identity | None:
    """Return who signed a request; None for the server itself."""
    holder: Holder | None = environ.get(_HOLDER)
    if holder is not None:
        return holder.who()
    if service == "s3" or context.open_door:
        return ANYONE
    words = f"Request is missing Authentication Token. {STRANGER}"
    raise Refused("MissingAuthenticationTokenException", words)


def _holder(context: Context, key_id: str) -> Holder | None:
    """Return whose a key is; None where this account has none of this name."""
    if key_id == context.own_key:
        return Holder(context.own_secret, lambda: None)
    account = context.account
    for user in iam_backends[account]["aws"].users.values():
        for key in user.access_keys:
            if key.access_key_id == key_id and key.status == "Active":
                return Holder(key.secret_access_key, partial(of_user, account, user))
    sessions = sts_backends[account]["aws"].assumed_roles
    session = next((row for row in sessions if row.access_key_id == key_id), None)
    role = find_role(account, session.role_arn) if session else None
    if session is None or role is None:
        return None
    name, limit = session.session_name, session.policy or ""
    who = partial(of_role, account, role, name, limit)
    until = session.expiration.replace(tzinfo=UTC).timestamp()  # moto's has no zone
    return Holder(session.secret_access_key, who, session.session_token, until)


def _require(
    context: Context,
    environ: Environ,
    service: str,
    operation: str,
    members: dict[str, Any],
    region: str,
) -> None:
    who = caller(context, environ, service)
    if who is None:
        return
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    now = datetime.now(UTC).isoformat()
    keys = {"aws:requestedregion": [region], "aws:currenttime": [now]}
    wanted = [
        replace(need, keys={**need.keys, **keys})
        for need in needs(service, operation, members, region, context.account)
    ]
    judged = context.enforce_iam or (who is ANYONE and not context.open_door)
    why = refusal(context.account, who, wanted) if judged else ""
    if why:
        raise Refused("AccessDeniedException", why)
    if recorder := context.find(Recorder):
        recorder.note(who, wanted)


def _parsed(environ: Environ, service: str) -> tuple[str, dict[str, Any]]:
    """Return the operation that a request asks of moto, and its members."""
    if service == "s3":
        return _parsed_s3(environ)
    body = validation.read(environ, MAX_BODY)
    services = protocol.named(service)
    found = (protocol.asked(environ, name, MAX_BODY) for name in services)
    asked = next(filter(None, found), None)
    if asked is None:
        raise ValueError(f"{service} has no such operation")
    return asked.operation, asked.parsed(body)


def _parsed_s3(environ: Environ) -> tuple[str, dict[str, Any]]:
    bucket, key = place(environ)
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    operation = "PostObject"
    if form := forms.of(environ):
        key = form.key
    else:
        asked = protocol.asked(environ, "s3")
        if asked is None:
            raise ValueError("S3 has no such operation")
        operation = asked.operation
    names = {"prefix": "Prefix", "delimiter": "Delimiter", "versionId": "VersionId"}
    members: dict[str, Any] = {
        names[name]: value for name, value in query.items() if name in names
    }
    members |= {"Bucket": bucket, "Key": key}
    sealed = "HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION"
    if environ.get(sealed):
        members["ServerSideEncryption"] = environ[sealed]
        members["SSEKMSKeyId"] = environ.get(f"{sealed}_AWS_KMS_KEY_ID")
    if source := environ.get("HTTP_X_AMZ_COPY_SOURCE"):
        members["CopySource"] = source
    if operation == "DeleteObjects":
        tree = ElementTree.fromstring(validation.read(environ, MAX_BODY))
        rows = [{"Key": row.text} for row in tree.iterfind(".//{*}Key")]
        members["Delete"] = {"Objects": rows}
    return operation, members
