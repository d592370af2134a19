"""localaws works where nothing is installed but what it needs itself."""

import json

import pytest


@pytest.fixture(scope="module")
def report(run):
    """What the script saw with the Python that has nothing but localaws."""
    printed = run("plain.py", ".venv-localaws", alone=True)
    return json.loads(printed.splitlines()[-1])


def test_no_framework_is_there(report):
    assert report["frameworks"] == []


def test_s3_gives_back_what_it_got(report):
    assert report["object"] == "two words"


def test_iam_decides_by_the_policies_of_a_role(report):
    assert report["decisions"] == {
        "s3:GetObject": "allowed",
        "iam:CreateUser": "implicitDeny",
    }


def test_a_training_job_of_a_plain_script_completes_with_its_log(report):
    assert report["job"] == "Completed", report["model"]
    assert "reads two words" in report["log"]
    assert report["model"]["S3ModelArtifacts"].startswith("s3://plain/output/plain/")
