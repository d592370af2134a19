"""Temporary credentials of roles: real to the server, obviously fake to a reader."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from moto.sts.models import sts_backends

if TYPE_CHECKING:
    from localaws.operations import Context


def assume(context: Context, role_arn: str, session: str) -> dict[str, str]:
    """Return the environment variables of a session of a role.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    keys = context.client("sts", "us-east-1").assume_role(
        RoleArn=role_arn, RoleSessionName=session
    )["Credentials"]
    given = keys["AccessKeyId"]
    sessions = sts_backends[context.account]["aws"].assumed_roles
    for role in sessions:
        if role.access_key_id == given:  # as long as a real one, and not to be taken
            role.access_key_id = _unused({row.access_key_id for row in sessions})
            role.secret_access_key = "localaws-this-is-no-secret-of-anyone-000"
            role.session_token = "localaws-session-of-an-account-that-is-not-real"
            return {
                "AWS_ACCESS_KEY_ID": role.access_key_id,
                "AWS_SECRET_ACCESS_KEY": role.secret_access_key,
                "AWS_SESSION_TOKEN": role.session_token,
            }
    raise RuntimeError(f'moto has no session of the role "{role_arn}"')


def _unused(taken: set[str]) -> str:
    while (key := f"ASIANOTAREALKEY{secrets.token_hex(3)[1:].upper()}") in taken:
        continue
    return key
