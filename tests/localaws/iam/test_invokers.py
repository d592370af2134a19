"""A function's own policy says who may call it."""

import pytest
from functions_made import packed
from moto.awslambda.models import lambda_backends

from localaws.iam.invokers import is_public, may_invoke

ACCOUNT, REGION = "123456789012", "us-east-1"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:t"
SNS = "sns.amazonaws.com"


@pytest.fixture
def allow(context):
    """Return a function that adds a permission to that of a function."""
    trust = '{"Version": "2012-10-17", "Statement": []}'
    iam = context.clients.get("iam", REGION)
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]
    client = context.clients.get("lambda", REGION)
    client.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Handler="a.f",
        Role=role["Arn"],
        Code={"ZipFile": packed({"a.py": ""})},
    )

    def add(principal, action="InvokeFunction", **members):
        given = {"StatementId": action, "Principal": principal, **members}
        client.add_permission(FunctionName="f", Action=f"lambda:{action}", **given)

    return add


@pytest.mark.parametrize(
    ("members", "source", "may"),
    [
        ({}, TOPIC, True),
        ({"SourceArn": TOPIC}, TOPIC, True),
        ({"SourceArn": f"{TOPIC}*"}, f"{TOPIC}2", True),
        ({"SourceArn": TOPIC}, f"{TOPIC}2", False),
        ({"SourceAccount": ACCOUNT}, TOPIC, True),
        ({"SourceAccount": "999999999999"}, TOPIC, False),
    ],
)
def test_a_service_may_call_on_behalf_of_a_source(allow, members, source, may):
    assert not may_invoke(ACCOUNT, ARN, source, SNS)
    allow(SNS, **members)
    assert may_invoke(ACCOUNT, ARN, source, SNS) == may
    assert not may_invoke(ACCOUNT, ARN, source, "s3.amazonaws.com")


@pytest.mark.parametrize("arn", ["", "f", f"{ARN}x", ARN.replace("us-east", "eu-x")])
def test_nobody_may_call_what_is_not_there(allow, arn):
    allow(SNS)
    assert not may_invoke(ACCOUNT, arn, TOPIC, SNS)


def test_a_function_is_public_with_both_permissions(allow):
    function = lambda_backends[ACCOUNT][REGION].get_function("f")
    assert not is_public(function)
    allow("*", "InvokeFunctionUrl")
    assert not is_public(function)
    allow("*")
    assert is_public(function)
