"""An endpoint in one call answers, and one that cannot serve is an error."""

import gzip
from unittest.mock import MagicMock, patch

import boto3
import pytest
from botocore.exceptions import WaiterError

from course import packages
from course.cloud import connect, endpoints

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312"
ECHO = b"""
def model_fn(folder): return None
def transform_fn(model, body, content_type, accept): return body
"""


@pytest.fixture
def started(cloud):
    """Return a function that starts an endpoint with a script."""

    def start(name, script):
        key = f"{name}/model.tar.gz"
        body = gzip.compress(packages.tarred({"code/inference.py": script}))
        boto3.client("s3").put_object(Bucket=cloud.bucket, Key=key, Body=body)
        place = f"s3://{cloud.bucket}/{key}"
        endpoints.start(name, IMAGE, place, cloud.role, "ml.m5.large")

    yield start
    cloud.clean_up()


def test_it_answers_when_the_call_returns(started, monkeypatch):
    started("n2e-started", ECHO)
    runtime = boto3.client("sagemaker-runtime")
    said = runtime.invoke_endpoint(EndpointName="n2e-started", Body=b"hello")
    assert said["Body"].read() == b"hello"
    asked = boto3.client("sagemaker"), "n2e-started"
    assert endpoints.serves(*asked, endpoints.VARIANT)
    monkeypatch.setitem(endpoints.PATIENCE, "MaxAttempts", 1)
    assert not endpoints.serves(*asked, "another")


def test_one_that_cannot_serve_is_an_error(started):
    with pytest.raises(WaiterError, match="Failed"):
        started("n2e-broken", b"raise ValueError('no')")


def test_the_configuration_takes_more():
    client = MagicMock()
    capture = {"InitialSamplingPercentage": 50}
    with patch("boto3.client", return_value=client):
        endpoints.start("n2e-e", *"iarm", DataCaptureConfig=capture)
    asked = client.create_endpoint_config.call_args.kwargs
    assert asked["DataCaptureConfig"] == capture
    assert asked["ProductionVariants"][0]["VariantName"] == endpoints.VARIANT


def test_what_scales_an_endpoint_goes_before_it_with_its_alarms(cloud, configure):
    cloud = connect("local")
    sagemaker = configure("n2e-scaled")
    given = {"EndpointName": "n2e-scaled", "EndpointConfigName": "n2e-scaled"}
    sagemaker.create_endpoint(**given)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="n2e-scaled")
    scaling, cloudwatch = map(boto3.client, ["application-autoscaling", "cloudwatch"])
    place = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/n2e-scaled/variant/v",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    with pytest.raises(ValueError, match="n2e-scaled/variant/v"):
        endpoints.bounds("n2e-scaled", "v")
    scaling.register_scalable_target(**place, MinCapacity=1, MaxCapacity=2)
    assert endpoints.bounds("n2e-scaled", "v") == (1, 2)
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    tracking = {"TargetValue": 60.0, "PredefinedMetricSpecification": metric}
    scaling.put_scaling_policy(
        **place,
        PolicyName="n2e-tracking",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking,
    )
    assert len(cloudwatch.describe_alarms()["MetricAlarms"]) == 2
    removed = cloud.clean_up()
    assert removed[:2] == [
        "scalable target endpoint/n2e-scaled/variant/v",
        "endpoint n2e-scaled",
    ]
    found = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")
    assert found["ScalableTargets"] == []
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
