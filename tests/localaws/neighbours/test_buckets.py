"""Names and policies that S3 refuses are refused before moto takes them."""

import json

import pytest
from botocore.exceptions import ClientError

ALLOW = {
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::shelf/*",
}
GOOD = {**ALLOW, "Principal": "*"}


@pytest.fixture(scope="module")
def shelf(connection):
    import boto3

    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="shelf")
    return s3


@pytest.mark.parametrize(
    "name", [".hidden", "Upper", "a_b", "a..b", "-ab", "ab.", "10.0.0.1", "...", "a b"]
)
def test_a_name_that_no_bucket_has_is_refused(shelf, name):
    with pytest.raises(ClientError) as caught:
        create(shelf, name)
    assert caught.value.response["Error"]["Code"] == "InvalidBucketName"
    assert name not in [row["Name"] for row in shelf.list_buckets()["Buckets"]]


def create(s3, name):
    """Create a bucket though botocore knows that its name is none."""
    from botocore.handlers import validate_bucket_name

    s3.meta.events.unregister("before-parameter-build.s3", validate_bucket_name)
    s3.create_bucket(Bucket=name)


@pytest.mark.parametrize("name", ["abc", "a.b-c", "1ab", "x" * 63])
def test_a_name_as_buckets_have_is_taken(shelf, name):
    shelf.create_bucket(Bucket=name)


@pytest.mark.parametrize(
    "policy",
    [
        {},
        [],
        {"Statement": []},
        {"Statement": [ALLOW]},
        {"Statement": [{**GOOD, "Principal": "x"}]},
        {"Statement": [{**GOOD, "Principal": 7}]},
        {"Statement": [{**GOOD, "Action": 7}]},
        {"Statement": [{**GOOD, "Effect": "Maybe"}]},
        {"Statement": [{**GOOD, "Resource": {}}]},
        {"Statement": "x"},
    ],
)
def test_a_policy_that_is_none_is_refused_and_the_bucket_goes_on(shelf, policy):
    with pytest.raises(ClientError) as caught:
        shelf.put_bucket_policy(Bucket="shelf", Policy=json.dumps(policy))
    assert caught.value.response["Error"]["Code"] == "MalformedPolicy"
    assert shelf.list_objects_v2(Bucket="shelf")["KeyCount"] == 0


def test_a_policy_is_taken_and_decides(shelf):
    deny = {**GOOD, "Effect": "Deny", "Action": "s3:PutObject"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [GOOD, deny]})
    shelf.put_bucket_policy(Bucket="shelf", Policy=policy)
    assert shelf.get_bucket_policy(Bucket="shelf")["Policy"] == policy
    with pytest.raises(ClientError, match="Forbidden"):
        shelf.put_object(Bucket="shelf", Key="k", Body=b"")
    shelf.delete_bucket_policy(Bucket="shelf")
    shelf.put_object(Bucket="shelf", Key="k", Body=b"")
    shelf.delete_object(Bucket="shelf", Key="k")
