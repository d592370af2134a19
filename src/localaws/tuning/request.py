"""What AWS answers to a CreateHyperParameterTuningJob, beyond what its shape says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from localaws.algorithms.errors import UserError
from localaws.algorithms.hyperparameters import checked
from localaws.api import members
from localaws.api.errors import ServiceError, invalid
from localaws.api.validation import check as validation_of
from localaws.api.validation import service_model
from localaws.training import request as training
from localaws.training.task import completed, is_plain, of_xgboost, program
from localaws.tuning.definitions import OBJECTIVE, Definition, read, rows
from localaws.tuning.members import CREATE_HYPER_PARAMETER_TUNING_JOB
from localaws.tuning.ranges import combinations
from localaws.tuning.strategies import missing

MOST = {"Bayesian": 750}  # training jobs of a tuning job
MOST_OTHERS, PARALLEL = 10_000, 100
_PLACES = {
    "HyperParameterTuningJobObjective": "TuningObjective",
    "ParameterRanges": "HyperParameterRanges",
}


def check(request: Mapping[str, Any], paths: str = "auto") -> list[Definition]:
    """Return the definitions; raise what AWS answers, or what is not emulated.

    `paths` is the server's path mode, for jobs that choose none.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html
    """
    members.check(request, CREATE_HYPER_PARAMETER_TUNING_JOB)
    config = request["HyperParameterTuningJobConfig"]
    _check_strategy(config)
    _check_places(request)
    definitions = read(request)
    for one in definitions:
        _check_definition(one, config["Strategy"], paths)
    if len({one.maximizes for one in definitions}) > 1:
        raise invalid(
            "The definitions have objectives of both types, Maximize and Minimize: "
            "give all the same, so that their training jobs can be compared."
        )
    _check_limits(config, definitions)
    return definitions


def _check_strategy(config: Mapping[str, Any]) -> None:
    strategy = config["Strategy"]
    if strategy == "Hyperband":
        raise invalid(
            "localaws does not emulate the strategy Hyperband: use Random or Bayesian "
            "with TrainingJobEarlyStoppingType Auto, which ends jobs early too."
        )
    if config.get("StrategyConfig"):
        raise invalid(
            f'StrategyConfig is of the strategy Hyperband, and this is "{strategy}".'
        )
    if package := missing(strategy):
        raise invalid(
            f'The strategy "{strategy}" needs {package}, which is not installed here: '
            f"pip install {package}, or use the strategy Random."
        )


def _check_places(request: Mapping[str, Any]) -> None:
    """Check that each definition has one objective and one set of ranges."""
    given = rows(request)
    if not given or {"TrainingJobDefinition", "TrainingJobDefinitions"} <= set(request):
        raise invalid(
            "Exactly one of TrainingJobDefinition and TrainingJobDefinitions must be "
            "given."
        )
    config = request["HyperParameterTuningJobConfig"]
    several = "TrainingJobDefinitions" in request
    for shared, own in _PLACES.items():
        for one in given:
            if (shared in config) == (own in one) or (several and own not in one):
                where = f"{own} of each definition" if several else shared
                raise invalid(f"{shared}, or {own} of a definition: give {where}.")
    names = [one.get("DefinitionName") for one in given]
    if several and (None in names or len(set(names)) < len(names)):
        raise invalid("Each of TrainingJobDefinitions needs a DefinitionName, its own.")


def _check_definition(one: Definition, strategy: str, paths: str) -> None:
    tuned = {each.name for each in one.parameters}
    if both := sorted(tuned & {*one.static, OBJECTIVE}):
        raise invalid(
            f'The hyperparameter "{both[0]}" has a range and a static value: give one.'
        )
    if strategy == "Grid" and any(
        each.kind != "Categorical" for each in one.parameters
    ):
        raise invalid(
            "The strategy Grid takes only categorical ranges: give "
            "CategoricalParameterRanges alone."
        )
    _check_machines(one.given)
    job = one.training_job(
        "job", {each.name: each.value(0.5) for each in one.parameters}, []
    )
    _check_shape(job)
    training.check(job, paths)
    _check_metric(one, job)
    if _is_algorithm(job):
        _check_algorithm(one, job)


def _check_shape(job: dict[str, Any]) -> None:
    """Check what no training job can have, such as too many hyperparameters."""
    model = service_model("sagemaker").operation_model("CreateTrainingJob")
    try:
        validation_of(model, job)
    except ServiceError as error:
        raise invalid(f"The training jobs would be refused: {error}") from None


def _check_machines(given: Mapping[str, Any]) -> None:
    choice = given.get("HyperParameterTuningResourceConfig")
    if choice and "ResourceConfig" in given:
        raise invalid(
            "Give one of ResourceConfig and HyperParameterTuningResourceConfig."
        )
    if choice and choice.get("InstanceConfigs") and "InstanceType" in choice:
        raise invalid(
            "Give one of InstanceType and InstanceConfigs in "
            "HyperParameterTuningResourceConfig."
        )


def _check_metric(one: Definition, job: dict[str, Any]) -> None:
    """Check that the objective is among the metrics, the algorithm's own or given."""
    algorithm = completed(job)["AlgorithmSpecification"]
    known = [row["Name"] for row in algorithm.get("MetricDefinitions", [])]
    own = _is_algorithm(job)
    if own and not one.metric.startswith("validation:"):
        known = []
    if one.metric not in known:
        if not own:
            raise invalid(
                "A metric is required for this hyperparameter tuning job objective. "
                f'Provide a metric in the metric definitions. ("{one.metric}" is not '
                "among them.)"
            )
        raise invalid(
            f'The objective metric "{one.metric}" is none of this algorithm: use one '
            'of the validation data, such as "validation:rmse".'
        )


def _is_algorithm(job: dict[str, Any]) -> bool:
    """Return whether an image's own algorithm is to run, without a script."""
    return of_xgboost(job) and is_plain(job) and not program(job)


def _check_algorithm(one: Definition, job: dict[str, Any]) -> None:
    """Check that the algorithm takes all ends of ranges, and all categories."""
    middle = job["HyperParameters"]
    for each in one.parameters:
        ends = each.values or (each.value(0.0), each.value(1.0))
        for value in ends:
            try:
                checked({**middle, each.name: value})
            except UserError as error:
                raise invalid(f"The training jobs would fail: {error}.") from None


def _check_limits(config: Mapping[str, Any], definitions: list[Definition]) -> None:
    limits, strategy = config["ResourceLimits"], config["Strategy"]
    count = sum(combinations(one.parameters) for one in definitions)
    asked = limits.get("MaxNumberOfTrainingJobs")
    if asked is None and strategy != "Grid":
        raise invalid(f"The strategy {strategy} needs a MaxNumberOfTrainingJobs.")
    if strategy == "Grid" and asked not in (None, count):
        raise invalid(
            f"MaxNumberOfTrainingJobs is {asked}, but the grid has {count:.0f} "
            "combinations: leave it out, or give this number."
        )
    number = count if asked is None else asked
    if count < number:
        raise invalid(
            "You don't have enough combinations of hyperparameter ranges. The total "
            "number of hyperparameter combinations for the provided ranges "
            f"[{float(count)}] must be equal or greater than the value of "
            f"MaxNumberOfJobs, [{number}]. Provide additional ranges."
        )
    most = MOST.get(strategy, MOST_OTHERS)
    parallel = limits["MaxParallelTrainingJobs"]
    for name, value, limit in [
        ("MaxNumberOfTrainingJobs", number, most),
        ("MaxParallelTrainingJobs", parallel, PARALLEL),
    ]:
        if value > limit:
            raise invalid(
                f"{name} is {value:.0f}; with {strategy} it is at most {limit}."
            )
    target = config.get("TuningJobCompletionCriteria", {})
    if not math.isfinite(target.get("TargetObjectiveMetricValue", 0.0)):
        raise invalid("TargetObjectiveMetricValue must be a finite number.")
