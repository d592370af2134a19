"""Pipelines of the course: executions that run, and what they have made."""

import contextlib
import time
from typing import Any

from course.cloud.meter import PREFIX

GOING = ("Executing", "Stopping")
# What the jobs and models of an execution are called: its identifier is in the name.
JOBS = {"training": "TrainingJob", "processing": "ProcessingJob"}
JOBS |= {"transform": "TransformJob"}


def names(sagemaker: Any) -> list[str]:
    """Return the names of the course's pipelines."""
    pages = sagemaker.get_paginator("list_pipelines").paginate(PipelineNamePrefix="n2e")
    found = [row["PipelineName"] for page in pages for row in page["PipelineSummaries"]]
    return sorted(name for name in found if name.startswith(PREFIX))


def executions(sagemaker: Any, pipeline: str) -> list[dict]:
    """Return the summaries of a pipeline's executions, the oldest first."""
    pages = sagemaker.get_paginator("list_pipeline_executions").paginate(
        PipelineName=pipeline, SortOrder="Ascending"
    )
    return [row for page in pages for row in page["PipelineExecutionSummaries"]]


def running(sagemaker: Any) -> list[str]:
    """Return the ARNs of the executions of the course's pipelines that run."""
    return [
        row["PipelineExecutionArn"]
        for name in names(sagemaker)
        for row in executions(sagemaker, name)
        if row["PipelineExecutionStatus"] in GOING
    ]


def label(arn: str) -> str:
    """Return how an execution is called: "n2e-digits/p4jn9xou8a8s"."""
    return arn.rpartition(":pipeline/")[2].replace("/execution/", "/")


def jobs(sagemaker: Any, arn: str) -> list[tuple[str, str]]:
    """Return the kind and the name of each job that an execution began.

    They outlive the pipeline, and what it took from its cache is none of them.
    """
    asked = {"NameContains": arn.rpartition("/")[2]}
    return [
        (kind, row[f"{label}Name"])
        for kind, label in JOBS.items()
        for page in sagemaker.get_paginator(f"list_{kind}_jobs").paginate(**asked)
        for row in page[f"{label}Summaries"]
    ]


def stopped_now(sagemaker: Any, arn: str) -> bool:
    """Stop an execution; return whether it was running."""
    from botocore.exceptions import ClientError

    with contextlib.suppress(ClientError):  # it is gone, or has just ended
        sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
        return True
    return False


def clean_up(sagemaker: Any) -> list[str]:
    """Stop and delete the course's pipelines, with their models; return what was."""
    removed = []
    for arn in running(sagemaker):
        if stopped_now(sagemaker, arn):
            removed.append(f"pipeline execution {label(arn)}")
        _wait(sagemaker, arn)
    for name in names(sagemaker):
        for row in executions(sagemaker, name):
            removed += _delete_models(sagemaker, row["PipelineExecutionArn"])
        sagemaker.delete_pipeline(PipelineName=name)
        removed.append(f"pipeline {name}")
    return removed


def _wait(sagemaker: Any, arn: str) -> None:
    """Wait until an execution has ended: its jobs have two minutes for that."""
    asked = {"PipelineExecutionArn": arn}
    while sagemaker.describe_pipeline_execution(**asked)["PipelineExecutionStatus"] in (
        GOING
    ):
        time.sleep(0.5)


def _delete_models(sagemaker: Any, arn: str) -> list[str]:
    pages = sagemaker.get_paginator("list_models")
    asked = {"NameContains": arn.rpartition("/")[2]}
    found = [
        row["ModelName"] for page in pages.paginate(**asked) for row in page["Models"]
    ]
    for name in found:
        sagemaker.delete_model(ModelName=name)
    return [f"model {name}" for name in found]
