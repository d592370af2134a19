"""Functions and APIs that the course made are seen and removed; others stay."""

import io
import json
import sys
import zipfile

import boto3
import pytest
from botocore.exceptions import ClientError

from course.cloud import functions
from course.cloud.functions import called, created, logged, restarted

TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole"}
TRUST["Principal"] = {"Service": "lambda.amazonaws.com"}

CODE = """
def handler(event, context):
    return event["a"] and event
"""


def archive(text):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        packed.writestr("app.py", text)
    return {"ZipFile": data.getvalue()}


def make(name, role):
    """Make a function with a layer, called once, an HTTP API and a REST API."""
    client = boto3.client("lambda")
    layer = client.publish_layer_version(LayerName=name, Content=archive("x = 1"))
    made = created(
        FunctionName=name,
        Role=role,
        Runtime=f"python3.{sys.version_info.minor}",
        Handler="app.handler",
        Code=archive(CODE),
        Layers=[layer["LayerVersionArn"]],
    )
    assert called(made, {"a": 2})[0] == {"a": 2}
    http = boto3.client("apigatewayv2")
    http.create_api(Name=name, ProtocolType="HTTP", Target=made)
    boto3.client("apigateway").create_rest_api(name=name)


def groups():
    found = boto3.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda")
    return [row["logGroupName"] for row in found["logGroups"]]


def test_what_answers_is_left_over_and_goes_with_its_layer_and_its_logs(cloud):
    document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = boto3.client("iam").create_role(
        RoleName="n2e-role", AssumeRolePolicyDocument=document
    )["Role"]["Arn"]
    for name in ("n2e-mine", "theirs"):
        make(name, role)
    arn = boto3.client("lambda").get_function(FunctionName="theirs")
    arn = arn["Configuration"]["FunctionArn"]
    report = called(arn, {"a": 1})[1]
    assert report["Billed Duration"] >= report["Duration"] > 0
    assert report["Max Memory Used"] < report["Memory Size"] == 128
    assert "Init Duration" not in called(arn, {"a": 1})[1]
    restarted(arn, TURN="2")
    assert called(arn, {"a": 1})[1]["Init Duration"] > 0
    with pytest.raises(RuntimeError, match="theirs\" failed: 'a'"):
        called(arn, {})
    assert logged(arn, "Max Memory").startswith("REPORT RequestId")
    mine = ["API n2e-mine", "API n2e-mine", "function n2e-mine"]
    assert cloud.leftovers() == mine
    gone = "layer n2e-mine:1", "1 log groups of functions", "role n2e-role"
    assert cloud.clean_up() == [*mine, *gone]
    assert cloud.leftovers() == [] == cloud.clean_up()
    assert groups() == ["/aws/lambda/theirs"]
    layers = boto3.client("lambda").list_layers()["Layers"]
    assert [row["LayerName"] for row in layers] == ["theirs"]


@pytest.mark.parametrize("group", ["n2e-none", "n2e-silent"])
def test_a_line_that_never_comes_is_an_error_after_some_tries(
    cloud, monkeypatch, group
):
    waited = []
    monkeypatch.setattr(functions.time, "sleep", waited.append)
    monkeypatch.setattr(functions, "PATIENCE", 3)
    logs, place = boto3.client("logs"), f"/aws/lambda/{group}"
    if group == "n2e-silent":
        logs.create_log_group(logGroupName=place)
    with pytest.raises(RuntimeError, match=f'{group}" has no line with "Words"'):
        logged(f"arn:aws:lambda:us-east-1:1:function:{group}", "Words")
    assert waited == [functions.PAUSE] * 2 + [0]
    if group == "n2e-silent":
        logs.delete_log_group(logGroupName=place)


def test_a_role_that_can_never_be_taken_is_an_error_after_some_tries(
    cloud, monkeypatch
):
    waited = []
    monkeypatch.setattr(functions.time, "sleep", waited.append)
    monkeypatch.setattr(functions, "PATIENCE", 3)
    trust = {**TRUST, "Principal": {"Service": "ec2.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = boto3.client("iam").create_role(
        RoleName="n2e-other", AssumeRolePolicyDocument=document
    )["Role"]["Arn"]
    given = {"Role": role, "Handler": "app.handler", "Code": archive(CODE)}
    with pytest.raises(ClientError, match="cannot be assumed"):
        created(**given, FunctionName="n2e-f", Runtime="python3.12")
    assert waited == [functions.PAUSE] * 2
    with pytest.raises(ClientError, match="cobol"):
        created(**given, FunctionName="n2e-f", Runtime="cobol")
    assert len(waited) == 2
    cloud.clean_up()
