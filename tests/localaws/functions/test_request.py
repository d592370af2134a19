"""Functions that would not run, or that AWS would not take, are refused."""

import base64
from types import SimpleNamespace

import pytest
from functions_made import packed

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.functions import request
from localaws.functions.request import (
    check_code,
    check_configuration,
    check_destinations,
    check_function,
    check_layer,
)

GOOD = {
    "FunctionName": "f",
    "Runtime": "python3.12",
    "Handler": "a.f",
    "Role": "arn:aws:iam::123456789012:role/r",
    "Code": {"ZipFile": base64.b64encode(packed({"a.py": ""})).decode()},
}


def call(context, operation, **members):
    return Call(operation, members, "us-east-1", context, SimpleNamespace())


def refusal(check, context, operation, **members):
    with pytest.raises(ServiceError) as caught:
        check(call(context, operation, **members))
    return f"{caught.value.code}: {caught.value.message}"


def test_a_good_function_is_left_to_moto(context):
    for members in (GOOD, {**GOOD, "Code": {"S3Bucket": "b", "S3Key": "k"}}):
        check_function(call(context, "CreateFunction", **members))


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"PackageType": "Image"}, "has an ImageUri"),
        ({"Code": {"ImageUri": "x"}}, "PackageType Image"),
        ({"PackageType": "Image", "Code": {"ImageUri": "x"}}, "provide Handler"),
        ({"Runtime": "nodejs22.x"}, '"nodejs22.x" would not run'),
        ({"Runtime": None}, "Runtime is mandatory"),
        ({"Handler": ""}, "Handler is mandatory"),
        ({"Timeout": 0}, "greater than or equal to 1"),
        ({"MemorySize": 64}, "greater than or equal to 128"),
        ({"MemorySize": 20_000}, "less than or equal to 10240"),
        ({"Layers": ["x"] * 6}, "more than 5 layers"),
        ({"Environment": {"Variables": {"_HANDLER": "x"}}}, "reserved keys"),
        ({"Environment": {"Variables": {"AB": "é" * 2100}}}, "4KB"),
        ({"Environment": {"Variables": {"": "x"}}}, "regular expression"),
        ({"Environment": {"Variables": {"1A": "x"}}}, "regular expression"),
        ({"Environment": {"Variables": {"A-B": "x"}}}, "regular expression"),
        ({"Environment": {"Variables": {"AB": "x\0"}}}, "character 0"),
        ({"FileSystemConfigs": [{}]}, "EFS"),
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "SnapStart"),
        ({"LoggingConfig": {"LogFormat": "JSON"}}, "as text"),
        ({"DeadLetterConfig": {"TargetArn": "arn:aws:s3:::b"}}, "dead letter"),
        ({"Code": {"ZipFile": base64.b64encode(b"no").decode()}}, "Could not unzip"),
    ],
)
def test_a_function_is_refused_in_words(context, members, words):
    given = {**GOOD, **members}
    assert words in refusal(check_function, context, "CreateFunction", **given)


def test_a_role_has_to_trust_lambda(context):
    trust = '{"Version": "2012-10-17", "Statement": []}'
    iam = context.clients.get("iam", "us-east-1")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    said = refusal(check_function, context, "CreateFunction", **GOOD)
    assert "cannot be assumed by Lambda" in said


def test_changes_are_checked_as_the_whole_is(context, monkeypatch):
    given = {"FunctionName": "f", "Timeout": 901}
    assert "900" in refusal(check_configuration, context, "Update", **given)
    check_configuration(call(context, "Update", FunctionName="f", Description="d"))
    assert "unzip" in refusal(check_code, context, "UpdateFunctionCode", ZipFile=b"x")
    layer = {"Content": {"ZipFile": b"x"}}
    assert "unzip" in refusal(check_layer, context, "PublishLayerVersion", **layer)
    large = packed({"a": "x" * 1000})
    monkeypatch.setattr(request, "MOST", 999)
    assert "Unzipped size" in refusal(check_code, context, "Update", ZipFile=large)
    monkeypatch.setattr(request, "ZIPPED", 999)
    assert "69905067" in refusal(check_code, context, "Update", ZipFile=large)


def test_destinations_are_those_that_are_told(context):
    fine = {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:q"}}
    check_destinations(call(context, "Put", DestinationConfig=fine))
    other = {"OnSuccess": {"Destination": "arn:aws:s3:::b"}}
    said = refusal(check_destinations, context, "Put", DestinationConfig=other)
    assert "arn:aws:s3:::b" in said
    assert '"1"' in refusal(check_destinations, context, "Put", Qualifier="1")
