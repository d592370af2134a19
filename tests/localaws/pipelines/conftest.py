"""A real server's pipelines."""

import time

import boto3
import pytest
import waiting

ENDED = ("Succeeded", "Failed", "Stopped", "CompletedWithFailures")


@pytest.fixture
def create(connection, sagemaker):
    """Return a function that stores a definition and returns the pipeline's name."""

    def store(text, **more):
        name = f"p-{time.time_ns()}"
        more = {"RoleArn": connection.role_arn, **more}
        sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=text, **more)
        return name

    return store


@pytest.fixture
def begin(sagemaker):
    """Return a function that starts a pipeline and returns the execution's ARN."""

    def start(name, parameters=(), **more):
        given = dict(parameters).items()
        rows = [{"Name": key, "Value": value} for key, value in given]
        answer = sagemaker.start_pipeline_execution(
            PipelineName=name, PipelineParameters=rows, **more
        )
        return answer["PipelineExecutionArn"]

    return start


@pytest.fixture
def ended(sagemaker):
    """Return a function that waits for an execution's end and returns it."""

    def wait(arn):
        return waiting.ended(
            lambda: sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn),
            lambda found: found["PipelineExecutionStatus"] in ENDED,
        )

    return wait


@pytest.fixture
def steps(connection):
    """Return a function that returns the steps of an execution by name."""

    def read(arn):
        answer = boto3.client("sagemaker").list_pipeline_execution_steps(
            PipelineExecutionArn=arn
        )
        return {one["StepName"]: one for one in answer["PipelineExecutionSteps"]}

    return read
