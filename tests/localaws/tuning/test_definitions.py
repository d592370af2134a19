"""The training jobs that a definition makes."""

import pytest
from tuning_jobs import definition, request

from localaws.tuning.definitions import read


def job(**changes):
    [found] = read(request(training=changes))
    return found.training_job("name", {"x": "0.5"}, [{"Key": "k", "Value": "v"}])


def test_a_training_job_has_what_is_static_what_is_tuned_and_its_aim():
    found = job(Environment={"A": "1"}, EnableManagedSpotTraining=False)
    given = definition()
    assert found["HyperParameters"] == {
        **given["StaticHyperParameters"],
        "x": "0.5",
        "_tuning_objective_metric": "score",
    }
    assert found["TrainingJobName"] == "name" and found["Environment"] == {"A": "1"}
    assert found["Tags"] == [{"Key": "k", "Value": "v"}]
    for name in ("AlgorithmSpecification", "RoleArn", "ResourceConfig"):
        assert found[name] == given[name]
    assert "DefinitionName" not in found


@pytest.mark.parametrize(
    "choice",
    [
        {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 3},
        {
            "AllocationStrategy": "Prioritized",
            "InstanceConfigs": [
                {
                    "InstanceType": "ml.m5.xlarge",
                    "InstanceCount": 2,
                    "VolumeSizeInGB": 3,
                },
                {
                    "InstanceType": "ml.c5.large",
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 1,
                },
            ],
        },
    ],
)
def test_of_a_choice_of_machines_it_has_the_first(choice):
    found = job(ResourceConfig=None, HyperParameterTuningResourceConfig=choice)
    first = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 3}
    assert found["ResourceConfig"] == first


def test_a_cost_is_small_where_the_objective_is_good():
    [most] = read(request())
    aim = {"Type": "Minimize", "MetricName": "score"}
    [least] = read(request(config={"HyperParameterTuningJobObjective": aim}))
    assert most.cost(2.0) < most.cost(1.0) and least.cost(1.0) < least.cost(2.0)


def test_each_training_job_has_checkpoints_of_its_own():
    found = job(CheckpointConfig={"S3Uri": "s3://b/c/", "LocalPath": "/opt/ml/c"})
    assert found["CheckpointConfig"] == {
        "S3Uri": "s3://b/c/name",
        "LocalPath": "/opt/ml/c",
    }
