"""Permissions are simulated from the role's policies."""

import json

import boto3
import pytest


@pytest.fixture
def iam(connection):
    return boto3.client("iam")


def decisions(iam, role, *actions, **more):
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=actions, **more
    )
    rows = answer["EvaluationResults"]
    return [row["EvalDecision"] for row in rows]


def test_the_execution_role_may_do_everything(iam, connection):
    found = decisions(iam, connection.role_arn, "s3:GetObject", "iam:PassRole")
    assert found == ["allowed", "allowed"]


def test_policies_of_a_role_decide(iam, connection):
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}
    trust = {"Version": "2012-10-17", "Statement": []}
    made = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
    policy = {"Version": "2012-10-17", "Statement": [allow, deny]}
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(policy))
    actions = ["s3:GetObject", "s3:DeleteObject", "sts:AssumeRole"]
    found = decisions(iam, made["Role"]["Arn"], *actions)
    assert found == ["allowed", "explicitDeny", "implicitDeny"]


def test_a_principal_that_is_absent_is_named(iam):
    with pytest.raises(iam.exceptions.NoSuchEntityException, match="absent"):
        decisions(iam, "arn:aws:iam::123456789012:role/absent", "s3:GetObject")


def test_resources_and_context_keys_decide_a_simulation(iam):
    own = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:x}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": own})
    entry = {"ContextKeyName": "aws:x", "ContextKeyType": "string"}
    found = iam.simulate_custom_policy(
        PolicyInputList=[policy],
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::b/me/k", "arn:aws:s3:::b/you/k"],
        ContextEntries=[{**entry, "ContextKeyValues": ["me"]}],
    )
    rows = found["EvaluationResults"]
    assert [row["EvalDecision"] for row in rows] == ["allowed", "implicitDeny"]


def test_a_simulation_names_the_context_keys_that_it_misses(iam):
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    policy = json.dumps({"Version": "2012-10-17", "Statement": allow})
    (row,) = iam.simulate_custom_policy(
        PolicyInputList=[policy], ActionNames=["s3:GetObject"]
    )["EvaluationResults"]
    assert row["EvalDecision"] == "implicitDeny"
    assert row["MissingContextValues"] == ["aws:RequestedRegion"]


def test_a_user_has_the_policies_of_its_groups_and_attached_ones(iam):
    def policy(effect, action):
        statement = {"Effect": effect, "Action": action, "Resource": "*"}
        return json.dumps({"Version": "2012-10-17", "Statement": statement})

    user = iam.create_user(UserName="member")["User"]["Arn"]
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="member")
    document = policy("Allow", "s3:*")
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=document)
    document = policy("Deny", "s3:DeleteObject")
    attached = iam.create_policy(PolicyName="a", PolicyDocument=document)["Policy"]
    iam.attach_user_policy(UserName="member", PolicyArn=attached["Arn"])
    found = decisions(iam, user, "s3:GetObject", "s3:DeleteObject")
    assert found == ["allowed", "explicitDeny"]


@pytest.mark.parametrize(
    "text", ["7", "[]", "null", "x", '{"Statement": [7]}', "[" * 10_000, '"\\ud800"']
)
@pytest.mark.parametrize("member", ["PolicyInputList", "ResourcePolicy"])
def test_a_document_that_is_none_is_named(iam, text, member):
    given = {"PolicyInputList": ["{}"], member: [text]}
    given[member] = text if member == "ResourcePolicy" else [text]
    with pytest.raises(iam.exceptions.InvalidInputException, match="cannot be read"):
        iam.simulate_custom_policy(ActionNames=["s3:GetObject"], **given)


def test_a_simulation_has_an_end(iam):
    actions = [f"s3:Get{number}" for number in range(101)]
    resources = [f"arn:aws:s3:::b/{number}" for number in range(10)]
    asked = {"PolicyInputList": ["{}"], "ResourceArns": resources}
    with pytest.raises(
        iam.exceptions.InvalidInputException, match="at most 1,000 pairs"
    ):
        iam.simulate_custom_policy(ActionNames=actions, **asked)
    found = iam.simulate_custom_policy(ActionNames=actions[:100], **asked)
    assert len(found["EvaluationResults"]) == 1000


def test_a_value_that_patterns_would_take_long_for_is_refused(iam):
    entry = {"ContextKeyName": "aws:x", "ContextKeyType": "string"}
    with pytest.raises(iam.exceptions.InvalidInputException, match="2,048 characters"):
        iam.simulate_custom_policy(
            PolicyInputList=["{}"],
            ActionNames=["s3:GetObject"],
            ContextEntries=[{**entry, "ContextKeyValues": ["a" * 2049]}],
        )
