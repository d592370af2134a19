"""The server on the wire: routing, errors, connections."""

import http.client
import json

import boto3
import pytest
from botocore.exceptions import ClientError

SCOPE = "Credential=x/20260101/us-east-1/sagemaker/aws4_request"


@pytest.fixture
def wire(connection):
    address = connection.url.removeprefix("http://")
    opened = http.client.HTTPConnection(address, timeout=10)
    yield opened
    opened.close()


def post(wire, target, body, **headers):
    fixed = {"X-Amz-Target": target, "Authorization": f"AWS4-HMAC-SHA256 {SCOPE}"}
    wire.request("POST", "/", body, {**fixed, **headers})
    response = wire.getresponse()
    return response.status, json.loads(response.read())


@pytest.mark.parametrize("name", ["CreateApp", "NoSuchThing"])
def test_an_operation_that_is_not_emulated_is_named(wire, name):
    status, body = post(wire, f"SageMaker.{name}", b"{}")
    assert (status, body["__type"]) == (400, "UnknownOperationException")
    assert f'"{name}"' in body["message"]


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 50_000, b'{"MaxResults": NaN}']
)
def test_a_broken_body_is_answered_and_the_server_goes_on(wire, body):
    status, answer = post(wire, "SageMaker.ListTrainingJobs", body)
    assert status == 400 and answer["__type"].endswith("Exception")
    assert post(wire, "SageMaker.ListTrainingJobs", b"{}")[0] == 200


def test_a_huge_control_request_is_refused(wire):
    status, _ = post(wire, "SageMaker.ListModels", b" " * 5_000_000)
    assert status in (400, 413)


def test_one_connection_serves_many_requests(wire):
    assert post(wire, "SageMaker.ListTrainingJobs", b"{}")[0] == 200
    socket = wire.sock
    assert post(wire, "SageMaker.ListTrainingJobs", b"{}")[0] == 200
    assert socket is not None and wire.sock is socket


def test_a_page_of_another_name_is_refused(wire):
    status, _ = post(wire, "SageMaker.ListTrainingJobs", b"{}", Host="evil.example")
    assert status == 403


def test_what_moto_lacks_is_a_readable_error(connection):
    with pytest.raises(ClientError) as caught:
        boto3.client("iam").generate_service_last_accessed_details(
            Arn=connection.role_arn
        )
    metadata = caught.value.response["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == 400 and metadata["RetryAttempts"] == 0


def test_tags_are_added_listed_and_removed(sagemaker, submit):
    name = submit("pass", Tags=[{"Key": "a", "Value": "1"}])
    arn = sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
