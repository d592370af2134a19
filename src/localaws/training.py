"""Training jobs: the operations."""

from __future__ import annotations

import shutil
import time
from typing import Any

from localaws import validation
from localaws.errors import in_use, invalid
from localaws.operations import Call, Context, operation
from localaws.store import Table
from localaws.trainer import RUNS, Run
from localaws.training_request import check
from localaws.transitions import DONE, fail, move

KIND = "TrainingJob"
# Seconds that a Describe of a running job may wait for its end: from the third look,
# at the second, and where somebody follows the log.
HOLD, HOLD_SECOND, HOLD_READERS = 20, 6, 5
MANAGED = "InternalServerError: the localaws server ended while the job ran."


def setup(context: Context) -> None:
    """Fail the jobs that an earlier server left behind; end ours with the server."""
    context.starters.append(lambda: _bury(context))
    context.on_close(lambda: [run.abandon() for run in list(RUNS.values())])


def _bury(context: Context) -> None:
    shutil.rmtree(context.folder / "jobs", ignore_errors=True)
    for region in context.store.regions():
        table = context.store.table(KIND, region)
        for record in table.all():
            if record["TrainingJobStatus"] not in DONE:
                with table.edit(record["TrainingJobName"]) as row:
                    fail(row, MANAGED)


@operation("CreateTrainingJob")
def create_training_job(call: Call) -> dict[str, Any]:
    """Store the job and start it.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
    """
    request = call.input
    check(request)
    record = {name: value for name, value in request.items() if name in _described()}
    record = {**_DEFAULTS, **record, "TrainingJobStatus": "InProgress"}
    move(record, "Pending", "Waiting for a free place on this machine")
    table, name = call.table(KIND), request["TrainingJobName"]
    arn = table.create(name, record, request.get("Tags"))
    Run(call.context, table, name).start()
    return {"TrainingJobArn": arn}


@operation("DescribeTrainingJob")
def describe_training_job(call: Call) -> dict[str, Any]:
    """Return a job; the second look at a running one waits for a change of status.

    A client that polls learns of the end when it comes, not at its next look.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
    """
    table, name = _known(call)
    record = table.describe(name)
    run = RUNS.get((call.region, name))
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
    rows, more = call.table(KIND).page(call.input, order="Ascending")
    members = _model("ListTrainingJobs").output_shape.members
    shown = members["TrainingJobSummaries"].member.members
    summaries = [{k: v for k, v in row.items() if k in shown} for row in rows]
    return {"TrainingJobSummaries": summaries, **more}


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
    run = RUNS.get((call.region, name))
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
    table, name = call.table(KIND), call.input["TrainingJobName"]
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


def _model(name: str) -> Any:
    return validation.service_model("sagemaker").operation_model(name)


def _described() -> Any:
    return _model("DescribeTrainingJob").output_shape.members
