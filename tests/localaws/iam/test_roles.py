"""What a role lacks, those who work in its name lack: jobs, models, endpoints."""

import boto3
import pytest
from botocore.exceptions import ClientError
from deployed import deploy, upload
from roles import EVERYTHING, TRUST, allow, document, make_role


@pytest.fixture
def mode():
    """How jobs see /opt/ml is nothing to permissions: one mode will do."""
    return "auto"


def test_a_role_that_may_not_read_a_channel_fails_the_job(connection, submit, finished):
    put = allow("s3:PutObject", "s3:ListBucket")
    role = make_role(boto3.client("iam"), "blind", put)
    reason = finished(submit("print()", RoleArn=role))["FailureReason"]
    assert reason.startswith("ClientError: Data download failed")
    assert "AccessDenied" in reason and "perform: s3:GetObject on" in reason


def test_a_role_that_may_not_write_fails_the_job_at_its_upload(submit, finished):
    read = allow("s3:GetObject", "s3:ListBucket")
    role = make_role(boto3.client("iam"), "mute", read)
    reason = finished(submit("print()", RoleArn=role))["FailureReason"]
    assert "Artifact upload failed" in reason and "perform: s3:PutObject" in reason


def test_a_bucket_policy_counts_for_a_job(connection, submit, finished):
    s3, iam = boto3.client("s3"), boto3.client("iam")
    s3.create_bucket(Bucket="guarded")
    s3.put_object(Bucket="guarded", Key="k", Body=b"x")
    role = make_role(iam, "guest", EVERYTHING)
    deny = {"Effect": "Deny", "Principal": {"AWS": role}, "Action": "s3:ListBucket"}
    text = document({**deny, "Resource": "arn:aws:s3:::guarded"})
    s3.put_bucket_policy(Bucket="guarded", Policy=text)
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://guarded/k"}
    channel = {"ChannelName": "x", "DataSource": {"S3DataSource": source}}
    job = submit("print()", RoleArn=role, InputDataConfig=[channel])
    assert "with an explicit deny" in finished(job)["FailureReason"]


@pytest.mark.parametrize("trust", [None, {**TRUST, "Principal": {"AWS": "*"}}])
def test_a_role_that_sagemaker_may_not_assume_is_refused(connection, submit, trust):
    arn = "arn:aws:iam::123456789012:role/absent"
    if trust:
        arn = make_role(boto3.client("iam"), "distrusting", EVERYTHING, trust=trust)
    words = f"Could not assume role {arn}. Please ensure that the role exists"
    with pytest.raises(ClientError, match=words):
        submit("print()", RoleArn=arn)
    with pytest.raises(ClientError, match=words):
        boto3.client("sagemaker").create_model(
            ModelName="m", ExecutionRoleArn=arn, PrimaryContainer={"Image": "pytorch"}
        )


def test_a_role_that_may_not_read_the_model_is_refused(connection, sagemaker, s3):
    s3.put_object(Bucket=connection.bucket, Key="m/model.tar.gz", Body=b"x")
    role = make_role(boto3.client("iam"), "modelless", allow("s3:ListBucket"))
    url = f"s3://{connection.bucket}/m/model.tar.gz"
    words = f"Could not access model data at {url}. Please ensure"
    with pytest.raises(ClientError, match=words):
        sagemaker.create_model(
            ModelName="unread",
            ExecutionRoleArn=role,
            PrimaryContainer={"Image": "pytorch", "ModelDataUrl": url},
        )


def test_a_role_that_lost_its_permission_fails_the_endpoint(connection, sagemaker):
    iam, read = boto3.client("iam"), allow("s3:GetObject", "s3:ListBucket")
    role = make_role(iam, "losing", read)
    url = upload(connection, "lost/model.tar.gz", {"code/inference.py": ""})
    container = {"Image": "pytorch", "ModelDataUrl": url}
    sagemaker.create_model(
        ModelName="lost", ExecutionRoleArn=role, PrimaryContainer=container
    )
    iam.delete_role_policy(RoleName="losing", PolicyName="p")
    found = deploy(sagemaker, "lost", ["lost"])
    sagemaker.delete_endpoint(EndpointName="lost")
    assert found["EndpointStatus"] == "Failed"
    assert "Failed to download model data" in found["FailureReason"]
    assert found["FailureReason"].endswith("(AccessDenied)")
