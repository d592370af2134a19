"""What is refused of a tuning job before it begins, and in which words."""

import pytest
from tuning_jobs import categories, continuous, definition, request

from localaws.api.errors import ServiceError
from localaws.tuning import request as module
from localaws.tuning.request import check

OBJECTIVE = {"Type": "Maximize", "MetricName": "score"}
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
ALGORITHM = {"TrainingImage": XGBOOST, "TrainingInputMode": "File"}


def config(**changes):
    return {"config": changes}


def criteria(**changes):
    return config(TuningJobCompletionCriteria=changes)


def several(*definitions, **changes):
    """Return a request of several definitions."""
    moved = {"HyperParameterTuningJobObjective": None, "ParameterRanges": None}
    return {
        "TrainingJobDefinition": None,
        "TrainingJobDefinitions": list(definitions),
        "config": {**moved, **changes},
    }


def named(name, **changes):
    own = {"TuningObjective": OBJECTIVE, "HyperParameterRanges": continuous()}
    return definition(DefinitionName=name, **{**own, **changes})


def algorithm(metric="validation:rmse", **changes):
    """Return changes that tune XGBoost's own algorithm."""
    aim = {"Type": "Minimize", "MetricName": metric}
    own = {
        "HyperParameterTuningJobObjective": aim,
        "ParameterRanges": continuous("eta"),
    }
    given = {"AlgorithmSpecification": ALGORITHM}
    given["StaticHyperParameters"] = {"num_round": "1"}
    limits = {"MaxNumberOfTrainingJobs": 2}
    return {"config": {**own, **changes}, "training": given, "limits": limits}


def test_what_is_right_is_accepted():
    [found] = check(request())
    assert (found.metric, found.maximizes, found.name) == ("score", True, "")
    assert [one.name for one in found.parameters] == ["x"]
    assert len(check(request(**several(named("a"), named("b"))))) == 2
    grid = config(Strategy="Grid", ParameterRanges=categories(c="ab", d="xyz"))
    for jobs in (None, 6):
        check(request(limits={"MaxNumberOfTrainingJobs": jobs}, **grid))
    check(request(**algorithm()))
    check(request(**algorithm(ParameterRanges=categories(booster=["gbtree", "dart"]))))
    check(
        request(**criteria(ConvergenceDetected={"CompleteOnConvergence": "Disabled"}))
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (config(Strategy="Hyperband"), "does not emulate the strategy Hyperband: use"),
        (
            config(StrategyConfig={"HyperbandStrategyConfig": {"MinResource": 1}}),
            'StrategyConfig is of the strategy Hyperband, and this is "Random"',
        ),
        (
            {"Autotune": {"Mode": "Enabled"}},
            "not emulate Mode of Autotune: AWS does not",
        ),
        (
            config(
                ParameterRanges={"AutoParameters": [{"Name": "a", "ValueHint": "1"}]}
            ),
            "not emulate AutoParameters of HyperParameterTuningJobConfig.ParameterRang",
        ),
        (
            criteria(ConvergenceDetected={"CompleteOnConvergence": "Enabled"}),
            "not emulate CompleteOnConvergence .*MaxNumberOfTrainingJobsNotImproving",
        ),
        (criteria(TargetObjectiveMetricValue=float("inf")), "must be a finite number"),
        ({"TrainingJobDefinition": None}, "Exactly one of TrainingJobDefinition and"),
        ({"TrainingJobDefinitions": [named("a")]}, "Exactly one of TrainingJobDefinit"),
        (
            config(HyperParameterTuningJobObjective=None),
            "HyperParameterTuningJobObjecti",
        ),
        (config(ParameterRanges=None), "ParameterRanges, or HyperParameterRanges of a"),
        (several(definition(DefinitionName="a")), "TuningObjective of each definition"),
        (several(named("a"), named("a")), "needs a DefinitionName, its own"),
        (
            several(
                named("a"),
                named("b", TuningObjective={**OBJECTIVE, "Type": "Minimize"}),
            ),
            "objectives of both types",
        ),
        (several(named("a"), RandomSeed=1, ParameterRanges=continuous()), "give Hyper"),
        (
            {"training": {"static": {"x": "1"}}},
            'hyperparameter "x" has a range and a static value',
        ),
        (config(ParameterRanges={}), "No hyperparameter has a range"),
        (config(Strategy="Grid"), "takes only categorical ranges"),
        (
            {
                "limits": {"MaxNumberOfTrainingJobs": 5},
                **config(Strategy="Grid", ParameterRanges=categories(c="ab")),
            },
            "MaxNumberOfTrainingJobs is 5, but the grid has 2 combinations",
        ),
        ({"limits": {"MaxNumberOfTrainingJobs": None}}, "Random needs a MaxNumberOf"),
        ({"limits": {"MaxParallelTrainingJobs": 101}}, "is 101; with Random it is at"),
        (
            {
                "limits": {"MaxNumberOfTrainingJobs": 751},
                **config(Strategy="Bayesian"),
            },
            "MaxNumberOfTrainingJobs is 751; with Bayesian it is at most 750",
        ),
        (
            config(ParameterRanges=categories(c="ab")),
            r"enough combinations .* \[2.0\] must be equal or greater .*, \[3\]",
        ),
        (
            config(
                HyperParameterTuningJobObjective={**OBJECTIVE, "MetricName": "loss"}
            ),
            'metric is required for this hyperparameter tuning job objective.*"loss"',
        ),
        (algorithm("score"), 'objective metric "score" is none of this algorithm'),
        (algorithm("train:rmse"), 'objective metric "train:rmse" is none of this'),
        (
            algorithm(ParameterRanges=continuous("speed")),
            "training jobs would fail: Extraneous hyperparameter found: speed",
        ),
        (
            algorithm(ParameterRanges=continuous("eta", "0", "1.5")),
            r"training jobs would fail: Hyperparameter eta: 1.5 is not in \[0, 1\]",
        ),
        (
            algorithm(ParameterRanges=categories(booster=["gbtree", "tree"])),
            "training jobs would fail: Hyperparameter booster: tree is not in",
        ),
        (
            {"training": {"static": {f"s{number}": "1" for number in range(98)}}},
            "training jobs would be refused: 1 validation error .*hyperParameters",
        ),
        ({"training": {"ResourceConfig": None}}, "must name an InstanceType"),
        (
            {
                "training": {
                    "HyperParameterTuningResourceConfig": {
                        "InstanceType": "ml.m5.large"
                    }
                }
            },
            "one of ResourceConfig and HyperParameterTuningResourceConfig",
        ),
        (
            {
                "training": {
                    "ResourceConfig": None,
                    "HyperParameterTuningResourceConfig": {
                        "InstanceType": "ml.m5.large",
                        "InstanceConfigs": [{"InstanceType": "ml.m5.large"}],
                    },
                }
            },
            "one of InstanceType and InstanceConfigs",
        ),
        (
            {"training": {"OutputDataConfig": {"S3OutputPath": "https://x/y"}}},
            "https://x/y",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(changes, words):
    with pytest.raises(ServiceError, match=words) as caught:
        check(request(**changes))
    assert caught.value.code == "ValidationException"


def test_a_strategy_whose_package_is_missing_is_refused(monkeypatch):
    monkeypatch.setattr(module, "missing", lambda strategy: "scikit-learn")
    with pytest.raises(
        ServiceError, match="needs scikit-learn, which is not installed"
    ):
        check(request(**config(Strategy="Bayesian")))
