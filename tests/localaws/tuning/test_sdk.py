"""Tuning jobs of the unmodified SageMaker Python SDK v3."""

import pytest
from tuning_jobs import SCRIPT, rows
from waiting import until


@pytest.fixture
def tuner(connection, tmp_path):
    """Return a function that makes the SDK's tuner of a script in a folder."""
    from sagemaker.core.parameter import ContinuousParameter
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, SourceCode
    from sagemaker.train.tuner import HyperparameterTuner

    (tmp_path / "train.py").write_text(SCRIPT)

    def make(**changes):
        trainer = ModelTrainer(
            training_image="763104351884.dkr.ecr.us-east-1.amazonaws.com/"
            "pytorch-training:2.6-cpu-py312",
            source_code=SourceCode(source_dir=str(tmp_path), entry_script="train.py"),
            compute=Compute(instance_type="ml.m5.large", instance_count=1),
            hyperparameters={"sleep": 0, **changes.pop("static", {})},
            role=connection.role_arn,
            base_job_name="sdk",
        )
        given = {
            "objective_metric_name": "score",
            "hyperparameter_ranges": {"x": ContinuousParameter(0.0, 1.0)},
            "metric_definitions": [{"Name": "score", "Regex": "score=([-.e0-9]+)"}],
            "max_jobs": 3,
            "max_parallel_jobs": 2,
            "random_seed": 3,
            **changes,
        }
        return HyperparameterTuner(trainer, **given)

    return make


def test_the_sdk_tunes_finds_the_best_and_goes_on_from_it(tuner, sagemaker, log_of):
    from sagemaker.core.shapes import (
        HyperParameterTuningJobWarmStartConfig,
        ParentHyperParameterTuningJob,
    )

    first = tuner(strategy="Bayesian")
    first.tune(job_name="sdk-first")
    table = first.analytics().dataframe()
    assert list(table["TrainingJobStatus"]) == ["Completed"] * 3
    expected = 1 - (table["x"] - 0.7) ** 2
    assert list(table["FinalObjectiveValue"]) == pytest.approx(list(expected), abs=1e-6)
    best = table.loc[table["FinalObjectiveValue"].idxmax()]
    assert first.best_training_job() == best["TrainingJobName"]
    assert (table["TrainingElapsedTimeSeconds"] >= 0).all()
    [said, score, *_] = [
        line for line in log_of(best["TrainingJobName"]) if line[:1] in "[s"
    ]
    assert said == "['sleep', 'x'] ['sm_drivers']" and score.startswith("score=")
    job = sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert job["TuningJobArn"] == first.describe().hyper_parameter_tuning_job_arn
    assert job["HyperParameters"]["_tuning_objective_metric"] == "score"
    parents = [
        ParentHyperParameterTuningJob(hyper_parameter_tuning_job_name="sdk-first")
    ]
    second = tuner(
        max_jobs=1,
        max_parallel_jobs=1,
        warm_start_config=HyperParameterTuningJobWarmStartConfig(
            parent_hyper_parameter_tuning_jobs=parents,
            warm_start_type="IdenticalDataAndAlgorithm",
        ),
    )
    second.tune(job_name="sdk-second", wait=False)
    second.wait()
    found = second.describe()
    assert found.hyper_parameter_tuning_job_status == "Completed"
    overall = found.overall_best_training_job
    assert overall.tuning_job_name in ("sdk-first", "sdk-second")
    values = [found.best_training_job, overall]
    low, high = (
        one.final_hyper_parameter_tuning_job_objective_metric.value for one in values
    )
    assert low <= high


def test_the_sdk_stops_a_tuning_and_what_runs(tuner, ended, sagemaker):
    slow = tuner(static={"sleep": 300})
    slow.tune(job_name="sdk-slow", wait=False)
    until(lambda: len(rows(sagemaker, "sdk-slow")) == 2)
    slow.stop_tuning_job()
    job = ended("sdk-slow")
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert job["TrainingJobStatusCounters"]["Stopped"] == 2
    statuses = [row["TrainingJobStatus"] for row in rows(sagemaker, "sdk-slow")]
    assert statuses == ["Stopped", "Stopped"]
    for row in rows(sagemaker, "sdk-slow"):
        found = sagemaker.describe_training_job(TrainingJobName=row["TrainingJobName"])
        assert found["TrainingJobStatus"] == "Stopped"
