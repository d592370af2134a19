"""A training job as its hosts run it: its entry point, or the script that it names."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from localaws.algorithms.metrics import definitions
from localaws.jobs import mirror
from localaws.jobs.channels import ChannelError, configuration, fetch
from localaws.jobs.failure import JobFailed
from localaws.jobs.task import Cluster, Input, Kept, Task
from localaws.machine.archives import unpack
from localaws.machine.instances import resource_config
from localaws.machine.sandbox import ROOT, Sandbox
from localaws.training.options import XGBOOST

# Of the SDK's start script, where it starts the script with MPI.
_MPI = "distributed_drivers/mpi_driver.py"
NO_MPI = (
    "AlgorithmError: MPI() starts the script over SSH, which is not here: use "
    "ModelTrainer(distributed=Torchrun()), which is"
)
TOOLKIT = Path(__file__).with_name("toolkit.py")
ALGORITHM = Path(__file__).parents[1] / "algorithms" / "__main__.py"
STANDINS = ALGORITHM.with_name("standins")  # for what scripts import of the container
GROUP = "/aws/sagemaker/TrainingJobs"
FOLDERS = ("input/config", "input/data", "model", "output/data", "code", "checkpoints")
MODULE = "SAGEMAKER_TRAINING_MODULE"
# What the SDK's environment.py tells torchrun and other drivers.
_PORT = "SM_MASTER_PORT = 7777"
_ADDRESS = 'SM_MASTER_ADDR = "algo-1"'
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


def read(record: dict[str, Any], notes: Sequence[str]) -> Task:
    """Return what the record of a training job asks its hosts to do.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """
    image = record["AlgorithmSpecification"].get("TrainingImage", "")
    return Task(
        name=record["TrainingJobName"],
        group=GROUP,
        image=image,
        argv=_command(record),
        variables={
            **_framework(record, image),
            **({"PYTHONPATH": str(STANDINS)} if of_xgboost(record) else {}),
            **record.get("Environment", {}),
            "TRAINING_JOB_NAME": record["TrainingJobName"],
            "TRAINING_JOB_ARN": record["TrainingJobArn"],
        },
        instance_type=record["ResourceConfig"]["InstanceType"],
        count=record["ResourceConfig"].get("InstanceCount", 1),
        role=record["RoleArn"],
        isolated=record.get("EnableNetworkIsolation", False),
        folders=[f"{ROOT}/{below}" for below in FOLDERS],
        files=lambda host, cluster: _files(record, host, cluster),
        inputs=[_input(record, one) for one in record.get("InputDataConfig", [])],
        kept=list(_kept(record)),
        notes=[*notes, *_fast(record)],
        prepare=lambda s3, sandbox, cluster: _prepare(s3, record, sandbox, cluster),
    )


def _files(record: dict[str, Any], host: str, cluster: Cluster) -> dict[str, Any]:
    """Return what a host finds in its folder of configurations."""
    kind = record["ResourceConfig"]["InstanceType"]
    mode = record["AlgorithmSpecification"].get("TrainingInputMode", "File")
    found = {
        "hyperparameters": record.get("HyperParameters", {}),
        "inputdataconfig": configuration(record.get("InputDataConfig", []), mode),
        "resourceconfig": resource_config(kind, list(cluster.hosts), host),
    }
    if checkpoints := record.get("CheckpointConfig"):
        found["checkpointconfig"] = {"LocalPath": mirror.LOCAL, **checkpoints}
    return {f"{ROOT}/input/config/{name}.json": value for name, value in found.items()}


def _input(record: dict[str, Any], channel: dict[str, Any]) -> Input:
    name = channel["ChannelName"]
    return Input(
        channel,
        f"{ROOT}/input/data/{name}",
        is_code=name in ("code", "sm_drivers"),
        read_only=_mode(record, channel) == "FastFile",
    )


def _mode(record: dict[str, Any], channel: dict[str, Any]) -> str:
    mode = record["AlgorithmSpecification"].get("TrainingInputMode", "File")
    return channel.get("InputMode", mode)


def _fast(record: dict[str, Any]) -> Iterator[str]:
    """Yield the line for the log that names the channels of FastFile, if any."""
    channels = record.get("InputDataConfig", ())
    fast = [one["ChannelName"] for one in channels if _mode(record, one) == "FastFile"]
    if fast:
        names = ", ".join(fast)
        yield f"localaws: FastFile data is here before the start: {names}."


def _kept(record: dict[str, Any]) -> Iterator[Kept]:
    """Yield what is copied to S3 while the job runs; TensorBoard's has the job's name.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TensorBoardOutputConfig.html
    """
    if config := record.get("CheckpointConfig"):
        yield Kept(config["S3Uri"], config.get("LocalPath", mirror.LOCAL), True)
    if config := record.get("TensorBoardOutputConfig"):
        place = f"{config['S3OutputPath'].rstrip('/')}/{record['TrainingJobName']}"
        path = config.get("LocalPath", mirror.TENSORBOARD)
        yield Kept(f"{place}/tensorboard-output", path)


def _prepare(
    s3: Any, record: dict[str, Any], sandbox: Sandbox, cluster: Cluster
) -> None:
    """Let the SDK's drivers meet at the job's own port, and bring a plain image's code.

    Where the hosts' names are not known (no namespace), they meet at an address.
    Raises JobFailed for drivers that would find nothing to start the script with.
    """
    drivers = sandbox.host(f"{ROOT}/input/data/sm_drivers")
    start, script = drivers / "sm_train.sh", drivers / "scripts/environment.py"
    if start.is_file() and _MPI in start.read_text(errors="replace"):
        raise JobFailed(NO_MPI)
    if cluster.port and script.is_file():
        text = script.read_text().replace(_PORT, f"SM_MASTER_PORT = {cluster.port}")
        if not sandbox.namespace:
            address = cluster.hosts["algo-1"]
            text = text.replace(_ADDRESS, f'SM_MASTER_ADDR = "{address}"')
        script.write_text(text)
    _bring(s3, record, sandbox)


def _command(record: dict[str, Any]) -> list[str]:
    """Return the command line of a job's container.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-dockerfile.html
    """
    algorithm = record["AlgorithmSpecification"]
    entry = algorithm.get("ContainerEntrypoint", [])
    words = [*entry, *algorithm.get("ContainerArguments", [])]
    if not words and of_xgboost(record) and not program(record):
        return ["python", "-P", str(ALGORITHM), ROOT, _version(algorithm)]
    return words or ["python", str(TOOLKIT), ROOT]


def of_xgboost(record: dict[str, Any]) -> bool:
    """Return whether a job's image is AWS's of XGBoost, in any version and region."""
    image = record["AlgorithmSpecification"].get("TrainingImage", "")
    return re.split("[:@]", image.rpartition("/")[2])[0] in XGBOOST


def _version(algorithm: dict[str, Any]) -> str:
    """Return the version that the image's tag names; without a prefix it is 0.72."""
    name = algorithm["TrainingImage"].rpartition("/")[2].partition("@")[0]
    repository, _, tag = name.partition(":")
    return tag if repository.startswith("sagemaker-") else "0.72"


def completed(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record of a job with the metrics that its image defines by itself."""
    algorithm = record["AlgorithmSpecification"]
    if not of_xgboost(record) or algorithm.get("MetricDefinitions"):
        return record
    own = {**algorithm, "MetricDefinitions": definitions()}
    return {**record, "AlgorithmSpecification": own}


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


def _framework(record: dict[str, Any], image: str) -> dict[str, str]:
    """Return the variable that an image sets for its toolkit, if it has one."""
    name = image.rpartition("/")[2]
    found = [title for word, title in _FRAMEWORKS.items() if word in name]
    if not found or not is_plain(record):
        return {}
    return {MODULE: f"sagemaker_{found[-1]}_container.training:main"}


def _bring(s3: Any, record: dict[str, Any], sandbox: Sandbox) -> None:
    """Put a plain image's code into /opt/ml/code; raise JobFailed where none is named.

    `sagemaker_submit_directory` is an archive in S3, or a folder or archive that a
    channel brought. https://github.com/aws/sagemaker-training-toolkit
    """
    if not is_plain(record):
        return
    if not program(record):
        if of_xgboost(record):
            return
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
