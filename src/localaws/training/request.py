"""What AWS answers to a CreateTrainingJob that its shape alone does not exclude."""

from __future__ import annotations

import re
from typing import Any

from localaws.api.errors import ServiceError, invalid
from localaws.jobs.mirror import LOCAL
from localaws.machine.sandbox import PATHS, ROOT, choose
from localaws.records.s3 import split_uri
from localaws.training import spot

MOST_INSTANCES = 8  # of one job: all of them share this machine
_TYPES = {
    "AugmentedManifestFile": "which is read in Pipe mode, line by line",
    "Converse": "which is for fine-tuning models of Amazon Bedrock",
}


def check(request: dict[str, Any]) -> None:
    """Raise what AWS answers, or in words what localaws does not emulate.

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
    _check_paths(request.get("Environment", {}))
    _check_channels(
        request.get("InputDataConfig", []), algorithm.get("TrainingInputMode", "File")
    )
    _check_uri(request["OutputDataConfig"]["S3OutputPath"])
    _check_metrics(algorithm.get("MetricDefinitions", ()))
    _check_checkpoints(request.get("CheckpointConfig"))
    _check_spot(request)


def _check_resources(resources: dict[str, Any]) -> None:
    if resources.get("InstanceGroups"):
        raise invalid("localaws does not emulate InstanceGroups: give an InstanceType.")
    if "InstanceType" not in resources:
        raise invalid("ResourceConfig must name an InstanceType.")
    count = resources.get("InstanceCount", 1)
    if count > MOST_INSTANCES:
        raise ServiceError(
            "ResourceLimitExceeded",
            "The account-level service limit "
            f"'{resources['InstanceType']} for training job usage' is "
            f"{MOST_INSTANCES} Instances, with current utilization of 0 Instances and "
            f"a request delta of {count} Instances. Please use AWS Service Quotas to "
            "request an increase for this quota. If AWS Service Quotas is not "
            "available, contact AWS support to request an increase for this quota.",
        )


def _check_paths(variables: dict[str, str]) -> None:
    try:
        choose(variables.get(PATHS, "auto"))
    except ValueError as error:
        raise invalid(f"{PATHS}: {error}.") from None


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
    _check_uri(source["S3Uri"])


def _check_metrics(definitions: list[dict]) -> None:
    for row in definitions:
        try:
            re.compile(row["Regex"])
        except re.error as error:
            name, text = row["Name"], row["Regex"]
            raise invalid(
                f'The regular expression "{text}" of metric "{name}" is wrong: {error}.'
            ) from None


def _check_checkpoints(config: dict[str, str] | None) -> None:
    if config is None:
        return
    _check_uri(config["S3Uri"])
    place = config.get("LocalPath", LOCAL)
    if not re.fullmatch(rf"{ROOT}(/(?!\.\.?(/|$))[^/]+)+/?", place):
        raise invalid(
            f'CheckpointConfig: localaws keeps checkpoints below "{ROOT}", as in '
            f'"{LOCAL}", and LocalPath is "{place}".'
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
