"""Statements of IAM's policies, and whether a request is granted."""

import json
from collections.abc import Callable, Mapping, Sequence
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
