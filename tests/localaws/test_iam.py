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
