"""What a server that is killed leaves behind, and what the next one makes of it."""

import os
import signal
import subprocess
import sys
import time

import boto3
import psutil
import pytest

SLEEPER = ["sleep", "54321"]


@pytest.fixture
def start(elsewhere):
    """Return a function that starts the server of one folder; stop it at the end."""

    def localaws(*arguments):
        command = [sys.executable, "-m", "localaws", *arguments]
        done = subprocess.run(command, env=elsewhere, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]

    yield lambda: localaws("start")
    localaws("stop")


def client(service, url):
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )


def sleeping():
    """Return the processes of the job that sleeps."""
    found = psutil.process_iter(["cmdline", "status"])
    return [row for row in found if row.info["cmdline"] == SLEEPER]


def until(condition):
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_a_job_of_a_killed_server_dies_and_is_failed_by_the_next(start):
    from localaws.client import ask

    url = start()
    client("sagemaker", url).create_training_job(
        TrainingJobName="sleeper",
        AlgorithmSpecification={
            "TrainingImage": "any",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": SLEEPER,
        },
        RoleArn="arn:aws:iam::123456789012:role/SageMakerExecutionRole",
        OutputDataConfig={"S3OutputPath": "s3://bucket/x"},
        ResourceConfig={
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    until(sleeping)
    os.kill(ask(url)["pid"], signal.SIGKILL)
    until(lambda: not sleeping())
    job = client("sagemaker", start()).describe_training_job(TrainingJobName="sleeper")
    assert job["TrainingJobStatus"] == "Failed"
    assert "server ended while the job ran" in job["FailureReason"]
