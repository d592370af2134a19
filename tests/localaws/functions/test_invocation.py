"""A function is found by whatever names it, and its event is JSON."""

import pytest
from functions_made import packed

from localaws.api.errors import ServiceError
from localaws.functions.invocation import Functions, event_of

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f"


@pytest.fixture
def functions(context):
    trust = '{"Version": "2012-10-17", "Statement": []}'
    iam = context.clients.get("iam", "us-east-1")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]
    client = context.clients.get("lambda", "eu-west-1")
    client.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Handler="a.f",
        Role=role["Arn"],
        Code={"ZipFile": packed({"a.py": ""})},
    )
    client.publish_version(FunctionName="f")
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    return Functions(context)


@pytest.mark.parametrize(
    ("name", "qualifier", "version", "arn"),
    [
        ("f", None, "$LATEST", ARN),
        ("f", "$LATEST", "$LATEST", f"{ARN}:$LATEST"),
        ("f:1", None, "1", f"{ARN}:1"),
        ("f", "live", "1", f"{ARN}:live"),
        (ARN, "1", "1", f"{ARN}:1"),
        (f"{ARN}:live", None, "1", f"{ARN}:live"),
        ("123456789012:function:f", None, "$LATEST", ARN),
        ("123456789012:f:1", None, "1", f"{ARN}:1"),
    ],
)
def test_a_function_has_many_names(functions, name, qualifier, version, arn):
    found = functions.find(name, qualifier, "eu-west-1")
    assert (str(found.function.version), found.arn) == (version, arn)
    assert found.latest.version == "$LATEST" and found.reserved is None
    assert functions.is_current(found.plan)


@pytest.mark.parametrize(
    ("name", "qualifier"),
    [("g", None), ("f", "2"), ("f", "dead"), (ARN.replace("eu-", "us-"), None)],
)
def test_what_is_not_there_is_not_found(functions, name, qualifier):
    with pytest.raises(ServiceError) as caught:
        functions.find(name, qualifier, "eu-west-1")
    assert (caught.value.code, caught.value.status) == (
        "ResourceNotFoundException",
        404,
    )


def test_a_plan_is_no_function_any_more_when_that_changes(functions, context):
    client = context.clients.get("lambda", "eu-west-1")
    latest = functions.find("f", None, "eu-west-1").plan
    first = functions.find("f", "1", "eu-west-1").plan
    client.update_function_configuration(FunctionName="f", MemorySize=256)
    assert not functions.is_current(latest) and functions.is_current(first)
    client.delete_function(FunctionName="f")
    assert not functions.is_current(first)


def test_an_event_is_json_and_nothing_is_an_empty_object():
    assert event_of(b"", ARN).body == b"{}"
    assert event_of(b" [1] ", ARN).body == b"[1]"
    for body in (b"{", b"\xff", b"[" * 100_000):
        with pytest.raises(ServiceError, match="Could not parse"):
            event_of(body, ARN)
