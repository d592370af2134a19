"""Hyperparameter tuning jobs: the operations."""

from __future__ import annotations

import json
import secrets
from typing import Any

from localaws.api.registry import Call, Context, operation
from localaws.iam.roles import check_role
from localaws.jobs import operations
from localaws.jobs.run import Jobs
from localaws.records.pages import Row, page
from localaws.records.store import Kind, register, table_of
from localaws.tuning import parents, summary
from localaws.tuning.request import check
from localaws.tuning.run import Tuning

TUNING_JOB = register(
    Kind("HyperParameterTuningJob", "hyper-parameter-tuning-job", first=6)
)
_LISTED = (  # of a record, in a list
    *("HyperParameterTuningJobName", "HyperParameterTuningJobArn", "CreationTime"),
    *("HyperParameterTuningJobStatus", "HyperParameterTuningEndTime"),
    *("LastModifiedTime", "TrainingJobStatusCounters", "ObjectiveStatusCounters"),
)


def setup(context: Context) -> None:
    """Let the server's jobs bury the tuning jobs of an earlier server."""
    context.part(Jobs).own(TUNING_JOB, summary.fail)


@operation("CreateHyperParameterTuningJob")
def create_hyper_parameter_tuning_job(call: Call) -> dict[str, Any]:
    """Store the job and start it.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html
    """
    request, table = call.input, table_of(call, TUNING_JOB)
    definitions = check(request, call.context.paths)
    for one in definitions:
        check_role(call.context, one.given["RoleArn"])
    record = {name: value for name, value in request.items() if name != "Tags"}
    seed = request["HyperParameterTuningJobConfig"].get("RandomSeed")
    record |= parents.known(request, definitions, table)
    record |= {"HyperParameterTuningJobStatus": "InProgress", "_jobs": []}
    record["_seed"] = secrets.randbelow(2**31) if seed is None else seed
    summary.refresh(record)
    name = request["HyperParameterTuningJobName"]
    arn = table.create(name, record, request.get("Tags"))
    call.context.part(Jobs).begin(Tuning(call.context, table, name))
    return {"HyperParameterTuningJobArn": arn}


@operation("DescribeHyperParameterTuningJob")
def describe_hyper_parameter_tuning_job(call: Call) -> dict[str, Any]:
    """Return a job; the second look at a running one waits for a change of status.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeHyperParameterTuningJob.html
    """
    return operations.describe(call, TUNING_JOB)


@operation("ListHyperParameterTuningJobs")
def list_hyper_parameter_tuning_jobs(call: Call) -> dict[str, Any]:
    """Return one page of summaries.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListHyperParameterTuningJobs.html
    """
    asked = {"SortBy": "Name", **call.input}
    rows, more = table_of(call, TUNING_JOB).page(asked, order="Ascending")
    found = []
    for row in rows:
        config = row["HyperParameterTuningJobConfig"]
        own = {name: config[name] for name in ("Strategy", "ResourceLimits")}
        found.append({**own, **{name: row[name] for name in _LISTED if name in row}})
    return {"HyperParameterTuningJobSummaries": found, **more}


@operation("ListTrainingJobsForHyperParameterTuningJob")
def list_training_jobs(call: Call) -> dict[str, Any]:
    """Return one page of what is known of a tuning job's training jobs.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrainingJobsForHyperParameterTuningJob.html
    """
    table, name = operations.known(call, TUNING_JOB)
    asked = {"SortBy": "Name", **call.input}
    by_value = asked["SortBy"] == "FinalObjectiveMetricValue"
    rows = []
    for job in table.get(name)["_jobs"]:
        value = summary.value(job) if by_value else job["CreationTime"]
        if value is not None:
            own, status = job["TrainingJobName"], job["TrainingJobStatus"]
            rows.append(Row(own, value, value, status, json.dumps(job)))
    found, more = page(rows, asked, "Ascending")
    return {"TrainingJobSummaries": [json.loads(row.text) for row in found], **more}


@operation("StopHyperParameterTuningJob")
def stop_hyper_parameter_tuning_job(call: Call) -> dict[str, Any]:
    """Ask a job to stop, and all training jobs that it has started and that run.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopHyperParameterTuningJob.html
    """
    return operations.stop(call, TUNING_JOB)


@operation("DeleteHyperParameterTuningJob")
def delete_hyper_parameter_tuning_job(call: Call) -> dict[str, Any]:
    """Forget a job that has ended; its training jobs stay.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteHyperParameterTuningJob.html
    """
    return operations.delete(call, TUNING_JOB)
