"""Pipelines: the operations."""

from __future__ import annotations

import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.api import members
from localaws.api.errors import invalid
from localaws.api.registry import Call, Context, operation
from localaws.bounds import TooLong, whole
from localaws.iam.roles import check_role, role_client
from localaws.pipelines import arguments
from localaws.pipelines.definition import parse
from localaws.pipelines.execution import GOING, Executions
from localaws.pipelines.members import CREATE_PIPELINE, UPDATE_PIPELINE
from localaws.pipelines.record import (
    EXECUTION,
    PIPELINE,
    conflict,
    definition_of,
    executions,
    listed,
    pipeline_of,
)
from localaws.records.store import Record, table_of

MOST = 1024 * 1024  # bytes of a definition
KEPT = 100  # versions of a definition
_GIVEN = ("PipelineDefinition", "PipelineDefinitionS3Location")


def setup(context: Context) -> None:
    """Give the server its executions, and let those go on that an earlier one left."""
    made = context.add(Executions(context))
    context.on_start(made.resume)
    context.on_close(made.close)


@operation("CreatePipeline")
def create_pipeline(call: Call) -> dict[str, Any]:
    """Store a definition that can be run; what cannot is refused in words.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html
    """
    members.check(call.input, CREATE_PIPELINE)
    request, table = dict(call.input), table_of(call, PIPELINE)
    name, token = request["PipelineName"], request.pop("ClientRequestToken")
    if table.exists(name):
        if table.get(name)["_token"] == token:
            return {"PipelineArn": table.arn(name)}
        raise invalid(
            "Pipeline names must be unique within an AWS account and region. Pipeline "
            f"with name ({name}) already exists."
        )
    check_role(call.context, request["RoleArn"])
    text, tags = _definition(call, request["RoleArn"]), request.pop("Tags", [])
    record = {n: value for n, value in request.items() if n not in _GIVEN}
    display = {"PipelineDisplayName": name}
    own = {
        "PipelineStatus": "Active",
        "_token": token,
        "_versions": [_version(1, text)],
    }
    return {"PipelineArn": table.create(name, {**display, **record, **own}, tags)}


@operation("UpdatePipeline")
def update_pipeline(call: Call) -> dict[str, Any]:
    """Change a pipeline; executions that have begun keep their definition.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdatePipeline.html
    """
    members.check(call.input, UPDATE_PIPELINE)
    table, name = pipeline_of(call)
    request = {
        n: v for n, v in call.input.items() if n not in (*_GIVEN, "PipelineName")
    }
    role = request.get("RoleArn") or table.get(name)["RoleArn"]
    check_role(call.context, role)
    text = _definition(call, role) if any(one in call.input for one in _GIVEN) else ""
    with table.edit(name) as record:
        record.update(request)
        number = record["_versions"][-1]["Id"]
        if text:
            number += 1
            kept = record["_versions"][1 - KEPT :]
            record["_versions"] = [*kept, _version(number, text)]
    return {"PipelineArn": table.arn(name), "PipelineVersionId": number}


@operation("DescribePipeline")
def describe_pipeline(call: Call) -> dict[str, Any]:
    """Return a pipeline with its definition, or with that of an earlier version.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribePipeline.html
    """
    table, name = pipeline_of(call)
    record = table.get(name)
    text = definition_of(record, call.input.get("PipelineVersionId"))
    runs = executions(table_of(call, EXECUTION), name)
    last = {"LastRunTime": runs[-1]["CreationTime"]} if runs else {}
    return {**table.describe(name), "PipelineDefinition": text, **last}


@operation("DeletePipeline")
def delete_pipeline(call: Call) -> dict[str, Any]:
    """Forget a pipeline and its executions, none of which may run; their jobs stay.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeletePipeline.html
    """
    table, name = pipeline_of(call)
    rows, runs = table_of(call, EXECUTION), executions(table_of(call, EXECUTION), name)
    going = [
        row["PipelineExecutionArn"] for row in runs if row[EXECUTION.status] in GOING
    ]
    if going:
        raise conflict(
            f"Cannot delete the pipeline {table.arn(name)}: stop its executions first, "
            f"such as {going[0]}."
        )
    for row in runs:
        rows.delete(row[EXECUTION.key])
    table.delete(name)
    return {"PipelineArn": table.arn(name)}


@operation("ListPipelines")
def list_pipelines(call: Call) -> dict[str, Any]:
    """Return one page of summaries.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelines.html
    """
    prefix = call.input.get("PipelineNamePrefix", "")
    ours = call.input.get("ManagedBy", "CUSTOMER") == "CUSTOMER"
    rows = [row for row in table_of(call, PIPELINE).all() if ours]
    found = [row for row in rows if row["PipelineName"].startswith(prefix)]
    shown, more = listed(found, PIPELINE.key, call.input)
    last = _last_runs(call)
    for row in shown:
        if row["PipelineName"] in last:
            row["LastExecutionTime"] = last[row["PipelineName"]]
    return {"PipelineSummaries": shown, **more}


def _last_runs(call: Call) -> dict[str, float]:
    runs = sorted(table_of(call, EXECUTION).all(), key=lambda row: row["CreationTime"])
    return {row["_pipeline"]: row["CreationTime"] for row in runs}


@operation("ListPipelineVersions")
def list_pipeline_versions(call: Call) -> dict[str, Any]:
    """Return one page of the versions of a pipeline: one for each definition it had.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelineVersions.html
    """
    table, name = pipeline_of(call)
    rows = [
        {
            "Name": f"{one['Id']:09}",  # by which they are in order
            "PipelineArn": table.arn(name),
            "PipelineVersionId": one["Id"],
            "CreationTime": one["CreationTime"],
        }
        for one in table.get(name)["_versions"]
    ]
    shown, more = listed(rows, "Name", {**call.input, "SortBy": "Name"})
    return {"PipelineVersionSummaries": shown, **more}


def _version(number: int, text: str) -> Record:
    return {"Id": number, "CreationTime": time.time(), "Definition": text}


def _definition(call: Call, role: str) -> str:
    """Return the checked definition of a request, or of the object that it names."""
    given = [call.input[name] for name in _GIVEN if name in call.input]
    if len(given) != 1:
        raise invalid(f"Give {_GIVEN[0]} or {_GIVEN[1]}, one of both.")
    text = given[0] if isinstance(given[0], str) else _stored(call, role, given[0])
    arguments.check(parse(text))
    return text


def _stored(call: Call, role: str, place: dict[str, str]) -> str:
    """Return the text of an object, which the pipeline's role must be able to read."""
    uri = f"s3://{place['Bucket']}/{place['ObjectKey']}"
    names = {"Bucket": "Bucket", "ObjectKey": "Key", "VersionId": "VersionId"}
    asked = {names[name]: value for name, value in place.items()}
    try:
        s3 = role_client(call.context, role, "s3", call.region)
        return whole(s3.get_object(**asked)["Body"], MOST).decode()
    except (BotoCoreError, ClientError, TooLong, UnicodeDecodeError) as error:
        raise invalid(f"The definition {uri} cannot be read: {error}.") from error
