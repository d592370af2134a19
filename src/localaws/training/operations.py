"""Training jobs: the operations."""

from __future__ import annotations

from typing import Any

from localaws.api.registry import Call, Context, operation
from localaws.api.validation import service_model
from localaws.iam.roles import check_role
from localaws.jobs import operations
from localaws.jobs.run import Jobs
from localaws.records.store import Kind, Record, register, table_of
from localaws.training.request import check
from localaws.training.run import Training, fail, move
from localaws.training.task import completed


def machines(record: Record) -> list[tuple[str, int]]:
    """Return the types and counts of the instances that a job asks for."""
    resources = record["ResourceConfig"]
    groups = resources.get("InstanceGroups") or [resources]
    return [(row["InstanceType"], row["InstanceCount"]) for row in groups]


TRAINING_JOB = register(
    Kind(
        "TrainingJob",
        "training-job",
        log_group="/aws/sagemaker/TrainingJobs",
        log_streams="{name}/",
        first=1,
        machines=machines,
    )
)


def setup(context: Context) -> None:
    """Let the server's jobs bury the training jobs of an earlier server."""
    context.part(Jobs).own(TRAINING_JOB, fail)


@operation("CreateTrainingJob")
def create_training_job(call: Call) -> dict[str, Any]:
    """Store the job and start it.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
    """
    request = call.input
    check(request, call.context.paths)
    check_role(call.context, request["RoleArn"])
    record = {name: value for name, value in request.items() if name in _described()}
    record = completed({**_DEFAULTS, **record, "TrainingJobStatus": "InProgress"})
    move(record, "Pending", "Waiting for a free place on this machine")
    table, name = table_of(call, TRAINING_JOB), request["TrainingJobName"]
    arn = table.create(name, record, request.get("Tags"))
    call.context.part(Jobs).begin(Training(call.context, table, name))
    return {"TrainingJobArn": arn}


@operation("DescribeTrainingJob")
def describe_training_job(call: Call) -> dict[str, Any]:
    """Return a job; the second look at a running one waits for a change of status.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
    """
    return operations.describe(call, TRAINING_JOB)


@operation("ListTrainingJobs")
def list_training_jobs(call: Call) -> dict[str, Any]:
    """Return one page of summaries.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrainingJobs.html
    """
    return operations.summaries(call, TRAINING_JOB, "Ascending")


@operation("StopTrainingJob")
def stop_training_job(call: Call) -> dict[str, Any]:
    """Ask a job to stop: SIGTERM, and SIGKILL after 120 seconds.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html
    """
    return operations.stop(
        call,
        TRAINING_JOB,
        lambda record: move(record, "Stopping", "Stopping the training job"),
    )


@operation("DeleteTrainingJob")
def delete_training_job(call: Call) -> dict[str, Any]:
    """Forget a job that has ended; its artefacts, checkpoints and log stay.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteTrainingJob.html
    """
    return operations.delete(call, TRAINING_JOB)


_DEFAULTS = {
    "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": False,
    "EnableManagedSpotTraining": False,
}


def _described() -> Any:
    model = service_model("sagemaker").operation_model("DescribeTrainingJob")
    return model.output_shape.members
