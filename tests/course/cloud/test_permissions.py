"""Whether a request is granted, as its error says it, and as IAM simulates it."""

import json

import pytest
from botocore.exceptions import ClientError

from course.cloud.permissions import allow, document, granted, simulated


def failing(code):
    def request(**members):
        raise ClientError({"Error": {"Code": code, **members}}, "Anything")

    return request


@pytest.mark.parametrize(
    "code", ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"]
)
def test_a_missing_permission_is_no(code):
    assert granted(failing(code)) is False


def test_an_answer_is_yes_and_a_dry_run_that_would_be_one_too():
    asked = []
    assert granted(lambda *given, **more: asked.append((given, more)), 1, two=2)
    assert asked == [((1,), {"two": 2})]
    assert granted(failing("DryRunOperation"))


@pytest.mark.parametrize("code", ["NoSuchKey", "InvalidAccessKeyId", "Throttling"])
def test_what_says_nothing_of_permissions_is_raised(code):
    with pytest.raises(ClientError, match=code):
        granted(failing(code))


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
