"""Every member of the requests about endpoints has been judged."""

import boto3
import pytest
from botocore.exceptions import ClientError
from deployed import SAY, invoke, make_model, upload
from members import stale, unjudged

from localaws.endpoints import members

RUNTIME = [
    ("sagemaker-runtime", "InvokeEndpoint"),
    ("sagemaker-runtime", "InvokeEndpointAsync"),
    ("sagemaker-runtime", "InvokeEndpointWithResponseStream"),
]
TABLES = [
    (members.CREATE_ENDPOINT_CONFIG, [("sagemaker", "CreateEndpointConfig")]),
    (members.CREATE_ENDPOINT, [("sagemaker", "CreateEndpoint")]),
    (members.UPDATE_ENDPOINT, [("sagemaker", "UpdateEndpoint")]),
    (members.UPDATE_WEIGHTS, [("sagemaker", "UpdateEndpointWeightsAndCapacities")]),
    (members.INVOKE, RUNTIME),
]
CAPTURE = {
    "InitialSamplingPercentage": 1,
    "DestinationS3Uri": "s3://bucket/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
ALL_AT_ONCE = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "ALL_AT_ONCE",
            "WaitIntervalInSeconds": 0,
        },
        "TerminationWaitInSeconds": 0,
    }
}
ROLLING = {
    "RollingUpdatePolicy": {
        "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 10},
        "WaitIntervalInSeconds": 0,
    }
}


@pytest.mark.parametrize(("table", "operations"), TABLES)
def test_botocores_model_has_no_member_that_nobody_judged(table, operations):
    for operation in operations:
        assert unjudged(*operation, table) == []
    assert stale(table, *operations) == []


@pytest.mark.parametrize(
    ("variant", "members", "words"),
    [
        ({"RoutingConfig": {"RoutingStrategy": "RANDOM"}}, {}, None),
        (
            {
                "VolumeSizeInGB": 5,
                "InferenceAmiVersion": "al2-ami-sagemaker-inference-gpu-2",
            },
            {},
            None,
        ),
        ({"ManagedInstanceScaling": {"Status": "DISABLED"}}, {}, None),
        ({}, {"KmsKeyId": "alias/mine", "EnableNetworkIsolation": False}, None),
        ({"ManagedInstanceScaling": {"Status": "ENABLED"}}, {}, "Application Auto Sc"),
        ({"CoreDumpConfig": {"DestinationS3Uri": "s3://b/c"}}, {}, "core dumps"),
        ({"EnableSSMAccess": True}, {}, "there is no Systems Manager"),
        ({"AcceleratorType": "ml.eia2.medium"}, {}, "there are no accelerators"),
        ({}, {"EnableNetworkIsolation": True}, "EnableNetworkIsolation"),
        (
            {},
            {
                "ExplainerConfig": {
                    "ClarifyExplainerConfig": {
                        "ShapConfig": {"ShapBaselineConfig": {}, "Seed": 1}
                    }
                }
            },
            "nothing is explained",
        ),
        (
            {},
            {"MetricsConfig": {"EnableEnhancedMetrics": True}},
            "EnableEnhancedMetrics",
        ),
        (
            {},
            {
                "AsyncInferenceConfig": {
                    "OutputConfig": {
                        "S3OutputPath": "s3://b/o",
                        "NotificationConfig": {
                            "IncludeInferenceResponseIn": ["SUCCESS_NOTIFICATION_TOPIC"]
                        },
                    }
                }
            },
            "Read that",
        ),
    ],
)
def test_a_configuration_is_followed_or_refused_in_words(
    connection, sagemaker, model, variant, members, words
):
    row = {"VariantName": "v", "ModelName": model, "InstanceType": "ml.m5.large"}
    wish = {"ProductionVariants": [{**row, "InitialInstanceCount": 1, **variant}]}
    if words:
        with pytest.raises(ClientError, match=words):
            sagemaker.create_endpoint_config(
                EndpointConfigName="refused", **wish, **members
            )
        return
    sagemaker.create_endpoint_config(EndpointConfigName="taken", **wish, **members)
    sagemaker.delete_endpoint_config(EndpointConfigName="taken")


def test_a_serverless_variant_is_not_changed_in_place(connection, sagemaker, say):
    say("serverless", "old", serverless={"MemorySizeInMB": 1024, "MaxConcurrency": 1})
    wish = {"VariantName": "variant-0", "ServerlessUpdateConfig": {"MaxConcurrency": 2}}
    with pytest.raises(ClientError, match="does not emulate ServerlessUpdateConfig"):
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="serverless", DesiredWeightsAndCapacities=[wish]
        )


@pytest.mark.parametrize("wish", [ROLLING])
def test_a_fleet_is_not_replaced_in_place(connection, sagemaker, runtime, say, wish):
    say("steps", "old")
    with pytest.raises(ClientError, match="localaws does not emulate") as caught:
        sagemaker.update_endpoint(
            EndpointName="steps", EndpointConfigName="steps-0", DeploymentConfig=wish
        )
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="localaws does not emulate"):
        sagemaker.create_endpoint(
            EndpointName="new", EndpointConfigName="steps-0", DeploymentConfig=wish
        )
    sagemaker.update_endpoint(
        EndpointName="steps", EndpointConfigName="steps-0", DeploymentConfig=ALL_AT_ONCE
    )
    described = sagemaker.describe_endpoint(EndpointName="steps")
    assert described["EndpointStatus"] == "InService"
    assert described["LastDeploymentConfig"] == ALL_AT_ONCE
    assert invoke(runtime, "steps") == b"old"


@pytest.fixture(scope="module")
def model(connection):
    kms = boto3.client("kms")
    made = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=made)
    url = upload(connection, "judged/model.tar.gz", {"code/inference.py": SAY})
    make_model(connection, boto3.client("sagemaker"), "judged", url)
    return "judged"
