"""One real server for the tests of this folder, with this process pointed at it."""

import os
import time

import boto3
import pytest

from localaws import client, sandbox

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6-cpu-py312"
MODES = ["namespace", "substitution"]


@pytest.fixture(scope="package")
def connection(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LOCALAWS_URL", raising=False)
        patch.setenv("LOCALAWS_FOLDER", str(tmp_path_factory.mktemp("state")))
        connected = client.connect()
        yield connected
        connected.stop()


@pytest.fixture
def sagemaker(connection):
    return boto3.client("sagemaker")


@pytest.fixture
def s3(connection):
    return boto3.client("s3")


@pytest.fixture(params=MODES)
def mode(request):
    if request.param == "namespace" and not sandbox.namespaces_work():
        pytest.skip("this kernel does not allow mount namespaces")
    return request.param


@pytest.fixture
def elsewhere(tmp_path):
    """The environment of a fresh process that knows no server."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "LOCAL"))}
    return {**kept, "LOCALAWS_FOLDER": str(tmp_path / "state")}


@pytest.fixture
def submit(connection, sagemaker, s3):
    """Return a function that starts a job of one script and returns its name."""

    def start(code, *, mode="auto", **changes):
        name = f"job-{time.time_ns()}"
        key = f"{name}/code/train.py"
        s3.put_object(Bucket=connection.bucket, Key=key, Body=code.encode())
        algorithm = {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python", "/opt/ml/input/data/code/train.py"],
            **changes.pop("AlgorithmSpecification", {}),
        }
        inputs = [channel("code", f"s3://{connection.bucket}/{name}/code/")]
        limits = {"MaxRuntimeInSeconds": 100}
        place = {"S3OutputPath": f"s3://{connection.bucket}/{name}"}
        machine = {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        }
        sagemaker.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification=algorithm,
            RoleArn=connection.role_arn,
            InputDataConfig=[*inputs, *changes.pop("InputDataConfig", [])],
            OutputDataConfig=changes.pop("OutputDataConfig", place),
            ResourceConfig=machine,
            StoppingCondition=changes.pop("StoppingCondition", limits),
            Environment={"LOCALAWS_PATHS": mode, **changes.pop("Environment", {})},
            **changes,
        )
        return name

    return start


@pytest.fixture
def finished(sagemaker):
    """Return a function that waits for a job's end and returns its description."""

    def wait(name):
        while True:
            job = sagemaker.describe_training_job(TrainingJobName=name)
            if job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"):
                return job

    return wait


@pytest.fixture
def log_of(connection):
    """Return a function that returns the lines of a training job's log."""

    def read(name):
        logs = boto3.client("logs")
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{name}/"
        )
        return [event["message"] for page in pages for event in page["events"]]

    return read


def channel(name, uri):
    source = {"S3DataType": "S3Prefix", "S3Uri": uri}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}
