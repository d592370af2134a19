"""What AWS answers to a CreateTrainingJob that its shape alone does not exclude."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from localaws.api.errors import invalid
from localaws.jobs import mirror
from localaws.jobs.task import check_count, check_sandbox
from localaws.machine.sandbox import ROOT
from localaws.records.s3 import split_uri
from localaws.training import options, spot
from localaws.training.patterns import Pattern
from localaws.training.task import is_plain, of_xgboost, program

_TYPES = {
    "AugmentedManifestFile": "which is read in Pipe mode, line by line",
    "Converse": "which is for fine-tuning models of Amazon Bedrock",
}


_OFF = ("", "false", "0", "null", "none", '""', "[]", "{}")  # of a hyperparameter


def check(request: dict[str, Any], paths: str = "auto") -> None:
    """Raise what AWS answers, or in words what localaws does not emulate.

    `paths` is the server's path mode, for jobs that choose none.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
    """
    algorithm = request.get("AlgorithmSpecification", {})
    if ("TrainingImage" in algorithm) == ("AlgorithmName" in algorithm):
        raise invalid(
            "Exactly one of TrainingImage and AlgorithmName must be given in "
            "AlgorithmSpecification."
        )
    if "AlgorithmName" in algorithm:
        raise invalid(
            f'localaws has no algorithm "{algorithm["AlgorithmName"]}": give a '
            "TrainingImage and your own script."
        )
    _check_resources(request.get("ResourceConfig", {}))
    check_sandbox(
        request.get("Environment", {}),
        paths,
        request.get("EnableNetworkIsolation", False),
        request.get("ResourceConfig", {}).get("InstanceCount", 1),
    )
    _check_channels(
        request.get("InputDataConfig", []), algorithm.get("TrainingInputMode", "File")
    )
    _check_uri(request["OutputDataConfig"]["S3OutputPath"])
    _check_metrics(algorithm.get("MetricDefinitions", ()))
    for member, uri, folder in _KEPT:
        _check_kept(member, request.get(member), uri, folder)
    _check_spot(request)
    _check_options(request)
    if is_plain(request):
        _check_image(request)
        _check_toolkit(request.get("HyperParameters", {}))


def notes(request: dict[str, Any]) -> list[str]:
    """Return lines for the log: what a job was given that changes nothing here."""
    given = dict.fromkeys(_given(request))
    return [
        f"localaws: {path}: {options.HARMLESS[path]}."
        for path in given
        if path in options.HARMLESS and path not in options.UNSAID
    ]


def _check_options(request: dict[str, Any]) -> None:
    for path in _given(request):
        if path not in options.HARMLESS:
            raise invalid(f"{path}: localaws {_refusal(path)}.")


def _given(value: Any, path: str = "") -> Iterator[str]:
    """Yield the path of each member that is given, not off, and not followed."""
    if path in options.FOLLOWED or value in (None, False, "", [], {}):
        return
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _given(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for member in value:
            yield from _given(member, path)
    else:
        yield path


def _refusal(path: str) -> str:
    """Return the words for a member, or for the nearest of what it is part of."""
    while path and path not in options.REFUSED:
        path = path.rpartition(".")[0]
    return options.REFUSED.get(path, "does not know it, and would have to ignore it")


def _check_image(request: dict[str, Any]) -> None:
    """Refuse an image whose program `train` is neither a toolkit nor here.

    That of XGBoost is here; its metrics are its own, as AWS says of them.
    """
    image = request["AlgorithmSpecification"].get("TrainingImage", "")
    name = re.split("[:@]", image.rpartition("/")[2])[0]
    if of_xgboost(request) and not program(request):
        if request["AlgorithmSpecification"].get("MetricDefinitions"):
            raise invalid(
                "You can't override the metric definitions for Amazon SageMaker "
                "algorithms. Please retry your request without specifying metric "
                "definitions."
            )
        return
    if name in options.ALGORITHMS:
        raise invalid(
            f'localaws does not have the algorithm of the image "{name}": take a '
            "framework's image and a script of your own."
        )
    if re.search(options.NO_TRAINING, name):
        raise invalid(
            f'The image "{name}" has no program that trains: take one for training, or '
            "give ContainerEntrypoint."
        )


def _check_toolkit(values: dict[str, str]) -> None:
    """Refuse what would start a script otherwise than localaws does.

    https://github.com/aws/sagemaker-training-toolkit
    """
    for name, text in values.items():
        ours = name.startswith("sagemaker_") or name in options.LAUNCHERS
        if ours and name not in options.TOOLKIT and text.strip().lower() not in _OFF:
            words = options.LAUNCHERS.get(name, "what localaws does not know")
            raise invalid(f'The hyperparameter "{name}" asks for {words}.')


def _check_resources(resources: dict[str, Any]) -> None:
    if resources.get("InstanceGroups"):
        raise invalid("localaws does not emulate InstanceGroups: give an InstanceType.")
    if "InstanceType" not in resources:
        raise invalid("ResourceConfig must name an InstanceType.")
    count = resources.get("InstanceCount", 1)
    check_count(resources["InstanceType"], count, "training job")


def _check_channels(channels: list[dict], mode: str) -> None:
    names = [channel["ChannelName"] for channel in channels]
    for name in names:
        if names.count(name) > 1:
            raise invalid(f'The channel name "{name}" is used more than once.')
    for channel in channels:
        _check_channel(channel, channel.get("InputMode", mode))


def _check_channel(channel: dict, mode: str) -> None:
    name = f'Channel "{channel["ChannelName"]}"'
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        raise invalid(f"{name}: localaws reads data from S3 only.")
    if source["S3DataType"] in _TYPES:
        words = _TYPES[source["S3DataType"]]
        raise invalid(
            f"{name}: localaws does not read {source['S3DataType']}, {words}."
        )
    if mode == "Pipe":
        raise invalid(
            f"{name}: localaws has no Pipe mode, which feeds a script through named "
            "pipes: use File or FastFile."
        )
    if channel.get("CompressionType", "None") != "None":
        raise invalid(
            f"{name}: CompressionType {channel['CompressionType']} is used only in "
            "Pipe mode: leave it out, and read the compressed files in your script."
        )
    if channel.get("RecordWrapperType", "None") != "None":
        raise invalid(
            f"{name}: localaws does not wrap files into RecordIO, which only Pipe mode "
            "needs: leave RecordWrapperType out."
        )
    _check_uri(source["S3Uri"])


def _check_metrics(definitions: list[dict]) -> None:
    for row in definitions:
        try:
            Pattern(row["Regex"])
        except ValueError as error:
            name, text = row["Name"], row["Regex"]
            raise invalid(
                f'The regular expression "{text}" of metric "{name}" is wrong: {error}.'
            ) from None


# What is kept in S3 while a job runs: the member, its address, and its usual folder.
_KEPT = [
    ("CheckpointConfig", "S3Uri", mirror.LOCAL),
    ("TensorBoardOutputConfig", "S3OutputPath", mirror.TENSORBOARD),
]


def _check_kept(
    member: str, config: dict[str, str] | None, uri: str, usual: str
) -> None:
    if config is None:
        return
    _check_uri(config[uri])
    place = config.get("LocalPath", usual)
    if not re.fullmatch(rf"{ROOT}(/(?!\.\.?(/|$))[^/]+)+/?", place):
        raise invalid(
            f'{member}: localaws keeps files in S3 from below "{ROOT}", as from '
            f'"{usual}", and LocalPath is "{place}".'
        )


def _check_spot(request: dict[str, Any]) -> None:
    """Check the limits of time, and what asks for an interruption.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
    """
    limits = request.get("StoppingCondition", {})
    wait = limits.get("MaxWaitTimeInSeconds")
    variables = request.get("Environment", {})
    if request.get("EnableManagedSpotTraining"):
        if wait is None or wait < limits.get("MaxRuntimeInSeconds", 86400):
            raise invalid(
                "Invalid MaxWaitTimeInSeconds. It must be present and be greater than "
                "or equal to MaxRuntimeInSeconds"
            )
        _check_market(variables)
    elif wait is not None:
        raise invalid(
            "Invalid MaxWaitTimeInSeconds. It is only supported when "
            "EnableManagedSpotTraining is set to true"
        )
    elif asking := [name for name in spot.ASKING if name in variables]:
        raise invalid(
            f"{asking[0]} asks for an interruption, which only managed spot training "
            "has: set EnableManagedSpotTraining to true."
        )


def _check_market(variables: dict[str, str]) -> None:
    try:
        spot.Market(variables)
    except ValueError as error:
        raise invalid(f"{error}.") from None


def _check_uri(uri: str) -> None:
    try:
        split_uri(uri)
    except ValueError as error:
        raise invalid(f"{error}.") from None
