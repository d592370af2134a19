"""Training jobs: the operations."""

from __future__ import annotations

import time
from typing import Any

from localaws.api.errors import in_use, invalid
from localaws.api.registry import Call, Context, operation
from localaws.api.validation import service_model
from localaws.iam.roles import check_role
from localaws.jobs.run import DONE, Jobs
from localaws.records.store import Kind, Record, Table, register, table_of
from localaws.training.request import check
from localaws.training.run import Training, fail, move

# Seconds that a Describe of a running job may wait for its end: from the third look,
# at the second, and where somebody follows the log.
HOLD, HOLD_SECOND, HOLD_READERS = 20, 6, 5


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
    record = {**_DEFAULTS, **record, "TrainingJobStatus": "InProgress"}
    move(record, "Pending", "Waiting for a free place on this machine")
    table, name = table_of(call, TRAINING_JOB), request["TrainingJobName"]
    arn = table.create(name, record, request.get("Tags"))
    call.context.part(Jobs).begin(Training(call.context, table, name))
    return {"TrainingJobArn": arn}


@operation("DescribeTrainingJob")
def describe_training_job(call: Call) -> dict[str, Any]:
    """Return a job; the second look at a running one waits for a change of status.

    A client that polls learns of the end when it comes, not at its next look.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
    """
    table, name = _known(call)
    record = table.describe(name)
    run = call.context.part(Jobs).find(table, name)
    if run is None:
        return record
    before, closing = record["TrainingJobStatus"], call.context.closing
    run.looks += 1
    table.wait(
        name,
        lambda now: now["TrainingJobStatus"] != before or closing.is_set(),
        _patience(run.looks, call.context.log_read),
    )
    return table.describe(name)


def _patience(looks: int, log_read: float) -> float:
    """Return how long a look may wait: not long for those who read the log as well."""
    if looks <= 2:
        return (0, HOLD_SECOND)[looks - 1]
    return HOLD_READERS if time.monotonic() - log_read < 60 else HOLD


@operation("ListTrainingJobs")
def list_training_jobs(call: Call) -> dict[str, Any]:
    """Return one page of summaries.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrainingJobs.html
    """
    table = table_of(call, TRAINING_JOB)
    rows, more = table.page(call.input, order="Ascending")
    return {"TrainingJobSummaries": rows, **more}


@operation("StopTrainingJob")
def stop_training_job(call: Call) -> dict[str, Any]:
    """Ask a job to stop: SIGTERM, and SIGKILL after 120 seconds.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html
    """
    table, name = _known(call)
    with table.edit(name) as record:
        status = record["TrainingJobStatus"]
        if status in DONE:
            raise invalid(_REJECTED.format(status=status))
        if status != "Stopping":
            record["TrainingJobStatus"] = "Stopping"
            move(record, "Stopping", "Stopping the training job")
    run = call.context.part(Jobs).find(table, name)
    if run is not None:
        run.request_stop("Stopped")
    return {}


@operation("DeleteTrainingJob")
def delete_training_job(call: Call) -> dict[str, Any]:
    """Forget a job that has ended; its artefacts, checkpoints and log stay.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteTrainingJob.html
    """
    table, name = _known(call)
    status = table.get(name)["TrainingJobStatus"]
    if status not in DONE:
        raise in_use(_REJECTED.format(status=status))
    table.delete(name)
    return {}


def _known(call: Call) -> tuple[Table, str]:
    """Return table and name of the job that a request names, in AWS's words if none."""
    table, name = table_of(call, TRAINING_JOB), call.input["TrainingJobName"]
    if not table.exists(name):
        raise invalid("Requested resource not found.")
    return table, name


_REJECTED = "The request was rejected because the training job is in status {status}."
_DEFAULTS = {
    "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": False,
    "EnableManagedSpotTraining": False,
}


def _described() -> Any:
    model = service_model("sagemaker").operation_model("DescribeTrainingJob")
    return model.output_shape.members
