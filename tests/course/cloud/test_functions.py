"""Functions and APIs that the course made are seen and removed; others stay."""

import io
import json
import sys
import zipfile

import boto3

TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole"}
TRUST["Principal"] = {"Service": "lambda.amazonaws.com"}


def archive(text):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        packed.writestr("app.py", text)
    return {"ZipFile": data.getvalue()}


def make(name, role):
    """Make a function with a layer, called once, an HTTP API and a REST API."""
    client = boto3.client("lambda")
    layer = client.publish_layer_version(LayerName=name, Content=archive("x = 1"))
    made = client.create_function(
        FunctionName=name,
        Role=role,
        Runtime=f"python3.{sys.version_info.minor}",
        Handler="app.handler",
        Code=archive("def handler(event, context): return 1"),
        Layers=[layer["LayerVersionArn"]],
    )
    client.invoke(FunctionName=name)
    http = boto3.client("apigatewayv2")
    http.create_api(Name=name, ProtocolType="HTTP", Target=made["FunctionArn"])
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
    mine = ["API n2e-mine", "API n2e-mine", "function n2e-mine"]
    assert cloud.leftovers() == mine
    assert cloud.clean_up() == [*mine, "layer n2e-mine:1", "role n2e-role"]
    assert cloud.leftovers() == [] == cloud.clean_up()
    assert groups() == ["/aws/lambda/theirs"]
    layers = boto3.client("lambda").list_layers()["Layers"]
    assert [row["LayerName"] for row in layers] == ["theirs"]
