"""Models and endpoint configurations, and the errors of the control operations."""

import pytest
from botocore.exceptions import ClientError
from deployed import IMAGE, names


@pytest.mark.parametrize(
    ("operation", "members", "message"),
    [
        ("describe_model", {"ModelName": "no"}, 'Could not find model "arn'),
        ("delete_model", {"ModelName": "no"}, 'Could not find model "arn'),
        (
            "describe_endpoint_config",
            {"EndpointConfigName": "no"},
            'Could not find endpoint configuration "arn',
        ),
        ("delete_endpoint", {"EndpointName": "no"}, 'Could not find endpoint "arn'),
        (
            "create_endpoint",
            {"EndpointName": "no", "EndpointConfigName": "no"},
            'Could not find endpoint configuration "arn',
        ),
        (
            "create_endpoint",
            {"EndpointName": "digits", "EndpointConfigName": "digits-0"},
            'Cannot create already existing endpoint "arn',
        ),
        (
            "create_endpoint_config",
            {
                "EndpointConfigName": "no",
                "ProductionVariants": [{"VariantName": "a", "ModelName": "no"}],
            },
            'Could not find model "arn',
        ),
        (
            "create_model",
            {
                "ModelName": "no",
                "PrimaryContainer": {"Image": "x", "ModelDataUrl": "s3://no/no.tar.gz"},
            },
            r"Could not find model data at s3://no/no\.tar\.gz",
        ),
        ("create_model", {"ModelName": "no"}, "Exactly one of PrimaryContainer"),
    ],
)
def test_control_errors_have_the_wording_of_aws(
    sagemaker, endpoint, operation, members, message
):
    with pytest.raises(ClientError, match=message) as caught:
        getattr(sagemaker, operation)(**members)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_lists_filter_by_name_and_describe_returns_what_was_given(
    connection, sagemaker, endpoint
):
    assert names(sagemaker, "list_models", "digits") == ["digits"]
    assert names(sagemaker, "list_endpoint_configs", "digits") == ["digits-0"]
    assert names(sagemaker, "list_endpoints", "nothing") == []
    model = sagemaker.describe_model(ModelName="digits")
    assert model["PrimaryContainer"]["Image"] == IMAGE
    variant = sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"][
        0
    ]
    assert (variant["CurrentWeight"], variant["CurrentInstanceCount"]) == (1.0, 1)
    assert variant["DeployedImages"][0]["SpecifiedImage"] == IMAGE


@pytest.mark.parametrize(
    ("container", "message"),
    [
        ({"Mode": "MultiModel"}, "does not emulate Mode of PrimaryContainer"),
        ({"ModelPackageName": "package"}, "either a ModelPackageName or Image"),
        ({"ModelDataUrl": "ftp://bucket/x"}, r"'primaryContainer\.modelDataUrl'"),
        ({"Environment": {"LOCALAWS_PATHS": "magic"}}, 'unknown path mode "magic"'),
    ],
)
def test_a_container_that_cannot_be_served_is_refused(
    connection, sagemaker, container, message
):
    definition = {"Image": IMAGE, **container}
    with pytest.raises(ClientError, match=message):
        sagemaker.create_model(
            ModelName="refused",
            ExecutionRoleArn=connection.role_arn,
            PrimaryContainer=definition,
        )


def test_a_model_needs_a_role_that_exists(connection, sagemaker):
    with pytest.raises(ClientError, match="Could not assume role"):
        sagemaker.create_model(
            ModelName="refused",
            ExecutionRoleArn=connection.role_arn + "Absent",
            PrimaryContainer={"Image": IMAGE},
        )
