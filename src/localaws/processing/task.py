"""A processing job as its hosts run it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from localaws.jobs.task import Cluster, Input, Kept, Task
from localaws.machine.instances import resource_config
from localaws.machine.sandbox import ROOT
from localaws.processing.request import SPARK, sources, targets

GROUP = "/aws/sagemaker/ProcessingJobs"
# The inputs that the SDK makes: for scripts, and for what Spark's are submitted with.
_CODE = ("code", "entrypoint", "aux", "conf", "files", "py-files")
_TOLD = (  # of the job, in processingjobconfig.json
    *("ProcessingJobArn", "ProcessingJobName", "AppSpecification", "Environment"),
    *("ProcessingInputs", "ProcessingOutputConfig", "ProcessingResources"),
    *("NetworkConfig", "RoleArn", "StoppingCondition"),
)


_SMSPARK = Path(__file__).with_name("smspark.py")


def read(record: dict[str, Any], notes: Sequence[str]) -> Task:
    """Return what the record of a processing job asks its hosts to do.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
    """
    cluster = record["ProcessingResources"]["ClusterConfig"]
    application = record["AppSpecification"]
    entry = application["ContainerEntrypoint"]
    folders = [one["S3Output"]["LocalPath"] for one in targets(record)]
    return Task(
        name=record["ProcessingJobName"],
        group=GROUP,
        image=application["ImageUri"],
        argv=[*_program(entry), *application.get("ContainerArguments", [])],
        variables={
            **record.get("Environment", {}),
            "PROCESSING_JOB_NAME": record["ProcessingJobName"],
            "PROCESSING_JOB_ARN": record["ProcessingJobArn"],
        },
        instance_type=cluster["InstanceType"],
        count=cluster["InstanceCount"],
        role=record["RoleArn"],
        isolated=record.get("NetworkConfig", {}).get("EnableNetworkIsolation", False),
        folders=[f"{ROOT}/config", f"{ROOT}/output", f"{ROOT}/processing", *folders],
        files=lambda host, cluster: _files(record, host, cluster),
        inputs=[_input(one, entry) for one in sources(record)],
        kept=[
            Kept(one["S3Output"]["S3Uri"], one["S3Output"]["LocalPath"])
            for one in targets(record)
            if one["S3Output"]["S3UploadMode"] == "Continuous"
        ],
        notes=notes,
    )


def _program(entry: Sequence[str]) -> list[str]:
    """Return an entry point as it starts here: the program of Spark's image is ours."""
    if entry[0] == SPARK:
        return ["python", str(_SMSPARK), ROOT, *entry[1:]]
    return [*entry]


def _files(record: dict[str, Any], host: str, cluster: Cluster) -> dict[str, Any]:
    """Return what a host finds in its folder of configurations."""
    kind = record["ProcessingResources"]["ClusterConfig"]["InstanceType"]
    told = {name: record.get(name) for name in _TOLD}
    return {
        f"{ROOT}/config/processingjobconfig.json": told,
        f"{ROOT}/config/resourceconfig.json": resource_config(
            kind, list(cluster.hosts), host
        ),
    }


def _input(given: dict[str, Any], entry: Sequence[str]) -> Input:
    """Return an input; it is code where the SDK or the entry point says so."""
    source = given["S3Input"]
    name, path = given["InputName"], source["LocalPath"].rstrip("/")
    started = any(word.startswith(f"{path}/") for word in entry)
    channel = {"ChannelName": name, "DataSource": {"S3DataSource": source}}
    return Input(channel, path, is_code=name in _CODE or started)
