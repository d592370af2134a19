"""Tuning jobs through boto3: what is answered, and what really runs."""

import time

import boosted
import pytest
from botocore.exceptions import ClientError
from training_jobs import channel
from tuning_jobs import continuous, described, request, rows, submit
from waiting import until

SUMMARIES = "TrainingJobSummaries"
STAGES = """
import json, os, time
score = json.loads(os.environ["SM_HPS"])["score"]
for epoch in range(3):
    print("score=" + str(score), flush=True)
time.sleep(60 if score < 0 else 0)
"""


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
    # A tuning notes a job before it creates it: both have to be there.
    begun = {"NameContains": "tune-"}
    until(lambda: len(sagemaker.list_training_jobs(**begun)[SUMMARIES]) == 2)
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
    assert not sagemaker.list_training_jobs(StatusEquals="InProgress")[SUMMARIES]
