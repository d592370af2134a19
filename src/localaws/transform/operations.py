"""Transform jobs: the operations."""

from __future__ import annotations

from typing import Any

from localaws.api.registry import Call, Context, operation
from localaws.jobs import operations
from localaws.jobs.run import Jobs
from localaws.models.kinds import MODEL
from localaws.models.operations import definitions
from localaws.records.store import Kind, Record, register, table_of
from localaws.transform.request import check, check_model
from localaws.transform.run import Transform, fail
from localaws.transform.task import GROUP


def machines(record: Record) -> list[tuple[str, int]]:
    """Return the type and count of the instances that a job asks for."""
    machine = record["TransformResources"]
    return [(machine["InstanceType"], machine["InstanceCount"])]


TRANSFORM_JOB = register(
    Kind(
        "TransformJob",
        "transform-job",
        log_group=GROUP,
        log_streams="{name}/",
        first=5,
        machines=machines,
    )
)


def setup(context: Context) -> None:
    """Let the server's jobs bury the transform jobs of an earlier server."""
    context.part(Jobs).own(TRANSFORM_JOB, fail)


@operation("CreateTransformJob")
def create_transform_job(call: Call) -> dict[str, Any]:
    """Store the job, with its model as it is now, and start it.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
    """
    request = call.input
    check(request, call.context.paths)
    name, model_name = request["TransformJobName"], request["ModelName"]
    model = table_of(call, MODEL).get(model_name)
    containers = definitions(model)
    check_model(model_name, model, containers)
    role = model.get("ExecutionRoleArn")
    table = table_of(call, TRANSFORM_JOB)
    record = {**_whole(request), "_containers": containers, "_role": role}
    arn = table.create(name, record, request.get("Tags"))
    call.context.part(Jobs).begin(Transform(call.context, table, name))
    return {"TransformJobArn": arn}


def _whole(request: dict[str, Any]) -> Record:
    """Return the record of a request, with what AWS sets where it says nothing."""
    record = {name: value for name, value in request.items() if name != "Tags"}
    filters = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
    given = {"CompressionType": "None", "SplitType": "None"}
    return {
        **record,
        "TransformJobStatus": "InProgress",
        "TransformInput": {**given, **record["TransformInput"]},
        "TransformOutput": {"AssembleWith": "None", **record["TransformOutput"]},
        "DataProcessing": {**filters, **record.get("DataProcessing", {})},
    }


@operation("DescribeTransformJob")
def describe_transform_job(call: Call) -> dict[str, Any]:
    """Return a job; the second look at a running one waits for a change of status.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTransformJob.html
    """
    return operations.describe(call, TRANSFORM_JOB)


@operation("ListTransformJobs")
def list_transform_jobs(call: Call) -> dict[str, Any]:
    """Return one page of summaries.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTransformJobs.html
    """
    return operations.summaries(call, TRANSFORM_JOB, "Descending")


@operation("StopTransformJob")
def stop_transform_job(call: Call) -> dict[str, Any]:
    """End a job; what it has stored by then is removed.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTransformJob.html
    """
    return operations.stop(call, TRANSFORM_JOB)
