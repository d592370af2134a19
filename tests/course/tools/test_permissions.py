"""What a lesson needed of IAM becomes a policy that holds for the next run too."""

import json

import pytest

from course.tools.lessons import lessons
from course.tools.permissions import (
    TO,
    filled,
    generalised,
    pattern,
    policy,
    stored,
    uses_cloud,
)

ACCOUNT = "123456789012"
BUCKET = f"arn:aws:s3:::sagemaker-us-east-1-{ACCOUNT}"
JOB = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/"


@pytest.mark.parametrize(
    ("resource", "stands"),
    [
        ("*", "*"),
        (BUCKET, "arn:aws:s3:::sagemaker-*"),
        (f"{BUCKET}/n2e-a/b/c.txt", "arn:aws:s3:::sagemaker-*/n2e-*"),
        (f"{BUCKET}/other/c.txt", "arn:aws:s3:::sagemaker-*/*"),
        ("arn:aws:s3:::n2e-own/data.csv", "arn:aws:s3:::n2e-*/*"),
        (f"arn:aws:iam::{ACCOUNT}:role/Exec", "arn:aws:iam::ACCOUNT:role/ROLE"),
        (f"arn:aws:iam::{ACCOUNT}:role/n2e-a", "arn:aws:iam::ACCOUNT:role/n2e-*"),
        (f"{JOB}n2e-a-1", "arn:aws:sagemaker:*:ACCOUNT:training-job/n2e-*"),
        (f"{JOB}mine", "arn:aws:sagemaker:*:ACCOUNT:training-job/*"),
        (
            f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/sagemaker/TrainingJobs",
            "arn:aws:logs:*:ACCOUNT:log-group:/aws/sagemaker/TrainingJobs",
        ),
        (
            f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/n2e-f-1",
            "arn:aws:logs:*:ACCOUNT:log-group:/aws/lambda/n2e-*",
        ),
        (
            f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/sagemaker/Endpoints/n2e-e",
            "arn:aws:logs:*:ACCOUNT:log-group:/aws/sagemaker/Endpoints/n2e-*",
        ),
        ("arn:aws:apigateway:us-east-1::/apis/a1b2", "arn:aws:apigateway:*::/*"),
        (f"arn:aws:sns:us-east-1:{ACCOUNT}:n2e-t", "arn:aws:sns:*:ACCOUNT:n2e-*"),
        (
            f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:n2e-f:1",
            "arn:aws:lambda:*:ACCOUNT:function:n2e-*",
        ),
    ],
)
def test_a_resource_of_one_run_becomes_a_pattern(resource, stands):
    assert pattern(resource) == stands


def recorded(*actions, to="", place=f"{JOB}n2e-1"):
    only = {"Condition": {"StringEquals": {"iam:PassedToService": to}}} if to else {}
    return {"Statement": [{"Action": list(actions), "Resource": [place], **only}]}


def test_a_service_that_a_role_is_passed_to_stays_with_the_action():
    role = f"arn:aws:iam::{ACCOUNT}:role/Exec"
    needs = generalised([recorded("iam:PassRole", to="a.amazonaws.com", place=role)])
    assert list(needs) == [f"iam:PassRole{TO}a.amazonaws.com"]
    (statement,) = policy([needs])["Statement"]
    assert statement["Action"] == ["iam:PassRole"]
    asked = {"StringEquals": {"iam:PassedToService": "a.amazonaws.com"}}
    assert statement["Condition"] == asked


def test_runs_with_other_names_need_the_same():
    setting_up = recorded("iam:PutRolePolicy", place=f"arn:aws:iam::{ACCOUNT}:role/E")
    one = [recorded("sagemaker:Stop"), recorded("sagemaker:Stop"), setting_up]
    other = [recorded("sagemaker:Stop", place=f"{JOB}n2e-99")]
    assert generalised(one) == generalised(other)


def test_lessons_together_need_what_each_needs():
    one, two = {"s3:Get": ["a"], "s3:Put": ["a"]}, {"s3:Get": ["b"], "s3:List": ["a"]}
    allowed = {
        (action, place)
        for row in policy([one, two])["Statement"]
        for action in row["Action"]
        for place in row["Resource"]
    }
    asked = {
        (a, p) for each in (one, two) for a, places in each.items() for p in places
    }
    assert allowed == asked


def test_filled_it_names_an_account_and_a_role():
    needs = {"iam:GetRole": ["arn:aws:iam::ACCOUNT:role/ROLE"]}
    text = filled(policy([needs]), ACCOUNT, "Mine")
    (row,) = json.loads(text)["Statement"]
    assert row["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/Mine"]


def test_what_is_stored_is_of_the_cloud_lessons_and_of_no_other():
    assert set(stored()) == {lesson.name for lesson in lessons() if uses_cloud(lesson)}
