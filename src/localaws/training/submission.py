"""What a job runs: its entry point, or the script that its hyperparameters name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from localaws.jobs.channels import ChannelError, fetch
from localaws.jobs.failure import JobFailed
from localaws.machine.archives import unpack
from localaws.machine.sandbox import ROOT, Sandbox

TOOLKIT = Path(__file__).with_name("toolkit.py")
MODULE = "SAGEMAKER_TRAINING_MODULE"
_FRAMEWORKS = {
    "tensorflow": "tensorflow",
    "scikit-learn": "sklearn",
    "xgboost": "xgboost",
    "mxnet": "mxnet",
    "pytorch": "pytorch",
}
SUBMITTED = "SAGEMAKER_SUBMIT_DIRECTORY"
NO_PROGRAM = (
    "AlgorithmError: localaws runs no images: name an entry point (ModelTrainer with "
    "source_code does), or a script in the hyperparameters sagemaker_program and "
    "sagemaker_submit_directory"
)


def command(record: dict[str, Any]) -> list[str]:
    """Return the command line of a job's container.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-dockerfile.html
    """
    algorithm = record["AlgorithmSpecification"]
    entry = algorithm.get("ContainerEntrypoint", [])
    words = [*entry, *algorithm.get("ContainerArguments", [])]
    return words or ["python", str(TOOLKIT), ROOT]


def is_plain(record: dict[str, Any]) -> bool:
    """Return whether the image's own program `train` is to run: its toolkit."""
    algorithm = record["AlgorithmSpecification"]
    given = "ContainerEntrypoint", "ContainerArguments"
    return not any(algorithm.get(name) for name in given)


def program(record: dict[str, Any]) -> str:
    """Return the script that a job names for the toolkit, or nothing."""
    given = record.get("HyperParameters", {})
    variables = record.get("Environment", {})
    return _text(given.get("sagemaker_program", variables.get("SAGEMAKER_PROGRAM", "")))


def variables(record: dict[str, Any], meeting: str) -> dict[str, str]:
    """Return what an image sets for its toolkit, and where the hosts of a job meet."""
    if not is_plain(record):
        return {}
    image = record["AlgorithmSpecification"].get("TrainingImage", "")
    name = image.rpartition("/")[2]
    found = {"LOCALAWS_MEETING": meeting}
    for word, title in _FRAMEWORKS.items():
        if word in name:
            found[MODULE] = f"sagemaker_{title}_container.training:main"
    return found


def bring(s3: Any, record: dict[str, Any], sandbox: Sandbox) -> None:
    """Put a plain image's code into /opt/ml/code; raise JobFailed where none is named.

    `sagemaker_submit_directory` is an archive in S3, or a folder or archive that a
    channel brought. https://github.com/aws/sagemaker-training-toolkit
    """
    if not is_plain(record):
        return
    if not program(record):
        raise JobFailed(NO_PROGRAM)
    given = record.get("HyperParameters", {})
    usual = record.get("Environment", {}).get(SUBMITTED, f"{ROOT}/code")
    place = _text(given.get("sagemaker_submit_directory", usual))
    code = sandbox.ml / "code"
    try:
        if place.startswith("s3://"):
            _download(s3, place, sandbox)
        elif sandbox.host(place) != code:
            _copy(sandbox.host(place), code)
    except (ValueError, OSError) as error:
        text = f'sagemaker_submit_directory "{place}" was not brought: {error}'
        raise ChannelError(text) from error
    sandbox.adapt(code)


def _download(s3: Any, uri: str, sandbox: Sandbox) -> None:
    folder = sandbox.folder / "submitted"
    channel = {"DataSource": {"S3DataSource": {"S3Uri": uri}}}
    fetch(s3, {"ChannelName": "sagemaker_submit_directory", **channel}, folder)
    _copy(folder / Path(uri).name, sandbox.ml / "code")


def _copy(source: Path, code: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, code, dirs_exist_ok=True)
    else:
        unpack(source, code)


def _text(value: str) -> str:
    """Return a hyperparameter, which the SDK's version 2 wrote as JSON, as text."""
    try:
        return str(json.loads(value))
    except ValueError:
        return value
