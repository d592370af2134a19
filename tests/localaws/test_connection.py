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


def test_time_passes_at_the_server_when_it_is_told_to(connection):
    before = discovery.advance(connection.url, 0)
    connection.advance(30)
    assert 30 <= discovery.advance(connection.url, 0) - before < 90


@pytest.mark.parametrize("seconds", [-1, 86_401, float("nan"), "soon"])
def test_a_time_that_cannot_pass_is_refused(connection, seconds):
    with pytest.raises(ValueError, match="a number from 0 to 86400"):
        discovery.advance(connection.url, seconds)


@pytest.mark.parametrize(("method", "status"), [("GET", "405"), ("POST", "403")])
def test_nobody_moves_the_time_by_a_look_or_without_the_key(connection, method, status):
    key = discovery.ask(connection.url)["key"] if method == "GET" else "guessed"
    address = f"{connection.url}/_localaws/clock?seconds=9"
    headers = {discovery.HEADER: key}
    request = urllib.request.Request(address, headers=headers, method=method)
    with pytest.raises(urllib.error.HTTPError, match=status):
        urllib.request.urlopen(request)
