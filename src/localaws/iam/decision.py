"""What policies decide together about the permissions that somebody needs."""

from __future__ import annotations

import json
from collections.abc import Iterable

from localaws.iam import policy
from localaws.iam.identity import Identity, bucket_policies, find_role
from localaws.iam.permissions import Need
from localaws.iam.policy import ALLOWED, DENIED, Question

SERVICE = "sagemaker.amazonaws.com"
_FREE = ("sts:GetCallerIdentity",)  # what nobody needs a permission for


def refusal(account: str, who: Identity, wanted: Iterable[Need]) -> str:
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


def trusts_sagemaker(account: str, arn: str) -> bool:
    """Return whether a role exists and lets SageMaker assume it."""
    keys = {"aws:sourceaccount": [account]}
    question = Question("sts:AssumeRole", arn, keys, frozenset({SERVICE}))
    return policy.decide(_trust(account, arn), question) == ALLOWED


def _decide(account: str, who: Identity, need: Need) -> str:
    there: list[policy.Document] = []
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
