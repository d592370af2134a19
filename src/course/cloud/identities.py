"""Users and roles that the course made, their keys and their policies."""

from typing import Any

from course.cloud.meter import PREFIX


def user(iam: Any, name: str, policy: str) -> tuple[str, tuple[str, str]]:
    """Make a user with a policy, by its ARN; return the user's ARN and a key.

    The key is its identifier and its secret.
    """
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    iam.attach_user_policy(UserName=name, PolicyArn=policy)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return arn, (made["AccessKeyId"], made["SecretAccessKey"])


def users(iam: Any) -> list[str]:
    """Return the names of the course's users."""
    pages = iam.get_paginator("list_users").paginate()
    names = [row["UserName"] for page in pages for row in page["Users"]]
    return [name for name in names if name.startswith(PREFIX)]


def roles(iam: Any) -> list[str]:
    """Return the names of the course's roles."""
    pages = iam.get_paginator("list_roles").paginate()
    names = [row["RoleName"] for page in pages for row in page["Roles"]]
    return [name for name in names if name.startswith(PREFIX)]


def keys(iam: Any) -> list[tuple[str, str]]:
    """Return user and identifier of each key of the course: it lets somebody in."""
    return [
        (user, row["AccessKeyId"])
        for user in users(iam)
        for row in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    ]


def remove(iam: Any) -> list[str]:
    """Delete the course's users and roles; return which they were.

    IAM deletes neither while it has a key or a policy.
    """
    for user, key in keys(iam):
        iam.delete_access_key(UserName=user, AccessKeyId=key)
    removed = []
    for kind, names in (("user", users(iam)), ("role", roles(iam))):
        for name in names:
            _strip(iam, kind, name)
            getattr(iam, f"delete_{kind}")(**{f"{kind.capitalize()}Name": name})
            removed.append(f"{kind} {name}")
    return removed


def _strip(iam: Any, kind: str, name: str) -> None:
    """Take the policies off a user or a role."""
    owner = {f"{kind.capitalize()}Name": name}
    for policy in getattr(iam, f"list_{kind}_policies")(**owner)["PolicyNames"]:
        getattr(iam, f"delete_{kind}_policy")(**owner, PolicyName=policy)
    attached = getattr(iam, f"list_attached_{kind}_policies")(**owner)
    for row in attached["AttachedPolicies"]:
        getattr(iam, f"detach_{kind}_policy")(**owner, PolicyArn=row["PolicyArn"])
