"""Errors are read by boto3 as they were raised, whatever their words."""

import pytest
from botocore.exceptions import ClientError
from inside import client_of

from localaws.api.errors import (
    ServiceError,
    as_cbor,
    as_json,
    as_query,
    as_s3,
    in_use,
    invalid,
)

WORDS = 'not <you> & "nobody", ü'


def raised(written, service, operation, error, **members):
    """Return what boto3 raises for an error that is written like this."""
    client = client_of(lambda environ: written(error), service)
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**members)
    return caught.value


@pytest.mark.parametrize(
    ("written", "service", "operation"),
    [
        (as_json, "sagemaker", "list_models"),
        (as_json, "logs", "describe_log_groups"),
        (as_query, "iam", "list_users"),
        (as_query, "sts", "get_caller_identity"),
        (as_s3, "s3", "list_buckets"),
        (as_cbor, "eventbridgev2", "list_event_buses"),
    ],
)
def test_code_message_and_status_arrive_in_each_shape(written, service, operation):
    error = ServiceError("Some&Code", WORDS, 409)
    found = raised(written, service, operation, error).response
    assert found["Error"]["Code"] == "Some&Code"
    assert found["Error"]["Message"] == WORDS
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 409


def test_further_members_of_an_error_arrive():
    members = {"OriginalStatusCode": 500, "OriginalMessage": WORDS}
    error = ServiceError("ModelError", "it failed", 424, **members)
    given = {"EndpointName": "e", "Body": b""}
    found = raised(as_json, "sagemaker-runtime", "invoke_endpoint", error, **given)
    assert type(found).__name__ == "ModelError"
    assert found.response["Error"]["Message"] == found.response["Message"]
    assert {name: found.response[name] for name in members} == members


def test_a_name_in_use_is_the_exception_that_boto3_knows():
    found = raised(as_json, "sagemaker", "list_models", in_use("there is one"))
    assert type(found).__name__ == "ResourceInUse"
    assert invalid("no").code == "ValidationException" and invalid("no").status == 400
