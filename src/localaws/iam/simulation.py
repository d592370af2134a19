"""SimulatePrincipalPolicy and SimulateCustomPolicy, which moto lacks."""

from __future__ import annotations

from typing import Any

from localaws.api.errors import ServiceError
from localaws.api.registry import Call, operation
from localaws.iam import policy
from localaws.iam.identity import Identity, identity

MOST = 1000  # pairs of an action and a resource in one answer
LONGEST = 2048  # characters of a context key's value: patterns are held against it


@operation("SimulatePrincipalPolicy", "iam")
def simulate_principal_policy(call: Call) -> dict[str, Any]:
    """Answer, for each action and resource, whether the principal's policies allow it.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    arn = call.input["PolicySourceArn"]
    found = identity(call.context.account, arn)
    if found is None:
        text = f"The principal {arn} cannot be found."
        raise ServiceError("NoSuchEntity", text, 404)
    return _simulate(call.input, found)


@operation("SimulateCustomPolicy", "iam")
def simulate_custom_policy(call: Call) -> dict[str, Any]:
    """Answer what a set of policies allows, whoever has them.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
    """
    return _simulate(call.input, Identity("", []))


def _simulate(asked: dict[str, Any], who: Identity) -> dict[str, Any]:
    """Return the answer to a simulation for one identity and what is added to it."""
    boundary = _documents(asked.get("PermissionsBoundaryPolicyInputList", ()))
    there = _documents([asked["ResourcePolicy"]] if "ResourcePolicy" in asked else ())
    more = _documents(asked.get("PolicyInputList", ()))
    limits = [boundary] if boundary else who.limits
    who = Identity(who.arn, [*who.policies, *more], limits, who.keys, who.names)
    keys = {
        row["ContextKeyName"].lower(): row.get("ContextKeyValues", [])
        for row in asked.get("ContextEntries", ())
        if "ContextKeyName" in row
    }
    if any(len(text) > LONGEST for values in keys.values() for text in values):
        raise _invalid(f"A context key's value has more than {LONGEST:,} characters.")
    resources = asked.get("ResourceArns") or ["*"]
    if len(asked["ActionNames"]) * len(resources) > MOST:
        text = f"localaws answers at most {MOST:,} pairs of an action and a resource"
        raise _invalid(f"{text} at once: simulate them in parts.")
    absent = policy.missing(who.policies, {**who.keys, **keys})
    results = [
        _result(action, resource, who.decide(action, resource, keys, there), absent)
        for action in asked["ActionNames"]
        for resource in resources
    ]
    return {"EvaluationResults": results, "IsTruncated": False}


def _documents(texts: Any) -> list[policy.Document]:
    try:
        return [policy.read(text) for text in texts]
    except ValueError as error:
        raise _invalid(f"A policy cannot be read: {error}.") from error


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidInput", message)


def _result(
    action: str, resource: str, decision: str, absent: list[str]
) -> dict[str, Any]:
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": decision,
        "MatchedStatements": [],
        "MissingContextValues": absent,
    }
