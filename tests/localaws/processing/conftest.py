"""A real server's processing jobs."""

import time

import boto3
import pytest
import waiting
from processing_jobs import given, request

DONE = ("Completed", "Failed", "Stopped")


@pytest.fixture
def process(connection, sagemaker, s3, mode):
    """Return a function that starts a job of one script and returns its name.

    Whoever uses it is tested in both path modes.
    """

    def start(code, inputs=(), outputs=(), arguments=(), **changes):
        name = f"job-{time.time_ns()}"
        key = f"{name}/run.py"
        s3.put_object(Bucket=connection.bucket, Key=key, Body=code.encode())
        path = "/opt/ml/processing/input/code"
        application = {"ImageUri": "sagemaker-scikit-learn:1.4-2-cpu-py3"}
        application["ContainerEntrypoint"] = ["python3", f"{path}/run.py"]
        if arguments:
            application["ContainerArguments"] = list(arguments)
        variables = {"LOCALAWS_PATHS": mode, **changes.pop("Environment", {})}
        uri = f"s3://{connection.bucket}/{key}"
        asked = request(
            name,
            AppSpecification=application,
            ProcessingInputs=[*inputs, given("code", uri, path)],
            ProcessingOutputConfig={"Outputs": list(outputs)},
            Environment=variables,
            **{"RoleArn": connection.role_arn, **changes},
        )
        sagemaker.create_processing_job(**asked)
        return name

    return start


@pytest.fixture
def ended(sagemaker):
    """Return a function that waits for a job's end and returns its description."""

    def wait(name):
        return waiting.ended(
            lambda: sagemaker.describe_processing_job(ProcessingJobName=name),
            lambda job: job["ProcessingJobStatus"] in DONE,
        )

    return wait


@pytest.fixture
def log_of(connection):
    """Return a function that returns the lines of a processing job's log, by host."""

    def read(name):
        logs, group = boto3.client("logs"), "/aws/sagemaker/ProcessingJobs"
        rows = logs.describe_log_streams(
            logGroupName=group, logStreamNamePrefix=f"{name}/"
        )["logStreams"]
        names = [row["logStreamName"] for row in rows]
        if not names:  # moto would take none for all
            return []
        events = logs.filter_log_events(logGroupName=group, logStreamNames=names)
        return [event["message"] for event in events["events"]]

    return read
