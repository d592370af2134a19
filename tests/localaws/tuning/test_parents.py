"""Warm start: which tuning jobs can be gone on from, and what is taken of them."""

import pytest
from tuning_jobs import categories, continuous, definition, request

from localaws.api.errors import ServiceError

KINDS = ("IdenticalDataAndAlgorithm", "TransferLearning")
TYPE = "IdenticalDataAndAlgorithm"
AIM = "FinalHyperParameterTuningJobObjectiveMetric"


def warm(*names, kind=TYPE):
    rows = [{"HyperParameterTuningJobName": name} for name in names]
    return {"ParentHyperParameterTuningJobs": rows, "WarmStartType": kind}


def channel(name="training", uri="s3://bucket/data"):
    source = {"S3DataType": "S3Prefix", "S3Uri": uri}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def image(name):
    own = definition()["AlgorithmSpecification"]
    return {"AlgorithmSpecification": {**own, "TrainingImage": name}}


@pytest.mark.parametrize("kind", KINDS)
def test_a_parents_jobs_are_known_and_the_best_of_all_is_named(tunings, kind):
    first = tunings.run(request("first", config={"RandomSeed": 5}))
    tunings.client.score = lambda values: float(values["x"]) - 10
    second = tunings.run(request("second", WarmStartConfig=warm("first", kind=kind)))
    assert [row["cost"] for row in second["_known"]] == [
        -job[AIM]["Value"] for job in first["_jobs"]
    ]
    sources = {row["source"] for row in second["_known"]}
    assert sources == ({""} if kind == TYPE else {"first"})
    assert second["BestTrainingJob"]["TrainingJobName"].startswith("second-")
    overall = second.get("OverallBestTrainingJob")
    if kind == TYPE:
        best = first["BestTrainingJob"]
        assert overall == {**best, "TuningJobName": "first"}
    else:
        assert overall is None


def test_bayesian_goes_on_where_its_parent_was_good(tunings):
    tunings.client.score = lambda values: -abs(float(values["x"]) - 0.7)
    many = {"MaxNumberOfTrainingJobs": 10}
    tunings.run(request("parent", limits=many, config={"Strategy": "Bayesian"}))
    new = {"config": {"Strategy": "Bayesian"}, "limits": {"MaxNumberOfTrainingJobs": 1}}
    found = tunings.run(request("child", WarmStartConfig=warm("parent"), **new))
    assert abs(float(found["_jobs"][0]["TunedHyperParameters"]["x"]) - 0.7) < 0.1


def test_a_range_that_has_become_static_or_tuned_is_followed(tunings):
    both = {"ParameterRanges": {**continuous(), **categories(c="ab")}}
    tunings.run(request("one", config=both))
    fixed = {"training": {"static": {"c": "a"}}}
    done = tunings.run(request("two", WarmStartConfig=warm("one"), **fixed))
    assert {tuple(row["values"]) for row in done["_known"]} == {("x",)}
    other = {"ParameterRanges": {**continuous(), **categories(c="bc")}}
    done = tunings.run(request("three", WarmStartConfig=warm("two"), config=other))
    assert done["_known"] == []  # its parent had "a", which is no choice any more


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"WarmStartConfig": warm("absent")}, "Could not find.*absent"),
        ({"WarmStartConfig": warm("done", "done")}, '"done" is named more than once'),
        ({"WarmStartConfig": warm("runs")}, '"runs" is in status InProgress: a parent'),
        (
            {
                "config": {
                    "HyperParameterTuningJobObjective": {
                        "Type": "Minimize",
                        "MetricName": "score",
                    }
                }
            },
            'has another objective, "score"',
        ),
        (
            {"training": {"static": {"more": "1"}}},
            r"has other hyperparameters \(more\)",
        ),
        (
            {"config": {"ParameterRanges": categories(x=["1", "2", "3"])}},
            'hyperparameter "x" is Categorical, but Continuous in the parent',
        ),
        (
            {
                "config": {"Strategy": "Grid", "ParameterRanges": categories(x="123")},
            },
            "not possible with the strategy Grid",
        ),
        ({"training": image("plain:2")}, "has another image, which the type"),
        (
            {"training": {"InputDataConfig": [channel()]}},
            "has another input data, which the type",
        ),
    ],
)
def test_what_cannot_be_gone_on_from_is_refused(tunings, changes, words):
    tunings.run(request("done"))
    tunings.client.held = lambda number: True
    tunings.call("create", **request("runs"))
    with pytest.raises(ServiceError, match=words):
        tunings.call(
            "create", **request("new", **{"WarmStartConfig": warm("done"), **changes})
        )
    tunings.call("stop", HyperParameterTuningJobName="runs")


def test_with_transfer_learning_image_and_data_may_be_others(tunings):
    tunings.run(request("old"))
    change = {**image("plain:2"), "InputDataConfig": [channel()]}
    config = warm("old", kind="TransferLearning")
    assert tunings.run(request("new", WarmStartConfig=config, training=change))


def test_where_the_code_is_may_change(tunings):
    code = {"sagemaker_submit_directory": "s3://bucket/other.tar.gz"}
    drivers = [channel("sm_drivers", "s3://bucket/1")]
    tunings.run(request("old", training={"InputDataConfig": drivers}))
    drivers = [channel("sm_drivers", "s3://bucket/2")]
    new = {"static": code, "InputDataConfig": drivers}
    assert tunings.run(request("new", WarmStartConfig=warm("old"), training=new))


def test_more_than_ten_changes_of_static_values_are_refused(tunings):
    static = {f"s{number}": "1" for number in range(11)}
    tunings.run(request("old", training={"static": static}))
    new = {"static": dict.fromkeys(static, "2")}
    with pytest.raises(ServiceError, match="11 hyperparameters have become static or"):
        tunings.call(
            "create", **request("new", WarmStartConfig=warm("old"), training=new)
        )
