import boto3
import pytest
from sagemaker.core.helper import session_helper

from course.cloud import connect


def test_the_local_account_is_a_role_with_a_bucket(cloud):
    identity = boto3.client("sts").get_caller_identity()
    assert identity["Account"] == cloud.account
    assert session_helper.get_execution_role() == cloud.role
    assert session_helper.Session().default_bucket() == cloud.bucket


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


def ended(name):
    sagemaker = boto3.client("sagemaker")
    while True:
        job = sagemaker.describe_processing_job(ProcessingJobName=name)
        if job["ProcessingJobStatus"] in ("Completed", "Failed", "Stopped"):
            return job


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
