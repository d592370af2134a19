"""Processing jobs: the operations."""

from __future__ import annotations

from typing import Any

from localaws.api.registry import Call, Context, operation
from localaws.iam.roles import check_role
from localaws.jobs import operations
from localaws.jobs.run import Jobs
from localaws.processing.request import check
from localaws.processing.run import Processing, fail
from localaws.processing.task import GROUP
from localaws.records.store import Kind, Record, register, table_of


def machines(record: Record) -> list[tuple[str, int]]:
    """Return the type and count of the instances that a job asks for."""
    cluster = record["ProcessingResources"]["ClusterConfig"]
    return [(cluster["InstanceType"], cluster["InstanceCount"])]


PROCESSING_JOB = register(
    Kind(
        "ProcessingJob",
        "processing-job",
        log_group=GROUP,
        log_streams="{name}/",
        first=4,
        machines=machines,
    )
)


def setup(context: Context) -> None:
    """Let the server's jobs bury the processing jobs of an earlier server."""
    context.part(Jobs).own(PROCESSING_JOB, fail)


@operation("CreateProcessingJob")
def create_processing_job(call: Call) -> dict[str, Any]:
    """Store the job and start it.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
    """
    request = call.input
    check(request, call.context.paths)
    check_role(call.context, request["RoleArn"])
    record = {name: value for name, value in request.items() if name != "Tags"}
    limits = {"StoppingCondition": {"MaxRuntimeInSeconds": 86400}}
    record = {**limits, **record, "ProcessingJobStatus": "InProgress"}
    table, name = table_of(call, PROCESSING_JOB), request["ProcessingJobName"]
    arn = table.create(name, record, request.get("Tags"))
    call.context.part(Jobs).begin(Processing(call.context, table, name))
    return {"ProcessingJobArn": arn}


@operation("DescribeProcessingJob")
def describe_processing_job(call: Call) -> dict[str, Any]:
    """Return a job; the second look at a running one waits for a change of status.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeProcessingJob.html
    """
    return operations.describe(call, PROCESSING_JOB)


@operation("ListProcessingJobs")
def list_processing_jobs(call: Call) -> dict[str, Any]:
    """Return one page of summaries.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListProcessingJobs.html
    """
    return operations.summaries(call, PROCESSING_JOB, "Ascending")


@operation("StopProcessingJob")
def stop_processing_job(call: Call) -> dict[str, Any]:
    """Ask a job to stop: SIGTERM, and SIGKILL after 120 seconds.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopProcessingJob.html
    """
    return operations.stop(call, PROCESSING_JOB)


@operation("DeleteProcessingJob")
def delete_processing_job(call: Call) -> dict[str, Any]:
    """Forget a job that has ended; its outputs and its log stay.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteProcessingJob.html
    """
    return operations.delete(call, PROCESSING_JOB)
