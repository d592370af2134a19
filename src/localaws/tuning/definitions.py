"""The definitions of a tuning job, and the training jobs that are made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localaws.tuning.ranges import Parameter, parsed
from localaws.tuning.values import Values

OBJECTIVE = "_tuning_objective_metric"  # a hyperparameter that AWS adds
_PASSED = (  # to the training jobs as they are
    *("AlgorithmSpecification", "RoleArn", "InputDataConfig", "VpcConfig"),
    *("OutputDataConfig", "ResourceConfig", "StoppingCondition", "RetryStrategy"),
    *("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption"),
    *("EnableManagedSpotTraining", "CheckpointConfig", "Environment"),
)


@dataclass(frozen=True)
class Definition:
    """What the training jobs of one definition share, and what of them is tuned."""

    given: Mapping[str, Any]
    metric: str
    maximizes: bool
    parameters: list[Parameter]

    @property
    def name(self) -> str:
        return self.given.get("DefinitionName", "")

    @property
    def static(self) -> Values:
        return self.given.get("StaticHyperParameters") or {}

    @property
    def image(self) -> str:
        return self.given["AlgorithmSpecification"].get("TrainingImage", "")

    def cost(self, value: float) -> float:
        """Return an objective as what is to be small."""
        return -value if self.maximizes else value

    def training_job(
        self, name: str, values: Values, tags: list[dict[str, str]]
    ) -> dict[str, Any]:
        """Return the request of CreateTrainingJob for these values.

        Each job has checkpoints of its own, or the next would go on from them.
        """
        tuned = {**self.static, **values, OBJECTIVE: self.metric}
        passed = {key: self.given[key] for key in _PASSED if key in self.given}
        if kept := passed.get("CheckpointConfig"):
            place = f"{kept['S3Uri'].rstrip('/')}/{name}"
            passed["CheckpointConfig"] = {**kept, "S3Uri": place}
        machines = _machines(self.given.get("HyperParameterTuningResourceConfig"))
        named = {"TrainingJobName": name, "HyperParameters": tuned}
        return {**passed, **machines, **named, **({"Tags": tags} if tags else {})}


def read(request: Mapping[str, Any]) -> list[Definition]:
    """Return the definitions of a request or record; ValidationException if wrong."""
    config = request["HyperParameterTuningJobConfig"]
    return [_definition(config, given) for given in rows(request)]


def rows(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the definitions as they are given."""
    if "TrainingJobDefinition" in request:
        return [request["TrainingJobDefinition"]]
    return request.get("TrainingJobDefinitions") or []


def _definition(config: Mapping[str, Any], given: Mapping[str, Any]) -> Definition:
    shared = config.get("HyperParameterTuningJobObjective")
    objective = given.get("TuningObjective") or shared or {}
    ranges = given.get("HyperParameterRanges") or config.get("ParameterRanges") or {}
    metric, kind = objective.get("MetricName", ""), objective.get("Type")
    return Definition(given, metric, kind == "Maximize", parsed(ranges))


def _machines(choice: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the first machines of a choice: here they are always to be had.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperParameterTuningResourceConfig.html
    """
    if not choice:
        return {}
    [first, *_] = choice.get("InstanceConfigs") or [choice]
    names = "InstanceType", "InstanceCount", "VolumeSizeInGB"
    machine = {name: first[name] for name in names if name in first}
    kept = {"VolumeKmsKeyId": choice.get("VolumeKmsKeyId")}
    return {"ResourceConfig": {**machine, **{k: v for k, v in kept.items() if v}}}
