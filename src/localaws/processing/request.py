"""What AWS answers to a CreateProcessingJob that its shape alone does not exclude."""

from __future__ import annotations

import re
from typing import Any

from localaws.api import members
from localaws.api.errors import invalid
from localaws.jobs.task import check_count, check_sandbox
from localaws.machine.sandbox import ROOT
from localaws.processing.members import CREATE_PROCESSING_JOB, UNSAID
from localaws.records.s3 import split_uri

BELOW = f"{ROOT}/processing"  # where inputs are
SPARK = "smspark-submit"  # the program of images of Spark
_OURS = f"{ROOT}/config"  # where SageMaker tells a container what it is


def check(request: dict[str, Any], paths: str = "auto") -> None:
    """Raise what AWS answers, or in words what localaws does not emulate.

    `paths` is the server's path mode, for jobs that choose none.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
    """
    members.check(request, CREATE_PROCESSING_JOB)
    cluster = request["ProcessingResources"]["ClusterConfig"]
    for name in ("InstanceType", "InstanceCount"):
        if name not in cluster:
            raise invalid(f"ClusterConfig must have an {name}.")
    count, isolated = cluster["InstanceCount"], _isolated(request)
    check_count(cluster["InstanceType"], count, "processing job")
    check_sandbox(request.get("Environment", {}), paths, isolated, count)
    _check_program(request["AppSpecification"])
    inputs, outputs = sources(request), targets(request)
    _check_names([one["InputName"] for one in inputs], outputs)
    for one in inputs:
        _check_input(f'Input "{one["InputName"]}"', one.get("S3Input"))
    for one in outputs:
        _check_output(f'Output "{one["OutputName"]}"', one.get("S3Output"))
    _check_apart([one["S3Input"]["LocalPath"] for one in inputs], "inputs")
    _check_apart([one["S3Output"]["LocalPath"] for one in outputs], "outputs")


def sources(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the inputs of a request or record."""
    return request.get("ProcessingInputs", [])


def targets(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the outputs of a request or record."""
    return request.get("ProcessingOutputConfig", {}).get("Outputs", [])


def notes(request: dict[str, Any]) -> list[str]:
    """Return lines for the log: what a job was given that changes nothing here."""
    found = dict(members.harmless(request, CREATE_PROCESSING_JOB))
    return [
        f"localaws: {path.replace('[]', '')}: {words}."
        for path, words in found.items()
        if path not in UNSAID
    ]


def _isolated(request: dict[str, Any]) -> bool:
    return request.get("NetworkConfig", {}).get("EnableNetworkIsolation", False)


def _check_program(application: dict[str, Any]) -> None:
    image = application["ImageUri"]
    entry = application.get("ContainerEntrypoint", [])
    if "spark-processing" in image and entry[:1] != [SPARK]:
        raise invalid(
            f"ContainerEntrypoint is {entry}, but the program of a Spark image is "
            f'"{SPARK}": use PySparkProcessor or SparkJarProcessor of the SDK.'
        )
    if not entry:
        raise invalid(
            f'localaws runs no images, and "{image}" is to bring its own program: '
            "give ContainerEntrypoint (in the SDK: a ScriptProcessor with a command)."
        )


def _check_names(names: list[str], outputs: list[dict[str, Any]]) -> None:
    names = [*names, *(one["OutputName"] for one in outputs)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        listed = ", ".join(twice)
        raise invalid(f"Input and Output names must be globally unique: [{listed}]")


def _check_input(name: str, source: dict[str, Any] | None) -> None:
    if source is None:
        raise invalid(f"{name} has no S3Input: localaws reads data from S3 only.")
    _check_uri(name, source["S3Uri"])
    _check_path(name, source.get("LocalPath", ""), BELOW)


def _check_output(name: str, target: dict[str, Any] | None) -> None:
    if target is None:
        raise invalid(f"{name} has no S3Output: localaws stores data in S3 only.")
    _check_uri(name, target["S3Uri"])
    path = target.get("LocalPath", "")
    _check_path(name, path, ROOT)
    if f"{path.rstrip('/')}/".startswith(f"{_OURS}/"):
        raise invalid(f'{name}: its LocalPath "{path}" has the job\'s configuration.')


def _check_path(name: str, path: str, root: str) -> None:
    """Check a folder of the job: AWS demands of inputs, and localaws of outputs, where.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html
    """
    if not re.fullmatch(rf"{root}(/(?!\.\.?(/|$))[^/\0]+)+/?", path):
        raise invalid(
            f'{name}: its LocalPath is "{path}"; give a folder below "{root}/", such '
            f'as "{BELOW}/data".'
        )


def _check_apart(paths: list[str], what: str) -> None:
    """Refuse a folder that is named twice: AWS does so without a word."""
    folders = [path.rstrip("/") for path in paths]
    for path in folders:
        if folders.count(path) > 1:
            raise invalid(f'Two {what} have the LocalPath "{path}": give each its own.')


def _check_uri(name: str, uri: str) -> None:
    try:
        split_uri(uri)
    except ValueError as error:
        raise invalid(f"{name}: {error}.") from None
