"""Who a caller is and what its policies allow; SimulatePrincipalPolicy asks that."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.iam.models import IAMBackend, Policy, Role, User, iam_backends
from moto.s3.models import s3_backends
from werkzeug.wrappers import Request, Response

from localaws import policy
from localaws.errors import query_error
from localaws.operations import Context, route
from localaws.policy import ALLOWED, DENIED, Document, Keys, Question

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


@dataclass(frozen=True)
class Identity:
    """A user or role with its policies, and with what limits them."""

    arn: str  # as error messages name it: of a user, or of a session of a role
    policies: list[Document]
    limits: list[list[Document]] = field(default_factory=list)  # boundary, session
    keys: Keys = field(default_factory=dict)
    names: frozenset[str] = frozenset()  # by which a Principal element may mean it

    def decide(
        self,
        action: str,
        resource: str,
        keys: Keys | None = None,
        resource_policies: Iterable[Document] = (),
    ) -> str:
        """Return what its policies, and those of the resource, decide together.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
        """
        question = Question(action, resource, {**self.keys, **(keys or {})}, self.names)
        there = policy.decide(resource_policies, question)
        found = [policy.decide(self.policies, question)]
        if there == ALLOWED and found[0] != DENIED:
            return ALLOWED
        found += [policy.decide(documents, question) for documents in self.limits]
        if DENIED in (there, *found):
            return DENIED
        return ALLOWED if set(found) == {ALLOWED} else policy.SILENT


def find_role(account: str, arn: str) -> Role | None:
    """Return moto's record of a role."""
    return next(
        (role for role in _backend(account).roles.values() if role.arn == arn), None
    )


def identity(account: str, arn: str) -> Identity | None:
    """Return the role or the user that an ARN names; None if there is none."""
    if role := find_role(account, arn):
        return of_role(account, role)
    users = _backend(account).users.values()
    return next((of_user(account, user) for user in users if user.arn == arn), None)


def of_role(
    account: str, role: Role, session: str = "", session_policy: str = ""
) -> Identity:
    """Return a role, or a session of it."""
    arn = f"arn:aws:sts::{account}:assumed-role/{role.name}/{session}"
    limits = _boundary(account, role.permissions_boundary_arn)
    if session_policy:
        limits.append([json.loads(session_policy)])
    names = {role.arn, arn}
    keys = _keys(account, role.arn, role.id)
    return Identity(
        arn if session else role.arn, _own(role), limits, keys, frozenset(names)
    )


def of_user(account: str, user: User) -> Identity:
    """Return a user with the policies of its groups."""
    groups = [g for g in _backend(account).groups.values() if user in g.users]
    policies = [document for owner in (user, *groups) for document in _own(owner)]
    keys = {**_keys(account, user.arn, user.id), "aws:username": [user.name]}
    return Identity(user.arn, policies, [], keys, frozenset({user.arn}))


def bucket_policies(account: str, bucket: str) -> list[Document]:
    """Return the policy of a bucket, if it has one."""
    found = s3_backends[account]["aws"].buckets.get(bucket)
    return [json.loads(found.policy)] if found and found.policy else []


@route(r"/iam/SimulatePrincipalPolicy")
def simulate_principal_policy(
    context: Context, request: Request, region: str
) -> Response:
    """Answer, for each action and resource, whether the principal's policies allow it.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    form = _form(request)
    arn = form.get("PolicySourceArn", "")
    if not arn or "ActionNames.member.1" not in form:
        text = "PolicySourceArn and ActionNames must be given."
        return query_error("ValidationError", text)
    found = identity(context.account, arn)
    if found is None:
        text = f"The principal {arn} cannot be found."
        return query_error("NoSuchEntity", text, 404)
    return _simulate("SimulatePrincipalPolicy", form, found)


@route(r"/iam/SimulateCustomPolicy")
def simulate_custom_policy(context: Context, request: Request, region: str) -> Response:
    """Answer what a set of policies allows, whoever has them.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
    """
    form = _form(request)
    if "PolicyInputList.member.1" not in form or "ActionNames.member.1" not in form:
        text = "PolicyInputList and ActionNames must be given."
        return query_error("ValidationError", text)
    return _simulate("SimulateCustomPolicy", form, Identity("", []))


def _simulate(operation: str, form: dict[str, str], who: Identity) -> Response:
    """Return the answer to a simulation for one identity and what the form adds."""
    try:
        more, boundary, there = (
            [json.loads(text) for text in _members(form, name)]
            for name in (
                "PolicyInputList",
                "PermissionsBoundaryPolicyInputList",
                "ResourcePolicy",
            )
        )
    except ValueError as error:
        return query_error("InvalidInput", f"A policy is not valid JSON: {error}.")
    limits = [boundary] if boundary else who.limits
    who = Identity(who.arn, [*who.policies, *more], limits, who.keys, who.names)
    keys = _context(form)
    absent = policy.missing(who.policies, {**who.keys, **keys})
    results = [
        _result(action, resource, who.decide(action, resource, keys, there), absent)
        for action in _members(form, "ActionNames")
        for resource in _members(form, "ResourceArns") or ["*"]
    ]
    return Response(_document(operation, results), content_type="text/xml")


def _backend(account: str) -> IAMBackend:
    return iam_backends[account]["aws"]


def _own(owner: Role | User | object) -> list[Document]:
    """Return the documents of the inline and of the attached policies."""
    attached = [_default(one) for one in owner.managed_policies.values()]
    return [json.loads(text) for text in (*owner.policies.values(), *attached)]


def _default(managed: Policy) -> str:
    return next(version.document for version in managed.versions if version.is_default)


def _boundary(account: str, arn: str | None) -> list[list[Document]]:
    """Return what a permissions boundary allows at most."""
    if not arn:
        return []
    managed = _backend(account).managed_policies.get(arn)
    return [[json.loads(_default(managed))] if managed else []]


def _keys(account: str, arn: str, unique: str) -> Keys:
    keys = {"principalarn": arn, "principalaccount": account, "userid": unique}
    return {f"aws:{name}": [value] for name, value in keys.items()}


def _form(request: Request) -> dict[str, str]:
    return {k: v[0] for k, v in parse_qs(request.get_data(as_text=True)).items()}


def _members(form: dict[str, str], name: str) -> list[str]:
    if name in form:  # not a list
        return [form[name]]
    found = []
    while value := form.get(f"{name}.member.{len(found) + 1}"):
        found.append(value)
    return found


def _context(form: dict[str, str]) -> Keys:
    """Return the context keys of a simulation."""
    keys, number = {}, 1
    while name := form.get(f"ContextEntries.member.{number}.ContextKeyName"):
        values = f"ContextEntries.member.{number}.ContextKeyValues"
        keys[name.lower()] = _members(form, values)
        number += 1
    return keys


def _result(action: str, resource: str, decision: str, absent: list[str]) -> str:
    missing = "".join(f"<member>{escape(name)}</member>" for name in absent)
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalDecision>{decision}</EvalDecision><MatchedStatements/>"
        f"<MissingContextValues>{missing}</MissingContextValues></member>"
    )


def _document(operation: str, results: list[str]) -> str:
    return (
        f'<{operation}Response xmlns="{_NAMESPACE}">'
        f"<{operation}Result><IsTruncated>false</IsTruncated>"
        f"<EvaluationResults>{''.join(results)}</EvaluationResults>"
        f"</{operation}Result><ResponseMetadata>"
        "<RequestId>localaws</RequestId></ResponseMetadata>"
        f"</{operation}Response>"
    )
