"""IAM SimulatePrincipalPolicy, decided by the principal's actual policies."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.models import IAMBackend, Role, iam_backends
from werkzeug.wrappers import Request, Response

from localaws.errors import query_error
from localaws.operations import Context, route

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


@route(r"/iam/SimulatePrincipalPolicy")
def simulate_principal_policy(
    context: Context, request: Request, region: str
) -> Response:
    """Answer, for each action and resource, whether the principal's policies allow it.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    form = {k: v[0] for k, v in parse_qs(request.get_data(as_text=True)).items()}
    arn = form.get("PolicySourceArn", "")
    actions = _members(form, "ActionNames")
    if not arn or not actions:
        text = "PolicySourceArn and ActionNames must be given."
        return query_error("ValidationError", text)
    policies = principal_policies(context.account, arn)
    if policies is None:
        text = f"The principal {arn} cannot be found."
        return query_error("NoSuchEntity", text, 404)
    results = [
        _result(action, resource, decide(policies, action, resource))
        for action in actions
        for resource in _members(form, "ResourceArns") or ["*"]
    ]
    return Response(_document(results), content_type="text/xml")


def principal_policies(account: str, arn: str) -> list | None:
    """Return the policies of a role or user, inline and attached; None if absent."""
    backend: IAMBackend = iam_backends[account]["aws"]
    kind, _, name = arn.rpartition(":")[2].partition("/")
    name = name.rpartition("/")[2]
    owners = {"role": backend.roles.values(), "user": backend.users.values()}
    for owner in owners.get(kind, ()):
        if owner.name == name and owner.arn == arn:
            inline = owner.policies
            documents = inline.values() if isinstance(inline, dict) else inline
            return [*documents, *owner.managed_policies.values()]
    return None


def find_role(account: str, arn: str) -> Role | None:
    """Return moto's record of a role."""
    backend: IAMBackend = iam_backends[account]["aws"]
    return next((role for role in backend.roles.values() if role.arn == arn), None)


def decide(policies: Iterable, action: str, resource: str) -> str:
    """Return "allowed", "explicitDeny" or "implicitDeny".

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    found = [
        IAMPolicy(policy).is_action_permitted(action, resource) for policy in policies
    ]
    if PermissionResult.DENIED in found:
        return "explicitDeny"
    return "allowed" if PermissionResult.PERMITTED in found else "implicitDeny"


def _members(form: dict[str, str], name: str) -> list[str]:
    found = []
    while value := form.get(f"{name}.member.{len(found) + 1}"):
        found.append(value)
    return found


def _result(action: str, resource: str, decision: str) -> str:
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalDecision>{decision}</EvalDecision>"
        "<MatchedStatements/><MissingContextValues/></member>"
    )


def _document(results: list[str]) -> str:
    return (
        f'<SimulatePrincipalPolicyResponse xmlns="{_NAMESPACE}">'
        "<SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>"
        f"<EvaluationResults>{''.join(results)}</EvaluationResults>"
        "</SimulatePrincipalPolicyResult><ResponseMetadata>"
        "<RequestId>localaws</RequestId></ResponseMetadata>"
        "</SimulatePrincipalPolicyResponse>"
    )
