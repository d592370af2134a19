"""Roles that work inside: their sessions, and clients that do what they may do.

Credentials are real to the server and obviously fake to a reader.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import OperationModel
from moto.sts.models import sts_backends

from localaws.api.errors import invalid
from localaws.api.registry import Context
from localaws.iam.identity import (
    SERVICE,
    find_role,
    of_role,
    refusal,
    trusts,
    trusts_sagemaker,
)
from localaws.iam.permissions import Need, needs
from localaws.iam.recorder import Recorder


def check_role(context: Context, arn: str) -> None:
    """Raise what SageMaker answers to a role that is absent or does not trust it.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    if not trusts_sagemaker(context.account, arn):
        raise invalid(
            f"Could not assume role {arn}. Please ensure that the role exists and "
            f"allows principal '{SERVICE}' to assume the role."
        )


def role_client(context: Context, role: str | None, service: str, region: str) -> Any:
    """Return a client that does what the role may do, and raises AccessDenied else.

    This is how jobs and endpoints read and write for a customer. No role: no limits.
    """
    if role is None:
        return context.clients.get(service, region)
    client = context.clients.get(service, region, role)
    check = partial(_check_parameters, context, role, region)
    client.meta.events.register("provide-client-params", check, unique_id="role")
    return client


def require(
    context: Context, role: str, service: str, action: str, resource: str
) -> None:
    """Raise PermissionError unless a service may assume a role, and that may act.

    This is how rules and schedules reach their targets.
    """
    account = context.account
    found, wanted = find_role(account, role), [Need(action, resource)]
    if not (found and trusts(account, role, service)):
        raise PermissionError(
            f"The role {role} does not exist or does not trust {service}"
        )
    who = of_role(account, found, service.partition(".")[0])
    if why := refusal(account, who, wanted):
        raise PermissionError(why)
    if recorder := context.find(Recorder):
        recorder.note(who, wanted)


NEVER = datetime.max  # when a session ends that lasts as long as its job
VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def assume(
    context: Context,
    role_arn: str,
    session: str,
    before: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Return the environment variables of a session of a role.

    They are those of `before`, where it has had them on an earlier server.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    keys = context.clients.get("sts", "us-east-1").assume_role(
        RoleArn=role_arn, RoleSessionName=session
    )["Credentials"]
    given = keys["AccessKeyId"]
    sessions = sts_backends[context.account]["aws"].assumed_roles
    for role in sessions:
        if role.access_key_id == given:  # as long as a real one, and not to be taken
            keys = [before[name] for name in VARIABLES] if before else _made(sessions)
            role.access_key_id, role.secret_access_key, role.session_token = keys
            role.expiration = NEVER  # as long as its job, or the server's folder
            return dict(zip(VARIABLES, keys, strict=True))
    raise RuntimeError(f'moto has no session of the role "{role_arn}"')


def _made(sessions: list[Any]) -> list[str]:
    """Return an identifier that no session has, a secret and a token."""
    taken = {row.access_key_id for row in sessions}
    while (key := f"ASIANOTAREALKEY{secrets.token_hex(3)[1:].upper()}") in taken:
        continue
    secret = f"localaws-no-secret-of-aws-{secrets.token_hex(7)}"
    return [key, secret, f"localaws-not-of-aws-{secrets.token_hex(16)}"]


def _check_parameters(
    context: Context,
    role: str,
    region: str,
    /,
    params: dict[str, Any],
    model: OperationModel,
    **others: Any,
) -> None:
    """Raise AccessDenied, as the service would, before a request in a role's name."""
    account = context.account
    found = find_role(account, role)
    wanted = needs(
        model.service_model.signing_name, model.name, params, region, account
    )
    if found and trusts_sagemaker(account, role):
        who = of_role(account, found, "SageMaker")
        why = refusal(account, who, wanted)
        if (recorder := context.find(Recorder)) and not why:
            recorder.note(who, wanted)
    else:
        why = f"The role {role} does not exist or does not trust {SERVICE}"
    if why:
        error = {"Code": "AccessDenied", "Message": why}
        status = {"HTTPStatusCode": 403}
        raise ClientError({"Error": error, "ResponseMetadata": status}, model.name)
