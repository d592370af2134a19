import io
import tarfile
import time

import boto3
import pytest
from sagemaker.core.helper import session_helper

from course import cloud as clouds
from course.cloud import CloudError, connect
from localaws import client

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312"


@pytest.fixture(scope="module")
def cloud():
    """A local account: that of other tests in this process, or one of its own."""
    shared = client._current
    yield connect("local")
    clouds.stop_metering()
    if shared is None:
        client.connect().stop()


ECHO = b"""
def model_fn(folder): return None
def input_fn(body, content_type): return body
def predict_fn(body, model): return body
def output_fn(body, accept): return body
"""


def archive():
    """A model archive whose endpoint answers what it is asked."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(ECHO)
        tar.addfile(member, io.BytesIO(ECHO))
    return buffer.getvalue()


def configure(cloud, name, count=1):
    """Create a model and an endpoint configuration called ``name``."""
    sagemaker = boto3.client("sagemaker")
    s3 = boto3.client("s3")
    s3.put_object(Bucket=cloud.bucket, Key=f"{name}.tar.gz", Body=archive())
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{cloud.bucket}/{name}.tar.gz"}
    sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=cloud.role, PrimaryContainer=container
    )
    variant = {"VariantName": "v", "ModelName": name, "InitialInstanceCount": count}
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[{**variant, "InstanceType": "ml.m5.large"}],
    )
    return sagemaker


def test_the_local_account_is_a_role_with_a_bucket(cloud):
    identity = boto3.client("sts").get_caller_identity()
    assert identity["Account"] == cloud.account
    assert session_helper.get_execution_role() == cloud.role
    assert session_helper.Session().default_bucket() == cloud.bucket


def test_another_place_is_refused():
    with pytest.raises(ValueError, match=r'"moon".*"local" or "aws"'):
        connect("moon")


def test_endpoints_are_charged_by_instance_and_second_also_after_deletion(cloud):
    sagemaker = configure(cloud, "n2e-charged", count=2)
    sagemaker.create_endpoint(
        EndpointName="n2e-charged", EndpointConfigName="n2e-charged"
    )
    time.sleep(1)
    assert cloud.clean_up()[0] == "endpoint n2e-charged"
    (charge,) = [c for c in cloud.cost().charges if c.name == "n2e-charged"]
    assert (charge.kind, charge.count, charge.instance_type) == (
        "endpoint",
        2,
        "ml.m5.large",
    )
    assert 1 <= charge.seconds < 20
    assert charge.dollars == pytest.approx(0.23 * charge.seconds / 3600)
    assert f"${cloud.cost().dollars:.5f}" in str(cloud.cost()).splitlines()[-1]


def test_a_refused_call_is_not_charged(cloud):
    before = len(cloud.cost().charges)
    with pytest.raises(boto3.client("sagemaker").exceptions.ClientError):
        boto3.client("sagemaker").create_endpoint(
            EndpointName="n2e-none", EndpointConfigName="no-such-configuration"
        )
    assert len(cloud.cost().charges) == before


def test_clean_up_removes_what_the_course_named_and_nothing_else(cloud):
    configure(cloud, "someone-elses")
    sagemaker = configure(cloud, "n2e-mine")
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


def test_the_real_aws_refuses_what_costs_money_until_it_may_spend(cloud, capsys):
    # The credentials are those of the local account, so nothing real is reached.
    real = connect("aws")
    assert real.account in capsys.readouterr().out
    configure(real, "n2e-guarded")
    ask = {"EndpointName": "n2e-guarded", "EndpointConfigName": "n2e-guarded"}
    with pytest.raises(CloudError, match=r"CreateEndpoint costs money.*spend=True"):
        boto3.client("sagemaker").create_endpoint(**ask)
    spender = connect("aws", spend=True)
    boto3.client("sagemaker").create_endpoint(**ask)
    assert spender.leftovers() == ["endpoint n2e-guarded"]
    spender.clean_up()


def test_without_credentials_the_error_says_how_to_get_some(tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(CloudError, match="aws configure"):
        connect("aws")
