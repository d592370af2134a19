"""What a client that connects is told, and what the server makes for it."""

import json
import urllib.error
import urllib.request

import boto3
import pytest

from localaws import discovery


@pytest.mark.parametrize("region", ["nowhere", "%00", "..%2f..", "", "us-east-1a"])
def test_a_connection_is_to_a_region(connection, region):
    key = discovery.ask(connection.url)["key"]
    request = urllib.request.Request(
        f"{connection.url}/_localaws/connection?region={region}",
        headers={discovery.HEADER: key},
    )
    with pytest.raises(urllib.error.HTTPError, match="400") as caught:
        urllib.request.urlopen(request)
    words = json.loads(caught.value.read())["message"]
    assert 'write a name such as "us-east-1"' in words


def test_a_client_is_a_session_of_the_execution_role(connection):
    arn = boto3.client("sts").get_caller_identity()["Arn"]
    assert arn.endswith(":assumed-role/SageMakerExecutionRole/localaws")
    role = boto3.client("iam").get_role(RoleName="SageMakerExecutionRole")["Role"]
    assert role["Arn"] == connection.role_arn


def test_each_region_has_a_default_bucket_of_its_own(connection):
    said = discovery.ask(connection.url, "eu-west-1")
    place = boto3.client("s3").get_bucket_location(Bucket=said["bucket"])
    assert said["bucket"] == f"sagemaker-eu-west-1-{connection.account}"
    assert place["LocationConstraint"] == "eu-west-1"
