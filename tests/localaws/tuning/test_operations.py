"""Tuning jobs through boto3 and the unmodified SageMaker Python SDK v3."""

import time

import boosted
import boto3
import pytest
from botocore.exceptions import ClientError
from training_jobs import channel
from tuning_jobs import continuous, packed, request
from waiting import until

SCRIPT = """
import json, os, time
given = json.loads(os.environ["SM_HPS"])
print(sorted(given), sorted(os.listdir("/opt/ml/input/data")))
print("score=" + str(1 - (given["x"] - 0.7) ** 2), flush=True)
time.sleep(given.get("sleep", 0))
"""
STAGES = """
import json, os, time
score = json.loads(os.environ["SM_HPS"])["score"]
for epoch in range(3):
    print("score=" + str(score), flush=True)
time.sleep(60 if score < 0 else 0)
"""
DONE = ("Completed", "Failed", "Stopped")


def submit(s3, bucket, code=SCRIPT, key="tuning/code.tar.gz"):
    """Upload a script as the SDK does, and return its address."""
    s3.put_object(Bucket=bucket, Key=key, Body=packed("train.py", code))
    return f"s3://{bucket}/{key}"


@pytest.fixture(scope="module")
def bucket(connection):
    submit(boto3.client("s3"), connection.bucket)
    return connection.bucket


@pytest.fixture
def start(bucket, sagemaker):
    """Return a function that starts a tuning job and returns its name."""

    def begin(**changes):
        name = f"tune-{time.time_ns() % 10**12}"
        asked = request(changes.pop("name", name), bucket, **changes)
        sagemaker.create_hyper_parameter_tuning_job(**asked)
        return asked["HyperParameterTuningJobName"]

    return begin


def described(sagemaker, name):
    return sagemaker.describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name
    )


@pytest.fixture
def ended(sagemaker):
    """Return a function that waits for a job's end and returns its description."""

    def wait(name):
        while True:
            job = described(sagemaker, name)
            if job["HyperParameterTuningJobStatus"] in DONE:
                return job

    return wait


def rows(sagemaker, name, **asked):
    found = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, **asked
    )
    return found["TrainingJobSummaries"]


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


def test_training_jobs_are_listed_sorted_and_paged(start, ended, sagemaker):
    name = start(Tags=[{"Key": "k", "Value": "v"}])
    job = ended(name)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job
    whole = rows(sagemaker, name)
    assert [row["TrainingJobName"][:-9] for row in whole] == [
        f"{name}-00{number}" for number in (1, 2, 3)
    ]
    by_value = rows(sagemaker, name, SortBy="FinalObjectiveMetricValue")
    values = [
        row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for row in by_value
    ]
    assert values == sorted(values) and len(values) == 3
    assert by_value[-1]["TrainingJobName"] == job["BestTrainingJob"]["TrainingJobName"]
    assert rows(sagemaker, name, StatusEquals="Failed") == []
    assert rows(sagemaker, name, SortOrder="Descending") == whole[::-1]
    paginator = sagemaker.get_paginator(
        "list_training_jobs_for_hyper_parameter_tuning_job"
    )
    pages = paginator.paginate(HyperParameterTuningJobName=name, MaxResults=2)
    assert [row for page in pages for row in page["TrainingJobSummaries"]] == whole
    tags = sagemaker.list_tags(ResourceArn=whole[0]["TrainingJobArn"])["Tags"]
    assert tags == [{"Key": "k", "Value": "v"}]
    [found] = sagemaker.list_hyper_parameter_tuning_jobs(NameContains=name)[
        "HyperParameterTuningJobSummaries"
    ]
    assert (found["Strategy"], found["HyperParameterTuningJobStatus"]) == (
        "Random",
        "Completed",
    )
    assert found["TrainingJobStatusCounters"]["Completed"] == 3
    assert found["ResourceLimits"]["MaxParallelTrainingJobs"] == 1


def test_what_is_absent_taken_or_ended_is_refused(start, ended, sagemaker):
    asked = {"HyperParameterTuningJobName": "absent"}
    for call in (
        sagemaker.describe_hyper_parameter_tuning_job,
        sagemaker.stop_hyper_parameter_tuning_job,
        sagemaker.delete_hyper_parameter_tuning_job,
        sagemaker.list_training_jobs_for_hyper_parameter_tuning_job,
    ):
        with pytest.raises(ClientError, match="Requested resource not found"):
            call(**asked)
    name = start(training={"static": {"sleep": "300"}})
    given = {"HyperParameterTuningJobName": name}
    with pytest.raises(ClientError, match="is in status InProgress"):
        sagemaker.delete_hyper_parameter_tuning_job(**given)
    with pytest.raises(ClientError, match="already exists") as caught:
        start(name=name)
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"
    sagemaker.stop_hyper_parameter_tuning_job(**given)
    ended(name)
    with pytest.raises(ClientError, match="tuning job is in status Stopped"):
        sagemaker.stop_hyper_parameter_tuning_job(**given)
    sagemaker.delete_hyper_parameter_tuning_job(**given)
    with pytest.raises(ClientError, match="not found"):
        described(sagemaker, name)
    start(name=name)
    assert ended(name)["HyperParameterTuningJobStatus"] == "Completed"


def test_a_role_that_nobody_has_is_refused(start):
    role = "arn:aws:iam::123456789012:role/absent"
    with pytest.raises(ClientError, match=r"Could not assume role .*role/absent"):
        start(training={"RoleArn": role})


def test_jobs_that_are_worse_than_half_of_those_before_are_stopped(
    start, ended, s3, bucket, sagemaker
):
    uri = submit(s3, bucket, STAGES, "tuning/stages.tar.gz")
    grid = {"CategoricalParameterRanges": [{"Name": "score", "Values": ["2", "-1"]}]}
    name = start(
        config={
            "Strategy": "Grid",
            "ParameterRanges": grid,
            "TrainingJobEarlyStoppingType": "Auto",
        },
        limits={"MaxNumberOfTrainingJobs": None},
        training={"static": {"sagemaker_submit_directory": uri}},
    )
    begun = time.monotonic()
    job = ended(name)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert [row["TrainingJobStatus"] for row in rows(sagemaker, name)] == [
        "Completed",
        "Stopped",
    ]
    assert time.monotonic() - begun < 50
    assert job["ObjectiveStatusCounters"]["Succeeded"] == 2
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"score": "2"}


def test_the_algorithm_of_xgboost_is_tuned_by_its_own_metric(
    start, ended, s3, bucket, sagemaker
):
    x, y = boosted.table()
    channels = []
    for part in ("train", "validation"):
        key = f"tuning/xgboost/{part}/data.csv"
        s3.put_object(Bucket=bucket, Key=key, Body=boosted.csv(x, y).encode())
        source = channel(part, f"s3://{bucket}/tuning/xgboost/{part}/")
        channels.append({**source, "ContentType": "text/csv"})
    algorithm = {"TrainingImage": boosted.IMAGE, "TrainingInputMode": "File"}
    aim = {"Type": "Minimize", "MetricName": "validation:rmse"}
    name = start(
        config={
            "HyperParameterTuningJobObjective": aim,
            "ParameterRanges": continuous("eta", "0.1", "0.9"),
        },
        limits={"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
        training={
            "AlgorithmSpecification": algorithm,
            "StaticHyperParameters": {"num_round": "3"},
            "InputDataConfig": channels,
        },
    )
    job = ended(name)
    assert job["TrainingJobStatusCounters"]["Completed"] == 2, job
    found = {
        row["TunedHyperParameters"]["eta"]: row[
            "FinalHyperParameterTuningJobObjectiveMetric"
        ]["Value"]
        for row in rows(sagemaker, name)
    }
    best = max(found, key=float)  # a few rounds profit from long steps
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"eta": best}
    assert found[best] == min(found.values())


def test_a_script_that_fails_fails_the_tuning(start, ended, s3, bucket):
    uri = submit(s3, bucket, "raise ValueError('no data')", "tuning/fails.tar.gz")
    name = start(
        limits={"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
        training={"static": {"sagemaker_submit_directory": uri}},
    )
    job = ended(name)
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("All training jobs failed.")
    assert job["TrainingJobStatusCounters"]["NonRetryableError"] == 2


def test_a_restart_fails_what_ran_and_leaves_nothing(restartable):
    s3, sagemaker = restartable.client("s3"), restartable.client("sagemaker")
    s3.create_bucket(Bucket="bucket")
    submit(s3, "bucket")
    asked = request(
        limits={"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
        config={"Strategy": "Bayesian"},
        training={"static": {"sleep": "300"}},
    )
    sagemaker.create_hyper_parameter_tuning_job(**asked)
    until(lambda: len(rows(sagemaker, "tune")) == 2)
    restartable.kill()  # and no process is left
    sagemaker = restartable.client("sagemaker")
    job = described(sagemaker, "tune")
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert "the localaws server ended while the job ran" in job["FailureReason"]
    assert job["TrainingJobStatusCounters"]["RetryableError"] == 2
    assert job["TrainingJobStatusCounters"]["InProgress"] == 0
    for row in rows(sagemaker, "tune"):
        named = {"TrainingJobName": row["TrainingJobName"]}
        found = sagemaker.describe_training_job(**named)
        assert found["TrainingJobStatus"] == "Failed"
    assert not sagemaker.list_training_jobs(StatusEquals="InProgress")[
        "TrainingJobSummaries"
    ]
