"""Statements of IAM's policies: what a program needs, and what they grant."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

# What the services call a missing permission.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
REFUSALS = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403")
WOULD = "DryRunOperation"  # EC2's word for a request that it would have granted


def allow(
    actions: str | Sequence[str], resource: str | Sequence[str], **more: Any
) -> dict[str, Any]:
    """Return a statement that allows actions; ``more`` such as ``Condition=...``."""
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def deny_after(hours: float) -> dict[str, Any]:
    """Return a statement that denies everything so many hours from now on."""
    end = f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
    later = {"DateGreaterThan": {"aws:CurrentTime": end}}
    return {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": later}


def document(*statements: dict[str, Any]) -> str:
    """Return the JSON of a policy with these statements.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def granted(request: Callable[..., Any], *given: Any, **members: Any) -> bool:
    """Make a request; return whether it was granted, or would be in a dry run.

    Raises what it raises for another reason than a missing permission.
    """
    from botocore.exceptions import ClientError

    try:
        request(*given, **members)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in REFUSALS:
            return False
        if code != WOULD:
            raise
    return True


def said(request: Callable[..., Any], *given: Any, **members: Any) -> str:
    """Make a request; return the code of AWS's refusal, or "granted"."""
    from botocore.exceptions import ClientError

    try:
        request(*given, **members)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "granted"


def simulated(
    statements: Sequence[dict[str, Any]],
    asked: Sequence[tuple[str, str]],
    context: Mapping[str, str],
) -> list[bool]:
    """Return what IAM says a policy allows, of pairs of an action and a resource.

    ``context`` are keys that conditions ask for, such as ``{"s3:prefix": "photos/"}``.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
    """
    import boto3

    entries = [
        {
            "ContextKeyName": name,
            "ContextKeyType": "string",
            "ContextKeyValues": [value],
        }
        for name, value in context.items()
    ]
    policy = {"PolicyInputList": [document(*statements)], "ContextEntries": entries}
    ask = boto3.client("iam").simulate_custom_policy
    answers = [
        ask(ActionNames=[action], ResourceArns=[resource], **policy)
        for action, resource in asked
    ]
    decisions = [answer["EvaluationResults"][0]["EvalDecision"] for answer in answers]
    return [decision == "allowed" for decision in decisions]


def listen(session: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Return a list that gets what a session of boto3 asks for from now on.

    Each is the service, the operation and its members. Clients made before are not
    heard.
    """
    asked: list[tuple[str, str, dict[str, Any]]] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        service = model.service_model.signing_name
        asked.append((service, model.name, dict(params)))

    session.events.register("before-parameter-build", note)
    return asked


def needed(request: tuple[str, str, Mapping[str, Any]], place: str) -> dict[str, Any]:
    """Return the statement that allows a request to S3, an endpoint or CloudWatch.

    An object stands for all that begin like it, up to the last slash of its key.
    ``place`` is region and account, such as ``"us-east-1:123456789012"``. Raises
    ValueError for a request that no rule is known for.
    """
    service, operation, members = request
    if operation == "InvokeEndpoint":
        arn = f"arn:aws:sagemaker:{place}:endpoint/{members['EndpointName']}"
        return allow("sagemaker:InvokeEndpoint", arn)
    if operation == "PutMetricData":  # of no resource, so a condition names the space
        only = {"StringEquals": {"cloudwatch:namespace": members["Namespace"]}}
        return allow("cloudwatch:PutMetricData", "*", Condition=only)
    arn = f"arn:aws:s3:::{members.get('Bucket')}"
    if operation == "ListObjectsV2" and "Prefix" in members:
        only = {"StringEquals": {"s3:prefix": members["Prefix"]}}
        return allow("s3:ListBucket", arn, Condition=only)
    if service == "s3" and operation in ("GetObject", "PutObject", "DeleteObject"):
        folder, slash, name = members["Key"].rpartition("/")
        return allow(
            f"s3:{operation}", f"{arn}/{folder}{slash}{'*' if slash else name}"
        )
    raise ValueError(f'no rule for "{service}:{operation}": say what it needs.')


def least(
    asked: Iterable[tuple[str, str, Mapping[str, Any]]], place: str
) -> list[dict[str, Any]]:
    """Return the statements that allow what was asked for, each once."""
    statements: list[dict[str, Any]] = []
    for request in asked:
        statement = needed(request, place)
        if statement not in statements:
            statements.append(statement)
    return statements
