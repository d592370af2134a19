"""Requests that AWS refuses are refused, with the member named."""

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session

from localaws.api.errors import ServiceError
from localaws.api.validation import check

CREATE = get_session().get_service_model("sagemaker").operation_model("CreateModel")
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"
GOOD = {"ModelName": "m", "ExecutionRoleArn": ROLE}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ModelName": None}, "'modelName' failed.*must not be null"),
        ({"ModelName": 3}, "'modelName' failed.*must be of type string"),
        ({"ModelName": "m" * 64}, "'modelName' failed.*less than or equal to 63"),
        ({"ModelName": "under_score"}, "'modelName' failed.*regular expression"),
        ({"ExecutionRoleArn": "role"}, "'executionRoleArn' failed"),
        ({"Extra": 1}, "Unknown member 'extra'"),
        ({"Containers": {}}, "'containers' failed.*type list"),
        ({"Containers": [{"Mode": "x"}]}, r"containers\.1\.member\.mode.*enum"),
        ({"EnableNetworkIsolation": 1}, "'enableNetworkIsolation'.*type boolean"),
        ({"Tags": [{"Key": "a"}]}, r"tags\.1\.member\.value.*must not be null"),
    ],
)
def test_what_is_wrong_is_named(change, words):
    with pytest.raises(ServiceError, match=words) as caught:
        check(CREATE, {**GOOD, **change})
    assert caught.value.code == "ValidationException"


def test_a_good_request_passes():
    check(CREATE, {**GOOD, "Tags": [{"Key": "a", "Value": ""}]})


def test_every_problem_is_counted():
    with pytest.raises(ServiceError, match=r"^2 validation errors detected"):
        check(CREATE, {"ModelName": "_", "ExecutionRoleArn": 1})


def test_boto3_reads_the_error(sagemaker):
    with pytest.raises(ClientError) as caught:
        sagemaker.describe_training_job(TrainingJobName="_" * 70)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert "2 validation errors detected" in error["Message"]
