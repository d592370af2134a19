"""The events of executions and of their steps, as EventBridge has them.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localaws.eventbridge.buses import moment
from localaws.records.store import Record
from localaws.records.told import Told

DETAIL_TYPES = (
    "SageMaker Model Building Pipeline Execution Status Change",
    "SageMaker Model Building Pipeline Execution Step Status Change",
)
ENDED = ("Succeeded", "Failed", "Stopped", "CompletedWithFailures")


def of_execution(before: Record | None, after: Record) -> list[Told]:
    """Return the events of a change: the execution's own, and its steps'."""
    return [*_of_steps(before or {}, after), *_own(before or {}, after)]


def _own(before: Record, after: Record) -> Iterator[Told]:
    then, now = (one.get("PipelineExecutionStatus") for one in (before, after))
    if then == now:
        return
    detail = {
        "pipelineExecutionDisplayName": after["PipelineExecutionDisplayName"],
        "pipelineExecutionDescription": after.get("PipelineExecutionDescription"),
        "currentPipelineExecutionStatus": now,
        "previousPipelineExecutionStatus": then,
        "executionStartTime": moment(after["CreationTime"]),
        "executionEndTime": moment(after["LastModifiedTime"]) if now in ENDED else None,
        "failureReason": after.get("FailureReason"),
    }
    yield _told(0, after, detail)


def _of_steps(before: Record, after: Record) -> Iterator[Told]:
    known = before.get("_steps", {})
    for name, state in after["_steps"].items():
        then, now = known.get(name, {}).get("Status"), state["Status"]
        if then == now:
            continue
        detail = {
            "metadata": _small(state.get("Metadata", {})),
            "stepStartTime": moment(state["StartTime"]),
            "stepEndTime": moment(state["EndTime"]) if "EndTime" in state else None,
            "stepName": name,
            "stepType": state["Type"],
            "currentStepStatus": now,
            "previousStepStatus": then,
            "failureReason": state.get("FailureReason"),
            "cacheHitResult": _source(state.get("Cache")),
        }
        yield _told(1, after, detail)


def _source(arn: str | None) -> dict[str, str] | None:
    return {"sourcePipelineExecutionArn": arn} if arn else None


def _told(which: int, after: Record, detail: dict[str, Any]) -> Told:
    names = ("PipelineArn", "PipelineExecutionArn")
    places = {name[:1].lower() + name[1:]: after[name] for name in names}
    known = {key: value for key, value in detail.items() if value is not None}
    return Told(DETAIL_TYPES[which], list(places.values()), {**known, **places})


def _small(value: Any) -> Any:
    """Return metadata with names as events have them: "processingJob"."""
    if not isinstance(value, dict):
        return value
    return {name[:1].lower() + name[1:]: _small(one) for name, one in value.items()}
