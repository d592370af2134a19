"""Who a caller is, what its policies allow, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from moto.iam.models import Group, IAMBackend, Policy, Role, User, iam_backends
from moto.s3.models import s3_backends

from localaws.iam import policy
from localaws.iam.permissions import Need
from localaws.iam.policy import ALLOWED, DENIED, Document, Keys, Question

SERVICE = "sagemaker.amazonaws.com"
_TAG = "s3:existingobjecttag/"
FREE = ("sts:GetCallerIdentity",)  # what nobody needs a permission for


class Context(Mapping[str, Sequence[str]]):
    """The context keys of a request; the tags of its object when a policy asks."""

    def __init__(self, keys: Keys, tags: Callable[[], Keys]) -> None:
        self._keys, self._look = keys, tags

    @cached_property
    def _tags(self) -> Keys:
        return self._look()

    def __getitem__(self, name: str) -> Sequence[str]:
        return (self._tags if name.startswith(_TAG) else self._keys)[name]

    def __iter__(self) -> Iterator[str]:
        yield from (*self._keys, *self._tags)

    def __len__(self) -> int:
        return len(self._keys) + len(self._tags)


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
        tags: Callable[[], Keys] = dict,
    ) -> str:
        """Return what its policies, and those of the resource, decide together.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
        """
        context = Context({**self.keys, **(keys or {})}, tags)
        question = Question(action, resource, context, self.names)
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
        limits.append([policy.stored(session_policy)])
    names = {role.arn, arn}
    keys = _keys(account, role.arn, role.id)
    return Identity(
        arn if session else role.arn, _own(role), limits, keys, frozenset(names)
    )


def of_user(account: str, user: User) -> Identity:
    """Return a user with the policies of its groups."""
    groups = [g for g in _backend(account).groups.values() if user in g.users]
    owners: list[User | Group] = [user, *groups]
    policies = [document for owner in owners for document in _own(owner)]
    keys = {**_keys(account, user.arn, user.id), "aws:username": [user.name]}
    return Identity(user.arn, policies, [], keys, frozenset({user.arn}))


def bucket_policies(account: str, bucket: str) -> list[Document]:
    """Return the policy of a bucket, if it has one."""
    found = s3_backends[account]["aws"].buckets.get(bucket)
    return [policy.stored(found.policy)] if found and found.policy else []


def refusal(account: str, who: Identity, wanted: Iterable[Need]) -> str:
    """Return why one of the needed permissions is not given, or nothing.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    for need in wanted:
        decision = _decide(account, who, need)
        if decision != ALLOWED and need.action not in FREE:
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
    return trusts(account, arn, SERVICE)


def trusts(account: str, arn: str, service: str) -> bool:
    """Return whether a role exists and lets a service of AWS assume it."""
    keys = {"aws:sourceaccount": [account]}
    question = Question("sts:AssumeRole", arn, keys, frozenset({service}))
    return policy.decide(_trust(account, arn), question) == ALLOWED


def _backend(account: str) -> IAMBackend:
    return iam_backends[account]["aws"]


def _own(owner: Role | User | Group) -> list[Document]:
    """Return the documents of the inline and of the attached policies."""
    attached = [_default(one) for one in owner.managed_policies.values()]
    return [policy.stored(text) for text in (*owner.policies.values(), *attached)]


def _default(managed: Policy) -> str:
    return next(version.document for version in managed.versions if version.is_default)


def _boundary(account: str, arn: str | None) -> list[list[Document]]:
    """Return what a permissions boundary allows at most."""
    if not arn:
        return []
    managed = _backend(account).managed_policies.get(arn)
    return [[policy.stored(_default(managed))] if managed else []]


def _keys(account: str, arn: str, unique: str) -> Keys:
    keys = {"principalarn": arn, "principalaccount": account, "userid": unique}
    return {f"aws:{name}": [value] for name, value in keys.items()}


def _decide(account: str, who: Identity, need: Need) -> str:
    there: list[policy.Document] = []
    tags: Callable[[], Keys] = dict
    if need.action.startswith("s3:"):
        bucket, _, key = need.resource.removeprefix("arn:aws:s3:::").partition("/")
        there = bucket_policies(account, bucket)
        tags = partial(_tags, account, bucket, key)
    elif need.action == "sts:AssumeRole":
        there = _trust(account, need.resource)
        names = who.names | {account, f"arn:aws:iam::{account}:root"}
        question = Question(need.action, need.resource, who.keys, names)
        if policy.decide(there, question) != ALLOWED:
            return policy.SILENT
    return who.decide(need.action, need.resource, need.keys, there, tags)


def _tags(account: str, bucket: str, key: str) -> Keys:
    """Return the context keys of an object that is there: its tags.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
    """
    backend = s3_backends[account]["aws"]
    found = backend.buckets.get(bucket)
    there = found.keys.get(key) if found and key else None
    tags = backend.tagger.get_tag_dict_for_resource(there.arn) if there else {}
    return {f"{_TAG}{k.lower()}": [v] for k, v in tags.items()}


def _trust(account: str, arn: str) -> list[policy.Document]:
    role = find_role(account, arn)
    return [policy.stored(role.assume_role_policy_document)] if role else []
