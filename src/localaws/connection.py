"""What the server tells a client that connects, and what it does for its clients."""

from __future__ import annotations

import json
import os
import re

from werkzeug.wrappers import Request, Response

from localaws.api.errors import invalid
from localaws.api.registry import Context, page
from localaws.iam import keys
from localaws.iam.identity import find_role

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")
ROLE = "SageMakerExecutionRole"
_DAY = 86_400  # seconds; the most that one request passes


def role_arn(context: Context) -> str:
    """Return the ARN of the execution role that every server has."""
    return f"arn:aws:iam::{context.account}:role/{ROLE}"


def bootstrap(context: Context) -> None:
    """Create the execution role and take its credentials, as `aws configure` would.

    moto's own caller is a user, and `get_execution_role()` wants a role.
    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    services = ["sagemaker.amazonaws.com", "lambda.amazonaws.com"]
    principal = {"Service": services, "AWS": "*"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    every = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam = context.clients.get("iam", "us-east-1")
    if find_role(context.account, role_arn(context)) is None:
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=_policy(trust))
        iam.put_role_policy(
            RoleName=ROLE, PolicyName="Everything", PolicyDocument=_policy(every)
        )
    keys.hand_out(context, role_arn(context))


def describe(context: Context, region: str) -> dict:
    """Return address, process, identity and default bucket of this server.

    The bucket is named as the SDK names its default one:
    https://sagemaker.readthedocs.io/en/stable/api/utility/session.html
    """
    bucket = f"sagemaker-{region}-{context.account}"
    place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3 = context.clients.get("s3", region)
    if bucket not in [row["Name"] for row in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=bucket, **({} if region == "us-east-1" else place))
    return {
        "url": context.url,
        "pid": os.getpid(),
        "folder": str(context.folder.resolve()),
        "region": region,
        "account": context.account,
        "role_arn": role_arn(context),
        "bucket": bucket,
        "credentials": context.credentials,
        "enforce_iam": context.enforce_iam,
        "open": context.open_door,
    }


@page(r"/_localaws/connection")
def connection(context: Context, request: Request, region: str) -> Response:
    """Answer `connect()` of a client process."""
    region = request.args.get("region", region)
    if not _REGION.fullmatch(region):
        text = f'The region is "{region[:80]}": write a name such as "us-east-1".'
        raise invalid(text)
    answer = describe(context, region)
    return Response(json.dumps(answer), content_type="application/json")


@page(r"/_localaws/clock")
def clock(context: Context, request: Request, region: str) -> Response:
    """Move the server's time forward, and answer when what fell due was called."""
    if request.method != "POST":
        return Response("to move the time is a POST", 405)
    text = request.args.get("seconds", "")
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= _DAY:
        words = f'The seconds are "{text[:80]}": write a number from 0 to {_DAY}.'
        raise invalid(words)
    answer = {"now": context.clock.advance(seconds)}
    return Response(json.dumps(answer), content_type="application/json")


def _policy(statement: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
