"""A local account, and what an endpoint in it needs."""

import io
import tarfile

import boto3
import pytest

from course import cloud as clouds
from course.cloud import connect
from localaws import client

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312"
ECHO = b"""
def model_fn(folder): return None
def input_fn(body, content_type): return body
def predict_fn(body, model):
    if body == b"slow":
        import time
        time.sleep(300)
    return body
def output_fn(body, accept): return body
"""


@pytest.fixture(scope="module")
def cloud():
    """A local account: that of other tests in this process, or one of its own."""
    shared = client._current
    yield connect("local")
    clouds.stop_metering()
    if shared is None:
        client.connect().stop()


def archive():
    """A model archive whose endpoint answers what it is asked."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(ECHO)
        tar.addfile(member, io.BytesIO(ECHO))
    return buffer.getvalue()


@pytest.fixture
def configure(cloud):
    """Return a function that creates a model and a configuration called ``name``."""

    def created(name, count=1):
        sagemaker = boto3.client("sagemaker")
        s3 = boto3.client("s3")
        s3.put_object(Bucket=cloud.bucket, Key=f"{name}.tar.gz", Body=archive())
        container = {
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{cloud.bucket}/{name}.tar.gz",
        }
        sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=cloud.role, PrimaryContainer=container
        )
        variant = {"VariantName": "v", "ModelName": name, "InitialInstanceCount": count}
        sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[{**variant, "InstanceType": "ml.m5.large"}],
        )
        return sagemaker

    return created
