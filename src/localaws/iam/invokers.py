"""Whom a function's own policy lets call it: services of AWS, and everyone."""

from __future__ import annotations

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction, lambda_backends

from localaws.iam import policy
from localaws.iam.policy import ALLOWED, Keys, Question

INVOKE, BY_URL = "lambda:InvokeFunction", "lambda:InvokeFunctionUrl"


def may_invoke(account: str, arn: str, source: str, *services: str) -> bool:
    """Return whether a function lets a service call it on behalf of a source.

    The service may have several names.

    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    region = (*arn.split(":"), "", "", "", "")[3]
    try:
        found = lambda_backends[account][region].get_function(arn)
    except (LambdaClientError, KeyError, ValueError):
        return False
    keys = {"aws:sourcearn": [source], "aws:sourceaccount": [account]}
    return _decided(found, INVOKE, arn, keys, *services)


def is_public(function: LambdaFunction) -> bool:
    """Return whether everyone may call a function by its URL.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    arn = function.function_arn
    keys = {
        "lambda:functionurlauthtype": ["NONE"],
        "lambda:invokedviafunctionurl": ["true"],
    }
    return all(_decided(function, one, arn, keys, "*") for one in (INVOKE, BY_URL))


def _decided(
    function: LambdaFunction, action: str, arn: str, keys: Keys, *who: str
) -> bool:
    """Return whether a statement allows it, of those that moto keeps as it was told."""
    rows = [_statement(row, arn) for row in function.policy.statements]
    question = Question(action, arn, keys, frozenset(who))
    return policy.decide([{"Statement": rows}], question) == ALLOWED


def _statement(row: dict, arn: str) -> dict:
    """Return a statement of moto as AWS would keep it, for a certain ARN."""
    known = ("Effect", "Principal", "Action", "Condition")
    given = {name: row[name] for name in known if name in row}
    kept = str(row.get("Resource", "")).removesuffix(":")
    return {**given, "Resource": kept.removesuffix(":$LATEST") or arn}
