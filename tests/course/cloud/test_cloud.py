import boto3
import pytest
from sagemaker.core.helper import session_helper

from course.cloud import CloudError, connect


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


def test_the_real_aws_refuses_what_costs_money_until_it_may_spend(
    cloud, configure, capsys
):
    # The credentials are those of the local account, so nothing real is reached.
    real = connect("aws")
    assert real.account in capsys.readouterr().out
    configure("n2e-guarded")
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
