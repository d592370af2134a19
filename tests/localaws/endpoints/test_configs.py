"""Configurations of endpoints: what they say, and what cannot be deployed."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from deployed import make_model, names, upload


@pytest.fixture(scope="module")
def model(connection):
    """A model that configurations may name."""
    url = upload(connection, "digits/model.tar.gz", {"code/inference.py": ""})
    make_model(connection, boto3.client("sagemaker"), "digits", url)
    soon = {"LOCALAWS_SLEEP_AFTER": "soon"}
    make_model(connection, boto3.client("sagemaker"), "restless", url, soon)


MACHINE = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 2}


CAPTURE = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://bucket/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


ASYNCHRONOUS = {"OutputConfig": {"S3OutputPath": "s3://bucket/out"}}


@pytest.mark.parametrize(
    ("variants", "members", "message"),
    [
        ([{"ServerlessConfig": SERVERLESS | {"MemorySizeInMB": 1500}}], {}, "1500"),
        (
            [{"ServerlessConfig": SERVERLESS | {"ProvisionedConcurrency": 3}}],
            {},
            "ProvisionedConcurrency 3 exceeds MaxConcurrency 2",
        ),
        (
            [{"ServerlessConfig": SERVERLESS, "ModelName": "restless"}],
            {},
            'LOCALAWS_SLEEP_AFTER is "soon": give seconds',
        ),
        ([{"ServerlessConfig": SERVERLESS}] * 2, {}, "has one production variant"),
        (
            [{"ServerlessConfig": SERVERLESS}],
            {"DataCaptureConfig": CAPTURE},
            "serverless does not support data capture",
        ),
        (
            [MACHINE],
            {"DataCaptureConfig": CAPTURE, "AsyncInferenceConfig": ASYNCHRONOUS},
            "asynchronous does not support data capture",
        ),
        ([{**MACHINE, "ServerlessConfig": SERVERLESS}], {}, "needs either"),
        ([{}], {}, "needs either InstanceType"),
        (
            [MACHINE],
            {"ShadowProductionVariants": [{**MACHINE, "VariantName": "shadow"}]},
            "does not emulate ShadowProductionVariants",
        ),
        ([MACHINE], {"DataCaptureConfig": {**CAPTURE, "CaptureOptions": []}}, "length"),
        (
            [MACHINE],
            {"DataCaptureConfig": {**CAPTURE, "DestinationS3Uri": "https://a.b/c"}},
            '"https://a.b/c" is not an S3 address',
        ),
        (
            [MACHINE],
            {"AsyncInferenceConfig": {"OutputConfig": {}}},
            "needs S3OutputPath",
        ),
    ],
)
def test_a_configuration_that_cannot_be_deployed_is_refused(
    sagemaker, model, variants, members, message
):
    def rows(variants):
        return [
            {"VariantName": f"v{number}", "ModelName": "digits", **row}
            for number, row in enumerate(variants)
        ]

    client = boto3.client("sagemaker", config=Config(parameter_validation=False))
    with pytest.raises(ClientError, match=message) as caught:
        client.create_endpoint_config(
            EndpointConfigName="refused", ProductionVariants=rows(variants), **members
        )
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert names(sagemaker, "list_endpoint_configs", "refused") == []
