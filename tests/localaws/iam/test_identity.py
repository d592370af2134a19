"""Who a caller is: its own policies, those of its groups, and what limits them."""

import json

import pytest
from roles import EVERYTHING, allow, document

from localaws.iam import identity
from localaws.iam.identity import Identity

ACCOUNT = "123456789012"
TRUSTED = document({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"})

TRUSTED_BY_NOBODY = document(allow("s3:Get*"))


@pytest.fixture
def iam(context):
    return context.clients.get("iam", "us-east-1")


def decisions(who, *actions):
    return [who.decide(action, "arn:aws:s3:::b/k") for action in actions]


def managed(iam, name, *statements):
    made = iam.create_policy(PolicyName=name, PolicyDocument=document(*statements))
    return made["Policy"]["Arn"]


def test_a_user_has_its_own_policies_and_those_of_its_groups(iam):
    arn = iam.create_user(UserName="u")["User"]["Arn"]
    for name in ("mine", "others"):
        iam.create_group(GroupName=name)
    iam.add_user_to_group(GroupName="mine", UserName="u")
    given = {"PolicyName": "p", "PolicyDocument": document(allow("s3:Get*"))}
    iam.put_group_policy(GroupName="mine", **given)
    given["PolicyDocument"] = document(EVERYTHING)
    iam.put_group_policy(GroupName="others", **given)
    iam.attach_user_policy(
        UserName="u", PolicyArn=managed(iam, "m", allow("iam:List*"))
    )
    found = identity.identity(ACCOUNT, arn)
    expected = ["allowed", "allowed", "implicitDeny"]
    assert decisions(found, "s3:GetObject", "iam:ListUsers", "s3:Put") == expected
    assert found.keys["aws:username"] == ["u"] and arn in found.names


def test_the_default_version_of_a_policy_is_the_one_that_counts(iam):
    policy = managed(iam, "m", allow("s3:GetObject"))
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUSTED)["Role"]
    iam.attach_role_policy(RoleName="r", PolicyArn=policy)
    text = document(allow("s3:PutObject"))
    for default, expected in ((False, "implicitDeny"), (True, "allowed")):
        iam.create_policy_version(
            PolicyArn=policy, PolicyDocument=text, SetAsDefault=default
        )
        found = identity.identity(ACCOUNT, role["Arn"])
        assert decisions(found, "s3:PutObject") == [expected]


def test_a_boundary_and_the_policy_of_a_session_limit_a_role(iam):
    boundary = managed(iam, "boundary", allow("s3:*"))
    iam.create_role(
        RoleName="r", AssumeRolePolicyDocument=TRUSTED, PermissionsBoundary=boundary
    )
    text = document(EVERYTHING)
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=text)
    role = identity.find_role(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/r")
    actions = "s3:GetObject", "s3:PutObject", "iam:ListUsers"
    plain = identity.of_role(ACCOUNT, role)
    assert decisions(plain, *actions) == ["allowed", "allowed", "implicitDeny"]
    limited = identity.of_role(ACCOUNT, role, "me", document(allow("*:Get*", "iam:*")))
    assert decisions(limited, *actions) == ["allowed", "implicitDeny", "implicitDeny"]


def test_a_session_has_a_name_of_its_own_and_means_the_role_too(iam):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUSTED, Path="/p/")
    arn = f"arn:aws:iam::{ACCOUNT}:role/p/r"
    role = identity.find_role(ACCOUNT, arn)
    session = identity.of_role(ACCOUNT, role, "me")
    assert session.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/r/me"
    assert session.names == {arn, session.arn}
    assert identity.of_role(ACCOUNT, role).arn == arn


@pytest.mark.parametrize(
    ("own", "theirs", "expected"),
    [
        ([], EVERYTHING, "allowed"),  # the resource alone may allow
        ([EVERYTHING], {**EVERYTHING, "Effect": "Deny"}, "explicitDeny"),
        ([{**EVERYTHING, "Effect": "Deny"}], EVERYTHING, "explicitDeny"),
        ([EVERYTHING], {**EVERYTHING, "Action": "iam:*"}, "allowed"),
        ([], {**EVERYTHING, "Action": "iam:*"}, "implicitDeny"),
    ],
)
def test_policies_of_caller_and_resource_decide_together(own, theirs, expected):
    who = Identity("arn:aws:iam::1:user/u", [json.loads(document(*own))])
    there = [json.loads(document({**theirs, "Principal": "*"}))]
    assert who.decide("s3:GetObject", "arn:x", None, there) == expected


def test_nobody_is_found_by_an_arn_of_nobody(iam):
    assert identity.identity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/none") is None
    assert identity.find_role(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/none") is None


def test_the_policy_of_a_bucket_is_found(context, iam):
    s3 = context.clients.get("s3", "us-east-1")
    s3.create_bucket(Bucket="shelf")
    assert identity.bucket_policies(ACCOUNT, "shelf") == []
    text = document({**allow("s3:*", on="arn:aws:s3:::shelf/*"), "Principal": "*"})
    s3.put_bucket_policy(Bucket="shelf", Policy=text)
    assert identity.bucket_policies(ACCOUNT, "shelf") == [json.loads(text)]
    assert identity.bucket_policies(ACCOUNT, "absent") == []


@pytest.mark.parametrize(
    "text", ["[]", '{"Statement": [7]}', "[" * 10_000, '{"Statement": {"Effect": 1}}']
)
def test_a_stored_policy_that_is_none_grants_nothing_and_breaks_nothing(context, text):
    iam = context.clients.get("iam", "us-east-1")
    arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUSTED)["Role"]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=TRUSTED_BY_NOBODY)
    role = identity.find_role(ACCOUNT, arn)
    role.policies["p"] = role.assume_role_policy_document = text
    assert decisions(identity.identity(ACCOUNT, arn), "s3:GetObject") == [
        "implicitDeny"
    ]
    assert not identity.trusts_sagemaker(ACCOUNT, arn)
