"""The AWS CLI works with a server that takes its own keys only, without a set-up."""

import json
import re

import pytest


@pytest.fixture(scope="module")
def told(run):
    """What the commands printed, by what was asked."""
    return json.loads(run("commands.py", ".venv-sdk2").splitlines()[-1])


def test_the_cli_is_a_session_of_the_execution_role(told):
    assert told["arn"].endswith("assumed-role/SageMakerExecutionRole/localaws")
    assert told["roles"] == ["SageMakerExecutionRole"]


def test_it_brings_files_to_s3_and_back(told):
    assert (told["small"], told["same"]) == ("hello", True)
    assert told["synced"] == ["large", "small.txt"]


def test_what_it_presigns_opens_without_a_key(told):
    assert told["presigned"] == "hello"


def test_it_asks_other_services(told):
    assert told["jobs"] == {"TrainingJobSummaries": []}
    assert told["groups"] == {"logGroups": []}


def test_what_lesson_16_shows_runs_to_its_end(run):
    said = run("shown.py", ".venv-sdk2")
    assert said.count("\n+ aws ") == 7
    assert "assumed-role/SageMakerExecutionRole/localaws" in said
    assert re.search(r"\d+ prices\.csv\n", said)
    assert said.rstrip().splitlines()[-1].startswith("remove_bucket: n2e-cli-")
