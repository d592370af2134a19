"""How a job's status moves, with a dated line for each step."""

from __future__ import annotations

import time
from typing import Any

from localaws.jobs.run import DONE
from localaws.training.spot import PRICE

_LAST = (*DONE, "MaxRuntimeExceeded", "MaxWaitTimeExceeded")


def move(record: dict[str, Any], status: str, message: str) -> None:
    """Begin a secondary status and end the one before.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SecondaryStatusTransition.html
    """
    now = time.time()
    transitions = record.setdefault("SecondaryStatusTransitions", [])
    if transitions:
        transitions[-1].setdefault("EndTime", now)
    new = {"Status": status, "StartTime": now, "StatusMessage": message}
    if status in _LAST:
        new["EndTime"] = now
    transitions.append(new)
    record["SecondaryStatus"] = status


def finish(record: dict[str, Any], status: str, *, last: str, message: str) -> None:
    """End a training job: `status` is the job's, `last` its secondary status.

    Spot instances are billed for fewer seconds than they ran: the ratio is the saving.
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
    """
    move(record, last, message)
    now = time.time()
    record["TrainingJobStatus"] = status
    record["TrainingEndTime"] = now
    if "TrainingStartTime" in record:
        seconds = max(1, round(now - record["TrainingStartTime"]))
        record["TrainingTimeInSeconds"] = seconds
        price = PRICE if record.get("EnableManagedSpotTraining") else 1
        record["BillableTimeInSeconds"] = max(1, round(seconds * price))


def fail(record: dict[str, Any], reason: str) -> None:
    """End a training job as Failed."""
    record["FailureReason"] = reason[:1024]
    finish(record, "Failed", last="Failed", message="Training job failed")
