"""Whether a request is granted, as its error says it, and as IAM simulates it."""

import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from course.cloud.permissions import (
    allow,
    deny_after,
    document,
    granted,
    least,
    listen,
    needed,
    said,
    simulated,
)

PLACE = "us-east-1:123456789012"


def failing(code):
    def request(**members):
        raise ClientError({"Error": {"Code": code, **members}}, "Anything")

    return request


@pytest.mark.parametrize(
    "code", ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"]
)
def test_a_missing_permission_is_no(code):
    assert granted(failing(code)) is False


def test_everything_is_denied_from_an_hour_on():
    before = datetime.now(UTC)
    statement = deny_after(24)
    ((operator, condition),) = statement.pop("Condition").items()
    assert statement == {"Effect": "Deny", "Action": "*", "Resource": "*"}
    assert operator == "DateGreaterThan"
    from_then = datetime.fromisoformat(condition["aws:CurrentTime"])
    assert 23.9 < (from_then - before).total_seconds() / 3600 < 24.1


def test_an_answer_is_yes_and_a_dry_run_that_would_be_one_too():
    asked = []
    assert granted(lambda *given, **more: asked.append((given, more)), 1, two=2)
    assert asked == [((1,), {"two": 2})]
    assert granted(failing("DryRunOperation"))


@pytest.mark.parametrize("code", ["NoSuchKey", "InvalidAccessKeyId", "Throttling"])
def test_what_says_nothing_of_permissions_is_raised(code):
    with pytest.raises(ClientError, match=code):
        granted(failing(code))


def test_what_aws_said_is_a_code_or_granted():
    assert said(failing("NoSuchKey"), Key="a") == "NoSuchKey"
    assert said(dict, a=1) == "granted"


def test_a_document_has_the_version_in_which_policies_have_variables():
    found = json.loads(document(allow("s3:*", "*"), allow(["a:B"], ["c"], Sid="d")))
    assert found["Version"] == "2012-10-17"
    assert found["Statement"][1]["Sid"] == "d" and len(found["Statement"]) == 2


def test_a_simulation_answers_each_pair_with_its_context(cloud):
    only = {"StringEquals": {"s3:prefix": "a/"}}
    policy = [allow("s3:ListBucket", "arn:aws:s3:::b", Condition=only)]
    asked = [("s3:ListBucket", "arn:aws:s3:::b"), ("s3:GetObject", "arn:aws:s3:::b/a")]
    assert simulated(policy, asked, {"s3:prefix": "a/"}) == [True, False]
    assert simulated(policy, asked, {"s3:prefix": "b/"}) == [False, False]


def test_a_run_is_heard_and_becomes_the_least_policy(cloud):
    import boto3

    session = boto3.Session()
    early = session.client("s3")
    asked = listen(session)
    early.list_buckets()
    s3 = session.client("s3")
    for name in ("a", "b"):
        s3.put_object(Bucket=cloud.bucket, Key=f"n2e-x/in/{name}", Body=b"1")
    s3.list_objects_v2(Bucket=cloud.bucket, Prefix="n2e-x/in/")
    s3.delete_object(Bucket=cloud.bucket, Key="n2e-x/in/a")
    bucket = f"arn:aws:s3:::{cloud.bucket}"
    only = {"StringEquals": {"s3:prefix": "n2e-x/in/"}}
    assert least(asked, PLACE) == [
        allow("s3:PutObject", f"{bucket}/n2e-x/in/*"),
        allow("s3:ListBucket", bucket, Condition=only),
        allow("s3:DeleteObject", f"{bucket}/n2e-x/in/*"),
    ]


def test_an_endpoint_is_named_with_its_place():
    found = needed(("sagemaker", "InvokeEndpoint", {"EndpointName": "e"}), PLACE)
    arn = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e"
    assert found == allow("sagemaker:InvokeEndpoint", arn)


def test_a_metric_is_put_into_its_own_namespace_alone():
    found = needed(("monitoring", "PutMetricData", {"Namespace": "n"}), PLACE)
    only = {"StringEquals": {"cloudwatch:namespace": "n"}}
    assert found == allow("cloudwatch:PutMetricData", "*", Condition=only)


def test_an_object_outside_of_a_folder_stands_for_itself_alone():
    found = needed(("s3", "GetObject", {"Bucket": "b", "Key": "a.csv"}), PLACE)
    assert found == allow("s3:GetObject", "arn:aws:s3:::b/a.csv")


def test_two_prefixes_of_a_bucket_are_two_statements():
    asked = [
        ("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": name}) for name in ("x", "y")
    ]
    assert len(least([*asked, *asked], PLACE)) == 2


@pytest.mark.parametrize(
    ("service", "operation", "members"),
    [
        ("iam", "ListUsers", {}),
        ("s3", "ListObjectsV2", {"Bucket": "b"}),  # all of it
        ("s3", "GetObjectAcl", {"Bucket": "b", "Key": "k"}),
    ],
)
def test_a_request_without_a_rule_is_refused(service, operation, members):
    with pytest.raises(ValueError, match=f'no rule for "{service}:{operation}"'):
        needed((service, operation, members), PLACE)
