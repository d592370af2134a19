"""What a tuning job's record says of its training jobs: counters, the best, the end.

The record's private `_jobs` are their summaries, in the order of their starts.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperParameterTrainingJobSummary.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from localaws.jobs.run import DONE
from localaws.records.store import Record

Job = dict[str, Any]
AIM = "FinalHyperParameterTuningJobObjectiveMetric"
IDENTICAL = "IdenticalDataAndAlgorithm"  # a type of warm start
_RETRYABLE = "InternalServerError"


def value(job: Mapping[str, Any]) -> float | None:
    """Return the final objective of a training job, if it has one."""
    return job[AIM]["Value"] if AIM in job else None


def best(jobs: Sequence[Job]) -> Job | None:
    """Return the job with the best objective, of equals the first that ended."""
    rated = [job for job in jobs if AIM in job]
    return min(rated, key=lambda job: (_cost(job), _ending(job)), default=None)


def not_improving(jobs: Sequence[Job]) -> int:
    """Return how many jobs have ended since the one that is the best."""
    ended = sorted((job for job in jobs if AIM in job), key=_ending)
    found = best(ended)
    return len(ended) - 1 - ended.index(found) if found else 0


def reached(jobs: Sequence[Job], target: float) -> bool:
    """Return whether the best objective is as good as the target."""
    found = best(jobs)
    return found is not None and _cost(found) <= _cost(found, target)


def ended(job: Mapping[str, Any]) -> bool:
    """Return whether a training job has ended."""
    return job["TrainingJobStatus"] in DONE


def begin(name: str, arn: str, definition: str, values: dict[str, str]) -> Job:
    """Return the summary of a training job that is about to be created."""
    named = {"TrainingJobDefinitionName": definition} if definition else {}
    return {
        **named,
        "TrainingJobName": name,
        "TrainingJobArn": arn,
        "CreationTime": time.time(),
        "TrainingJobStatus": "InProgress",
        "TunedHyperParameters": values,
        "ObjectiveStatus": "Pending",
    }


def finish(job: Job, record: Mapping[str, Any], metric: str, maximizes: bool) -> None:
    """Take in what the record of a training job that has ended says."""
    for name in ("TrainingStartTime", "TrainingEndTime", "FailureReason"):
        if name in record:
            job[name] = record[name]
    job["TrainingJobStatus"] = record["TrainingJobStatus"]
    found = record.get("FinalMetricDataList") or ()
    values = [row["Value"] for row in found if row["MetricName"] == metric]
    succeeded = bool(values) and job["TrainingJobStatus"] != "Failed"
    job["ObjectiveStatus"] = "Succeeded" if succeeded else "Failed"
    if succeeded:
        kind = "Maximize" if maximizes else "Minimize"
        job[AIM] = {"Type": kind, "MetricName": metric, "Value": values[-1]}


def give_up(job: Job, reason: str) -> None:
    """Count a training job as failed of which nothing more is to be known."""
    now = {"TrainingJobStatus": "Failed", "ObjectiveStatus": "Failed"}
    job.update(now, FailureReason=reason, TrainingEndTime=time.time())


def refresh(record: Record) -> None:
    """Renew what the record says of all its training jobs together."""
    jobs = record["_jobs"]
    record["TrainingJobStatusCounters"] = _statuses(jobs)
    record["ObjectiveStatusCounters"] = {
        status: sum(job["ObjectiveStatus"] == status for job in jobs)
        for status in ("Succeeded", "Pending", "Failed")
    }
    record["TuningJobCompletionDetails"] = {
        "NumberOfTrainingJobsObjectiveNotImproving": not_improving(jobs)
    }
    if found := best(jobs):
        record["BestTrainingJob"] = found
    if "_parents" in record and record["WarmStartConfig"]["WarmStartType"] == IDENTICAL:
        own = record["HyperParameterTuningJobName"]
        everyone = [
            *record["_parents"],
            *({**job, "TuningJobName": own} for job in jobs),
        ]
        if found := best(everyone):
            record["OverallBestTrainingJob"] = found


def end(record: Record, status: str, reason: str = "") -> None:
    """End a tuning job; of training jobs that it has not seen end, none goes on."""
    for job in record["_jobs"]:
        if not ended(job):
            give_up(job, reason or "InternalServerError: its end was not seen.")
    refresh(record)
    now = time.time()
    record["HyperParameterTuningJobStatus"] = status
    record["HyperParameterTuningEndTime"] = now
    seconds = int(now - record["CreationTime"])
    record["ConsumedResources"] = {"RuntimeInSeconds": seconds}


def fail(record: Record, reason: str) -> None:
    """End a tuning job as Failed."""
    record["FailureReason"] = reason[:1024]
    end(record, "Failed", reason[:1024])


def _statuses(jobs: Sequence[Job]) -> dict[str, int]:
    """Return how many jobs have each status; what AWS would try again is told apart."""
    count = {"Completed": 0, "InProgress": 0, "RetryableError": 0}
    count |= {"NonRetryableError": 0, "Stopped": 0}
    for job in jobs:
        status = job["TrainingJobStatus"]
        if status == "Failed":
            again = job.get("FailureReason", "").startswith(_RETRYABLE)
            status = "RetryableError" if again else "NonRetryableError"
        count[status if status in count else "InProgress"] += 1
    return count


def _ending(job: Job) -> float:
    return float(job["TrainingEndTime" if "TrainingEndTime" in job else "CreationTime"])


def _cost(job: Mapping[str, Any], number: float | None = None) -> float:
    """Return the objective of a job, or another number, as what is to be small."""
    found = float(job[AIM]["Value"]) if number is None else number
    return -found if job[AIM]["Type"] == "Maximize" else found
