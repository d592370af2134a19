"""What is remembered of pipelines and of their executions."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.pipelines import telling
from localaws.pipelines.drawing import picture
from localaws.records.pages import Row, page
from localaws.records.store import Kind, Record, Table, register, table_of

PIPELINE = register(Kind("Pipeline", "pipeline", told=False))
EXECUTION = register(
    Kind(
        "PipelineExecution",
        "pipeline-execution",
        events=telling.of_execution,
        detail_types=telling.DETAIL_TYPES,
        label=lambda record: f"{record['_pipeline']}/{record['PipelineExecutionName']}",
        picture=picture,
        own_key="PipelineExecutionName",  # requests have its ARN
    )
)
_BETWEEN = "/execution/"


def pipeline_of(call: Call) -> tuple[Table, str]:
    """Return table and name of the pipeline that a request names, by its ARN too."""
    table = table_of(call, PIPELINE)
    name = call.input["PipelineName"].rpartition("/")[2]
    if not table.exists(name):
        raise absent(f"Pipeline '{table.arn(name)}' does not exist.")
    return table, name


def execution_of(call: Call, arn: str = "") -> tuple[Table, str]:
    """Return table and identifier of the execution that a request names."""
    table = table_of(call, EXECUTION)
    arn = arn or call.input.get("PipelineExecutionArn", "")
    name = arn.rpartition(_BETWEEN)[2]
    if not table.exists(name) or table.get(name)["PipelineExecutionArn"] != arn:
        raise absent(f"Pipeline execution '{arn}' does not exist.")
    return table, name


def absent(text: str) -> ServiceError:
    """Return the error for what is not there."""
    return ServiceError("ResourceNotFound", text)


def conflict(text: str) -> ServiceError:
    """Return the error for what is not possible now."""
    return ServiceError("ConflictException", text)


def execution_arn(pipeline: str, name: str) -> str:
    """Return the ARN of an execution of a pipeline, whose own ARN is given."""
    return f"{pipeline}{_BETWEEN}{name}"


def executions(table: Table, pipeline: str) -> list[Record]:
    """Return the executions of a pipeline, the oldest first."""
    found = [row for row in table.all() if row["_pipeline"] == pipeline]
    return sorted(found, key=lambda row: row["CreationTime"])


def again(rows: list[Record], token: str | None) -> Record | None:
    """Return the record that a request with this token has made already."""
    found = (row for row in rows if token and row.get("_token") == token)
    return next(found, None)


def started(identifier: str, record: Mapping[str, Any]) -> Record:
    """Return the record of an execution that begins."""
    now = time.time()
    return {
        "PipelineExecutionDisplayName": f"execution-{round(now * 1000)}",
        **record,
        EXECUTION.key: identifier,
        EXECUTION.status: "Executing",
        "CreationTime": now,
    }


def definition_of(pipeline: Record, version: int | None = None) -> str:
    """Return the newest definition of a pipeline, or that of a version."""
    versions = pipeline["_versions"]
    found = [one for one in versions if version in (None, one["Id"])]
    if not found:
        arn = pipeline["PipelineArn"]
        raise absent(f"Pipeline '{arn}' has no version {version}.")
    return str(found[-1]["Definition"])


def listed(
    rows: list[Record], key: str, request: Mapping[str, Any]
) -> tuple[list[Record], dict[str, str]]:
    """Return the page of rows that a List request asks for, and its `NextToken` part.

    `key` is the member that tells them apart; else they are sorted by their time.
    """
    times = {"CreatedAfter": "CreationTimeAfter", "CreatedBefore": "CreationTimeBefore"}
    asked = {times.get(name, name): value for name, value in request.items()}
    if asked.get("SortBy") in ("Name", key):
        asked["SortBy"] = "Name"
    by_name = {row[key]: row for row in rows}
    found = [
        Row(row[key], row["CreationTime"], row["CreationTime"], "", "") for row in rows
    ]
    shown, more = page(found, asked, "Descending")
    return [by_name[row.name] for row in shown], more
