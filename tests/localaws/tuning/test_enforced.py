"""Tuning jobs where callers are asked for permissions: theirs, and their role's."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from roles import allow, document, make_role
from tuning_jobs import ended, request, rows, submit

from localaws import client

DONE = ("Completed", "Failed", "Stopped")
ONCE = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})


@pytest.fixture(scope="module")
def server():
    opened = client.fresh(client.REGION, "--enforce-iam")
    yield opened
    opened.stop()


@pytest.fixture(scope="module")
def keyed(server):
    """Return a function that makes clients with the keys that it is given."""

    def made(service, *keys):
        return boto3.Session(*keys, region_name=server.region).client(
            service, endpoint_url=server.url, config=ONCE
        )

    return made


@pytest.fixture(scope="module")
def admin(server, keyed):
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    keys = [server.environment[name] for name in names]
    made = {name: keyed(name, *keys) for name in ("iam", "s3", "sagemaker")}
    submit(made["s3"], server.bucket)
    return made


@pytest.fixture
def user(admin, keyed):
    """Return a function that makes the client of a user with these statements."""

    def made(name, *statements):
        iam = admin["iam"]
        iam.create_user(UserName=name)
        iam.put_user_policy(
            UserName=name, PolicyName="p", PolicyDocument=document(*statements)
        )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return keyed("sagemaker", key["AccessKeyId"], key["SecretAccessKey"])

    return made


def test_a_caller_needs_the_tunings_permission_and_passes_its_role(server, admin, user):
    asked = request("mine", server.bucket)
    own = allow("sagemaker:*HyperParameterTuningJob")
    for name, statements, lacks in [
        (
            "stranger",
            [allow("iam:PassRole")],
            "sagemaker:CreateHyperParameterTuningJob",
        ),
        ("poor", [own], "iam:PassRole"),
    ]:
        with pytest.raises(ClientError, match=f"not authorized to perform: {lacks} on"):
            user(name, *statements).create_hyper_parameter_tuning_job(**asked)
    sagemaker = user("rich", own, allow("iam:PassRole"))
    sagemaker.create_hyper_parameter_tuning_job(**asked)
    done = ended(sagemaker, "mine")
    assert done["TrainingJobStatusCounters"]["Completed"] == 3, done
    with pytest.raises(ClientError, match="CreateTrainingJob on"):  # it needs none
        sagemaker.create_training_job(TrainingJobName="x", **_job(asked))


def _job(asked):
    given = asked["TrainingJobDefinition"]
    return {name: given[name] for name in given if name != "StaticHyperParameters"}


def test_training_jobs_do_what_their_role_may(server, admin):
    role = make_role(admin["iam"], "blind", allow("s3:PutObject"))
    asked = request("blind", server.bucket, training={"RoleArn": role})
    admin["sagemaker"].create_hyper_parameter_tuning_job(**asked)
    done = ended(admin["sagemaker"], "blind")
    assert done["HyperParameterTuningJobStatus"] == "Failed"
    assert done["FailureReason"].startswith("All training jobs failed.")
    for row in rows(admin["sagemaker"], "blind"):
        assert "AccessDenied" in row["FailureReason"]
