"""Steps of a pipeline that run a script, what they read, and what became of them."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from course.cloud.pipelines import GOING, executions

INSIDE = "/opt/ml/processing"
PATIENCE = 3600  # seconds


def put(address: str, x: np.ndarray, y: np.ndarray) -> None:
    """Write images and labels to an address in S3, as an `.npz` with `x` and `y`."""
    import boto3

    bucket, _, key = address.removeprefix("s3://").partition("/")
    np.savez(file := io.BytesIO(), x=x, y=y)
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=file.getvalue())


def script(
    path: Path,
    inputs: Mapping[str, Any],
    outputs: Sequence[str],
    arguments: Sequence[str],
    *,
    place: str,
    **machine: Any,
) -> Any:
    """Return the arguments of a ProcessingStep that runs a script with folders.

    `inputs` has an address in S3 for each folder; what the script leaves in the folders
    of `outputs` goes below `place`, under the identifier of the execution. `machine` is
    for a ScriptProcessor: image_uri, instance_type, role, sagemaker_session.
    https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-processing
    """
    from sagemaker.core.processing import ScriptProcessor

    processor = ScriptProcessor(command=["python3"], instance_count=1, **machine)
    return processor.run(
        code=str(path),
        inputs=[_given(name, uri) for name, uri in inputs.items()],
        outputs=[_made(name, place) for name in outputs],
        arguments=list(arguments),
    )


def _given(name: str, uri: Any) -> Any:
    from sagemaker.core.shapes import ProcessingInput, ProcessingS3Input

    source = ProcessingS3Input(
        s3_uri=uri,
        local_path=f"{INSIDE}/{name}",
        s3_data_type="S3Prefix",
        s3_input_mode="File",
    )
    return ProcessingInput(input_name=name, s3_input=source)


def _made(name: str, place: str) -> Any:
    from sagemaker.core.shapes import ProcessingOutput, ProcessingS3Output
    from sagemaker.core.workflow.execution_variables import ExecutionVariables
    from sagemaker.core.workflow.functions import Join

    parts = [place, ExecutionVariables.PIPELINE_EXECUTION_ID, name]
    target = ProcessingS3Output(
        s3_uri=Join("/", parts),
        local_path=f"{INSIDE}/{name}",
        s3_upload_mode="EndOfJob",
    )
    return ProcessingOutput(output_name=name, s3_output=target)


def folder(step: Any, name: str) -> Any:
    """Return the address of what a ProcessingStep writes into one of its outputs."""
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def ended(sagemaker: Any, pipeline: str, number: int) -> str:
    """Return the ARN of a pipeline's execution, the first is 0, when it has ended.

    Raises TimeoutError after an hour.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        rows = executions(sagemaker, pipeline)[number : number + 1]
        for row in rows:
            if row["PipelineExecutionStatus"] not in GOING:
                return row["PipelineExecutionArn"]
        time.sleep(1)
    raise TimeoutError(f"execution {number} of {pipeline} has not ended in an hour.")


def steps(sagemaker: Any, execution: str) -> dict[str, dict[str, Any]]:
    """Return the steps of an execution by name, in the order in which they began."""
    asked = {"PipelineExecutionArn": execution, "SortOrder": "Ascending"}
    rows = sagemaker.list_pipeline_execution_steps(**asked)["PipelineExecutionSteps"]
    return {row["StepName"]: row for row in rows}


def tell(sagemaker: Any, pipeline: str, number: int) -> dict[str, dict[str, Any]]:
    """Wait until an execution has ended; print what became of its steps, return them.

    Raises what `ended` raises.
    """
    found = steps(sagemaker, ended(sagemaker, pipeline, number))
    for name, step in found.items():
        print(f"{name:8} {step['StepStatus']:9}", "cached" * ("CacheHitResult" in step))
    return found


def origin(sagemaker: Any, pipeline: str, archive: str) -> dict[str, str]:
    """Return the parameters of the execution that made an archive.

    Its identifier is in the archive's address. Raises ValueError where none is.
    """
    for row in executions(sagemaker, pipeline):
        arn = row["PipelineExecutionArn"]
        if arn.rpartition("/")[2] in archive:
            known = sagemaker.list_pipeline_parameters_for_execution(
                PipelineExecutionArn=arn
            )
            return {each["Name"]: each["Value"] for each in known["PipelineParameters"]}
    raise ValueError(f"no execution of {pipeline} is named in {archive!r}")
