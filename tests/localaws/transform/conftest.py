"""A real server's transform jobs."""

import time

import boto3
import pytest
import waiting
from deployed import make_model, upload
from transform_jobs import ECHO, request

DONE = ("Completed", "Failed", "Stopped")


@pytest.fixture(scope="module")
def echo(connection):
    """A model that answers with what it was asked, line by line."""
    url = upload(connection, "echo/model.tar.gz", {"code/inference.py": ECHO})
    make_model(connection, boto3.client("sagemaker"), "echo", url, {"WORD": "!"})
    return "echo"


@pytest.fixture
def place(connection):
    """A prefix of a test's own."""
    return f"transform-{time.time_ns()}/"


@pytest.fixture
def start(connection, sagemaker, s3, echo, place):
    """Return a function that stores objects, starts a job on them, returns its name."""

    def begin(objects, **changes):
        name = f"job-{time.time_ns()}"
        for key, body in objects.items():
            s3.put_object(Bucket=connection.bucket, Key=f"{place}in/{key}", Body=body)
        uri = f"s3://{connection.bucket}/{place}"
        changes = {"S3Uri": f"{uri}in/", "S3OutputPath": f"{uri}out", **changes}
        sagemaker.create_transform_job(**request(name, **changes))
        return name

    return begin


@pytest.fixture
def ended(sagemaker):
    """Return a function that waits for a job's end and returns its description."""

    def wait(name):
        return waiting.ended(
            lambda: sagemaker.describe_transform_job(TransformJobName=name),
            lambda job: job["TransformJobStatus"] in DONE,
        )

    return wait


@pytest.fixture
def outputs(keys, place):
    """Return a function that returns what a job stored, by the key below its output."""
    return lambda: keys(f"{place}out/")


@pytest.fixture
def log_of(connection):
    """Return a function that returns the lines of a job's log by its streams."""

    def read(name):
        logs, group = (
            boto3.client("logs"),
            {"logGroupName": "/aws/sagemaker/TransformJobs"},
        )
        try:
            rows = logs.describe_log_streams(**group, logStreamNamePrefix=f"{name}/")
        except logs.exceptions.ResourceNotFoundException:
            return {}
        names = [row["logStreamName"] for row in rows["logStreams"]]
        return {
            one: [
                event["message"]
                for event in logs.get_log_events(
                    **group, logStreamName=one, startFromHead=True
                )["events"]
            ]
            for one in names
        }

    return read
