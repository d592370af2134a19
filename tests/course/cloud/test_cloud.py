import io
import tarfile
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
import tuning_jobs
import waiting
from sagemaker.core.helper import session_helper
from waiting import until

from course.cloud import cells, connect


def test_the_local_account_is_a_role_with_a_bucket(cloud):
    identity = boto3.client("sts").get_caller_identity()
    assert identity["Account"] == cloud.account
    assert session_helper.get_execution_role() == cloud.role
    assert session_helper.Session().default_bucket() == cloud.bucket


def test_time_passes_at_once_on_this_machine_and_is_waited_for_at_aws(
    cloud, monkeypatch
):
    slept, before = [], cloud.now()
    cloud.wait(40)
    assert cloud.now() - before >= timedelta(seconds=40)
    monkeypatch.setattr("time.sleep", slept.append)
    there = replace(cloud, where="aws")
    there.wait(40)
    assert slept == [40] and there.now() < cloud.now()


def test_another_place_is_refused():
    with pytest.raises(ValueError, match=r'"moon".*"local" or "aws"'):
        connect("moon")


def test_clean_up_removes_what_the_course_named_and_nothing_else(cloud, configure):
    configure("someone-elses")
    sagemaker = configure("n2e-mine")
    sagemaker.create_endpoint(EndpointName="n2e-mine", EndpointConfigName="n2e-mine")
    s3 = boto3.client("s3")
    for key in ["n2e-mine/data.npz", "other/data.npz"]:
        s3.put_object(Bucket=cloud.bucket, Key=key, Body=b"x")
    assert cloud.leftovers() == ["endpoint n2e-mine"]
    assert "model n2e-mine" in cloud.clean_up()
    assert cloud.leftovers() == []
    assert sagemaker.describe_model(ModelName="someone-elses")["ModelName"]
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=cloud.bucket)["Contents"]]
    assert "other/data.npz" in keys
    assert "someone-elses.tar.gz" in keys
    assert not [key for key in keys if key.startswith("n2e-")]
    assert cloud.clean_up() == []


def test_clean_up_empties_the_courses_groups_and_leaves_those_of_others(cloud):
    sagemaker = boto3.client("sagemaker")
    for group in ("n2e-digits", "theirs"):
        sagemaker.create_model_package_group(ModelPackageGroupName=group)
        for _ in range(12):  # more than one page of a list
            sagemaker.create_model_package(ModelPackageGroupName=group)
    assert cloud.leftovers() == []  # a registry costs nothing
    removed = cloud.clean_up()
    assert len(removed) == 13 and removed[-1] == "model package group n2e-digits"
    assert "model package n2e-digits/12" in removed
    groups = sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert [row["ModelPackageGroupName"] for row in groups] == ["theirs"]
    assert cloud.clean_up() == []


def start(cloud, name, *command):
    """Start a processing job of one command."""
    boto3.client("sagemaker").create_processing_job(
        ProcessingJobName=name,
        RoleArn=cloud.role,
        AppSpecification={"ImageUri": "any", "ContainerEntrypoint": list(command)},
        ProcessingResources={
            "ClusterConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 2,
                "VolumeSizeInGB": 1,
            }
        },
    )


def ended(name, kind="processing"):
    describe = getattr(boto3.client("sagemaker"), f"describe_{kind}_job")
    label = f"{kind.capitalize()}Job"
    return waiting.ended(
        lambda: describe(**{f"{label}Name": name}),
        lambda job: job[f"{label}Status"] in ("Completed", "Failed", "Stopped"),
    )


def test_a_processing_job_is_left_over_stopped_and_charged(cloud):
    start(cloud, "n2e-process", "sleep", "300")
    assert cloud.leftovers() == ["processing job n2e-process"]
    assert cloud.clean_up()[0] == "processing job n2e-process"
    assert ended("n2e-process")["ProcessingJobStatus"] == "Stopped"
    assert cloud.leftovers() == [] == cloud.clean_up()
    start(cloud, "n2e-quick", "true")
    job = ended("n2e-quick")
    [charge] = [c for c in cloud.cost().charges if c.name == "n2e-quick"]
    assert (charge.kind, charge.count) == ("processing", 2)
    seconds = job["ProcessingEndTime"] - job["ProcessingStartTime"]
    assert charge.seconds == seconds.total_seconds() > 0
    assert charge.dollars > 0 and "\nprocessing n2e-quick" in f"\n{cloud.cost()}"


def transform(cloud, name):
    """Start a transform job of one object, with the model of its name."""
    uri = f"s3://{cloud.bucket}/n2e-in/"
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
    boto3.client("sagemaker").create_transform_job(
        TransformJobName=name,
        ModelName=name,
        TransformInput={"DataSource": source},
        TransformOutput={"S3OutputPath": f"s3://{cloud.bucket}/n2e-out"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 2},
    )


def test_a_transform_job_is_left_over_stopped_and_charged(cloud, configure):
    boto3.client("s3").put_object(Bucket=cloud.bucket, Key="n2e-in/x", Body=b"slow")
    configure("n2e-echo")
    transform(cloud, "n2e-echo")
    assert cloud.leftovers() == ["transform job n2e-echo"]
    assert cloud.clean_up()[0] == "transform job n2e-echo"
    assert ended("n2e-echo", "transform")["TransformJobStatus"] == "Stopped"
    assert cloud.leftovers() == []
    boto3.client("s3").put_object(Bucket=cloud.bucket, Key="n2e-in/x", Body=b"1")
    configure("n2e-whole")
    transform(cloud, "n2e-whole")
    job = ended("n2e-whole", "transform")
    assert job["TransformJobStatus"] == "Completed"
    [charge] = [c for c in cloud.cost().charges if c.name == "n2e-whole"]
    seconds = job["TransformEndTime"] - job["TransformStartTime"]
    assert (charge.kind, charge.count) == ("transform", 2)
    assert charge.seconds == seconds.total_seconds() > 0 and charge.dollars > 0
    cloud.clean_up()


def tune(cloud, name, seconds):
    """Start a tuning job of two training jobs at once, each of some seconds."""
    buffer = io.BytesIO()
    code = f"import time; print('score=1', flush=True); time.sleep({seconds})".encode()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo("train.py")
        info.size = len(code)
        tar.addfile(info, io.BytesIO(code))
    place = {"Bucket": cloud.bucket, "Key": f"n2e-code/{name}.tar.gz"}
    boto3.client("s3").put_object(**place, Body=buffer.getvalue())
    boto3.client("sagemaker").create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {
                "Type": "Maximize",
                "MetricName": "score",
            },
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": 2,
                "MaxParallelTrainingJobs": 2,
            },
            "ParameterRanges": {
                "IntegerParameterRanges": [
                    {"Name": "n", "MinValue": "1", "MaxValue": "9"}
                ]
            },
        },
        TrainingJobDefinition={
            "StaticHyperParameters": {
                "sagemaker_program": "train.py",
                "sagemaker_submit_directory": f"s3://{place['Bucket']}/{place['Key']}",
            },
            "AlgorithmSpecification": {
                "TrainingImage": "plain",
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "score", "Regex": "score=([0-9]+)"}],
            },
            "RoleArn": cloud.role,
            "OutputDataConfig": {"S3OutputPath": f"s3://{cloud.bucket}/n2e-tuned"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 1,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 300},
        },
    )


def test_a_tuning_job_is_left_over_and_stopped_with_what_it_started(cloud):
    tune(cloud, "n2e-slow", 300)
    sagemaker = boto3.client("sagemaker")
    names = until(lambda: cells.tuned(sagemaker, "n2e-slow"))
    assert cloud.leftovers() == ["tuning job n2e-slow"]
    assert cloud.clean_up()[0] == "tuning job n2e-slow"
    job = tuning_jobs.ended(boto3.client("sagemaker"), "n2e-slow")
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    for name in names:
        assert ended(name, "training")["TrainingJobStatus"] == "Stopped"
    assert cloud.leftovers() == []


def test_a_tuning_job_costs_what_its_training_jobs_do(cloud):
    tune(cloud, "n2e-fast", 0)
    job = tuning_jobs.ended(boto3.client("sagemaker"), "n2e-fast")
    assert job["TrainingJobStatusCounters"]["Completed"] == 2, job
    found = [c for c in cloud.cost().charges if c.name.startswith("n2e-fast")]
    assert [one.kind for one in found] == ["training", "training"]
    assert all(one.dollars > 0 for one in found)
    cloud.clean_up()
