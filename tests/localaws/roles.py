"""Roles with few permissions, for the tests of what a role lacks."""

import json

TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole"}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
SAGEMAKER = {**TRUST, "Principal": {"Service": "sagemaker.amazonaws.com"}}


def document(*statements):
    """Return the text of a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions, on="*", **more):
    """Return a statement that allows these actions."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def make_role(iam, name, *statements, trust=SAGEMAKER):
    """Create a role with one policy of these statements, and return its ARN."""
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    text = document(*statements)
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=text)
    return made["Role"]["Arn"]
