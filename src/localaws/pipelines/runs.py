"""Executions of pipelines: the operations."""

from __future__ import annotations

from typing import Any

from localaws.api import members
from localaws.api.errors import invalid
from localaws.api.registry import Call, operation
from localaws.iam.roles import check_role
from localaws.jobs.operations import hold
from localaws.pipelines import parameters, selective
from localaws.pipelines.definition import Definition, parse
from localaws.pipelines.execution import GOING, Executions
from localaws.pipelines.expressions import Scope, Unresolved, as_text, resolve
from localaws.pipelines.members import START_PIPELINE_EXECUTION
from localaws.pipelines.record import (
    EXECUTION,
    again,
    conflict,
    definition_of,
    execution_arn,
    execution_of,
    executions,
    listed,
    pipeline_of,
    started,
)
from localaws.pipelines.scope import variables
from localaws.pipelines.works import letters
from localaws.records.store import Record, public, table_of

STEPS = 100  # of a page of ListPipelineExecutionSteps
_KEPT = (
    "PipelineExecutionDisplayName",
    "PipelineExecutionDescription",
    "ParallelismConfiguration",
    "SelectiveExecutionConfig",
)
_SHOWN = ("FailureReason", "AttemptCount", "Metadata", "StartTime", "EndTime")


@operation("StartPipelineExecution")
def start_pipeline_execution(call: Call) -> dict[str, Any]:
    """Start an execution; a request with the same token starts no other one.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html
    """
    members.check(call.input, START_PIPELINE_EXECUTION)
    pipelines, name = pipeline_of(call)
    pipeline, table = pipelines.get(name), table_of(call, EXECUTION)
    token = call.input["ClientRequestToken"]
    if earlier := again(executions(table, name), token):
        return {"PipelineExecutionArn": earlier["PipelineExecutionArn"]}
    role = call.input.get("RoleArn") or pipeline["RoleArn"]
    check_role(call.context, role)
    version = call.input.get("PipelineVersionId", pipeline["_versions"][-1]["Id"])
    text = definition_of(pipeline, version)
    made = parse(text)
    values = parameters.given(made.parameters, call.input.get("PipelineParameters", ()))
    identifier = letters(12)
    kept = {key: call.input[key] for key in _KEPT if key in call.input}
    at_once = pipeline.get("ParallelismConfiguration")
    record = {
        **({"ParallelismConfiguration": at_once} if at_once else {}),
        **kept,
        "PipelineArn": pipeline["PipelineArn"],
        "PipelineExecutionArn": execution_arn(pipeline["PipelineArn"], identifier),
        "PipelineVersionId": version,
        "RoleArn": role,
        "_pipeline": name,
        "_definition": text,
        "_values": values,
        "_token": token,
        "_steps": _reused(call, made, name),
    }
    record = started(identifier, record)
    table.create(identifier, {**record, **_experiment(record, made)})
    call.context.part(Executions).begin(table, identifier)
    return {"PipelineExecutionArn": record["PipelineExecutionArn"]}


def _reused(call: Call, made: Definition, pipeline: str) -> dict[str, Any]:
    """Return the states of steps that a selective execution takes from another."""
    config = call.input.get("SelectiveExecutionConfig")
    if not config:
        return {}
    source = None
    if arn := config.get("SourcePipelineExecutionArn"):
        table, name = execution_of(call, arn)
        source = table.get(name)
        if source["_pipeline"] != pipeline or source[EXECUTION.status] in GOING:
            raise conflict(f"{arn} must be an ended execution of this pipeline.")
    selected = [one["StepName"] for one in config["SelectedSteps"]]
    return selective.reused(made, selected, source)


def _experiment(record: Record, made: Definition) -> Record:
    """Return how the experiment would be called; there are no experiments here."""
    known = Scope(record["_values"], variables(record))
    try:
        named = resolve(dict(made.experiment), known)
    except Unresolved as error:
        raise invalid(f"PipelineExperimentConfig: {error}.") from None
    texts = {key: as_text(value) for key, value in named.items()}
    return {"PipelineExperimentConfig": texts} if texts else {}


@operation("DescribePipelineExecution")
def describe_pipeline_execution(call: Call) -> dict[str, Any]:
    """Return an execution; the second look at a running one waits for its end.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribePipelineExecution.html
    """
    table, name = execution_of(call)
    before = table.get(name)[EXECUTION.status]
    going = call.context.part(Executions).find(name)
    if going is not None and before in GOING:
        hold(call.context, table, name, going, before)
    return table.describe(name)


@operation("DescribePipelineDefinitionForExecution")
def describe_pipeline_definition_for_execution(call: Call) -> dict[str, Any]:
    """Return the definition that an execution began with.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribePipelineDefinitionForExecution.html
    """
    table, name = execution_of(call)
    record = table.get(name)
    created = record["CreationTime"]
    return {"PipelineDefinition": record["_definition"], "CreationTime": created}


@operation("StopPipelineExecution")
def stop_pipeline_execution(call: Call) -> dict[str, Any]:
    """Stop an execution: no step begins any more, and its jobs are stopped.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopPipelineExecution.html
    """
    table, name = execution_of(call)
    with table.edit(name) as record:
        if record[EXECUTION.status] not in GOING:
            raise _not_now("stop", record)
        record[EXECUTION.status] = "Stopping"
    _tell(call, name)
    return {"PipelineExecutionArn": record["PipelineExecutionArn"]}


@operation("RetryPipelineExecution")
def retry_pipeline_execution(call: Call) -> dict[str, Any]:
    """Let an execution that failed or was stopped go on: what failed begins anew.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RetryPipelineExecution.html
    """
    table, name = execution_of(call)
    token = call.input["ClientRequestToken"]
    with table.edit(name) as record:
        if record.get("_retried") == token:
            return {"PipelineExecutionArn": record["PipelineExecutionArn"]}
        if record[EXECUTION.status] in (*GOING, "Succeeded"):
            raise _not_now("retry", record)
        made = parse(record["_definition"])
        record["_steps"] = selective.again(made, record["_steps"])
        record["_retried"] = token
        record[EXECUTION.status] = "Executing"
        record.pop("FailureReason", None)
        if at_once := call.input.get("ParallelismConfiguration"):
            record["ParallelismConfiguration"] = at_once
    call.context.part(Executions).begin(table, name)
    return {"PipelineExecutionArn": record["PipelineExecutionArn"]}


@operation("UpdatePipelineExecution")
def update_pipeline_execution(call: Call) -> dict[str, Any]:
    """Change the names of an execution, or how many of its steps may run at once.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdatePipelineExecution.html
    """
    table, name = execution_of(call)
    changes = {key: call.input[key] for key in _KEPT if key in call.input}
    record = table.update(name, **changes)
    _tell(call, name)
    return {"PipelineExecutionArn": record["PipelineExecutionArn"]}


@operation("ListPipelineExecutions")
def list_pipeline_executions(call: Call) -> dict[str, Any]:
    """Return one page of the executions of a pipeline, the newest first.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelineExecutions.html
    """
    _, name = pipeline_of(call)
    rows = [
        {
            **public(row),
            "StartTime": row["CreationTime"],
            "PipelineExecutionFailureReason": row.get("FailureReason"),
        }
        for row in executions(table_of(call, EXECUTION), name)
    ]
    shown, more = listed(rows, "PipelineExecutionArn", call.input)
    return {"PipelineExecutionSummaries": list(map(_given, shown)), **more}


@operation("ListPipelineExecutionSteps")
def list_pipeline_execution_steps(call: Call) -> dict[str, Any]:
    """Return one page of the steps that have begun, the last ones first.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelineExecutionSteps.html
    """
    table, name = execution_of(call, call.input.get("PipelineExecutionArn", ""))
    record = table.get(name)
    made = parse(record["_definition"])
    rows = [
        {"CreationTime": state["StartTime"], **_step(made, one, state)}
        for one, state in record["_steps"].items()
    ]
    shown, more = listed(rows, "StepName", {"MaxResults": STEPS, **call.input})
    return {"PipelineExecutionSteps": shown, **more}


def _step(made: Definition, name: str, state: dict[str, Any]) -> Record:
    whole = made.steps[name].whole
    source = "SourcePipelineExecutionArn"
    found = {
        "StepName": name,
        "StepDisplayName": whole.get("DisplayName"),
        "StepDescription": whole.get("Description"),
        "StepStatus": state["Status"],
        **{key: state[key] for key in _SHOWN if key in state},
        "CacheHitResult": {source: state["Cache"]} if "Cache" in state else None,
        "SelectiveExecutionResult": (
            {source: state["Selective"]} if "Selective" in state else None
        ),
    }
    return _given(found)


@operation("ListPipelineParametersForExecution")
def list_pipeline_parameters_for_execution(call: Call) -> dict[str, Any]:
    """Return one page of the values of an execution's parameters.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelineParametersForExecution.html
    """
    table, name = execution_of(call)
    rows = [
        {"CreationTime": float(number), **one}
        for number, one in enumerate(parameters.listed(table.get(name)["_values"]))
    ]
    asked = {"MaxResults": 100, **call.input, "SortOrder": "Ascending"}
    shown, more = listed(rows, "Name", asked)
    return {"PipelineParameters": shown, **more}


def _given(row: Record) -> Record:
    return {key: value for key, value in row.items() if value is not None}


def _not_now(verb: str, record: Record) -> Exception:
    arn, status = record["PipelineExecutionArn"], record[EXECUTION.status]
    return conflict(
        f"Cannot {verb} the pipeline execution {arn}: its status is {status}."
    )


def _tell(call: Call, name: str) -> None:
    if going := call.context.part(Executions).find(name):
        going.tell()
