"""Pipelines of the course: left over, stopped, deleted with their models, charged."""

import json
import subprocess
import sys

import boto3
import pytest
from botocore.exceptions import ClientError
from waiting import until

from course.cloud import pipelines
from course.cloud.cells import Cells

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312"


def step(cloud, name, *command, **more):
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
    arguments = {
        "RoleArn": cloud.role,
        "AppSpecification": {"ImageUri": "any", "ContainerEntrypoint": list(command)},
        "ProcessingResources": {"ClusterConfig": cluster},
    }
    return {"Name": name, "Type": "Processing", "Arguments": arguments, **more}


def model(cloud, **more):
    container = {
        "Image": IMAGE,
        "ModelDataUrl": f"s3://{cloud.bucket}/someone-elses.tar.gz",
    }
    arguments = {"ExecutionRoleArn": cloud.role, "PrimaryContainer": container}
    return {"Name": "make", "Type": "Model", "Arguments": arguments, **more}


@pytest.fixture
def start(cloud):
    """Return a function that creates and starts a pipeline, and returns the ARN."""
    sagemaker = boto3.client("sagemaker")

    def started(name, *steps):
        text = json.dumps({"Version": "2020-12-01", "Steps": list(steps)})
        place = {"PipelineName": name, "RoleArn": cloud.role}
        sagemaker.create_pipeline(**place, PipelineDefinition=text)
        return sagemaker.start_pipeline_execution(PipelineName=name)[
            "PipelineExecutionArn"
        ]

    return started


def reasons(arn):
    """Return why steps of an execution failed."""
    rows = boto3.client("sagemaker").list_pipeline_execution_steps(
        PipelineExecutionArn=arn
    )["PipelineExecutionSteps"]
    return [row["FailureReason"] for row in rows if "FailureReason" in row]


def ended(arn):
    """Return how an execution ended; Describe waits for its end."""
    sagemaker = boto3.client("sagemaker")

    def status():
        found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        status = found["PipelineExecutionStatus"]
        return None if status in pipelines.GOING else status

    return until(status, 30)


def test_an_execution_is_left_over_stopped_and_deleted_with_its_models(
    cloud, start, configure
):
    sagemaker = boto3.client("sagemaker")
    configure("someone-elses")
    other = start("someone-elses", step(cloud, "wait", "sleep", "300"))
    waits = step(cloud, "wait", "sleep", "300", DependsOn=["make"])
    arn = start("n2e-graph", model(cloud), waits)
    name = pipelines.label(arn)
    assert name.startswith("n2e-graph/")
    assert cloud.leftovers() == [f"pipeline execution {name}"]
    made = until(lambda: sagemaker.list_models(NameContains=name[10:])["Models"], 30)
    removed = cloud.clean_up()
    assert removed == [
        f"pipeline execution {name}",
        f"model {made[0]['ModelName']}",
        "pipeline n2e-graph",
    ]
    assert cloud.leftovers() == [] == cloud.clean_up()
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_pipeline(PipelineName="n2e-graph")
    found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=other)
    assert found["PipelineExecutionStatus"] == "Executing"
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=other)
    assert ended(other) == "Stopped"


def test_the_jobs_of_an_execution_are_charged_also_when_it_is_gone(cloud, start):
    before = cloud.cost().dollars
    arn = start("n2e-charged", step(cloud, "one", "true"), step(cloud, "two", "true"))
    assert ended(arn) == "Succeeded", reasons(arn)
    assert "pipeline n2e-charged" in cloud.clean_up()
    begun = f"pipelines-{arn.rpartition('/')[2]}-"
    charges = [c for c in cloud.cost().charges if c.name.startswith(begun)]
    assert [(c.kind, c.count) for c in charges] == [("processing", 2)] * 2
    assert cloud.cost().dollars > before


def test_an_execution_that_has_ended_is_not_stopped(cloud, start):
    arn = start("n2e-ended", step(cloud, "one", "true"))
    assert ended(arn) == "Succeeded"
    assert not pipelines.stopped_now(boto3.client("sagemaker"), arn)
    cloud.clean_up()


def test_an_interruption_stops_the_executions_of_the_session(cloud, start):
    arn = start("n2e-interrupted", step(cloud, "wait", "sleep", "300"))
    said = Cells(None, cloud._meter)._stop_jobs()
    assert f"The pipeline execution {pipelines.label(arn)} is being stopped." in said
    assert ended(arn) == "Stopped"
    cloud.clean_up()


def test_what_others_start_and_deploy_is_on_the_bill(cloud, start, configure):
    arn = start("n2e-others", step(cloud, "a", "true"))
    ended(arn)
    configure("n2e-deployed", count=2)
    order = "import boto3; s = boto3.client('sagemaker'); "
    order += "s.start_pipeline_execution(PipelineName='n2e-others'); "
    order += (
        "s.create_endpoint(EndpointName='n2e-d', EndpointConfigName='n2e-deployed')"
    )
    subprocess.run([sys.executable, "-c", order], check=True)  # not of this session
    bill = cloud.cost()
    [endpoint] = [c for c in bill.charges if c.name == "n2e-d"]
    assert (endpoint.kind, endpoint.count) == ("endpoint", 2)
    kind = {"SortOrder": "Ascending", "PipelineName": "n2e-others"}
    rows = boto3.client("sagemaker").list_pipeline_executions(**kind)
    for row in rows["PipelineExecutionSummaries"]:
        begun = f"pipelines-{row['PipelineExecutionArn'].rpartition('/')[2]}-"
        until(
            lambda begun=begun: any(begun in c.name for c in cloud.cost().charges), 30
        )
    cloud.clean_up()
