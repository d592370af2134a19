"""What is recorded is enough, and nothing of it can be left out."""

import copy
import json
import subprocess
import sys
from contextlib import suppress

import boto3
import pytest
from botocore.exceptions import ClientError

from localaws import client
from localaws.iam import recorder
from localaws.iam.identity import Identity
from localaws.iam.permissions import Need

WORK = """
import boto3, os
role = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"
s3, bucket = boto3.client("s3"), "sagemaker-us-east-1-123456789012"
s3.put_object(Bucket=bucket, Key="in/a.csv", Body=b"1,2")
s3.list_objects_v2(Bucket=bucket, Prefix="in/")
sagemaker = boto3.client("sagemaker")
sagemaker.create_model(
    ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": "any"}
)
sagemaker.describe_model(ModelName="m")
sagemaker.delete_model(ModelName="m")
boto3.client("sts").get_caller_identity()
"""
ME = "arn:aws:sts::123456789012:assumed-role/SageMakerExecutionRole/localaws"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The policies that a command needed."""
    file = tmp_path_factory.mktemp("recorded") / "policies.json"
    command = [sys.executable, "-m", "localaws", "run", "--record-policy", str(file)]
    subprocess.run([*command, "--", sys.executable, "-c", WORK], check=True)
    return json.loads(file.read_text())


@pytest.fixture(scope="module")
def strict():
    opened = client.fresh(client.REGION, "--enforce-iam")
    yield opened
    opened.stop()


@pytest.fixture
def works(strict):
    """Return a function: whether the same calls are allowed to a user with a policy."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    keys = [strict.environment[name] for name in names]
    place = {"endpoint_url": strict.url}
    admin = boto3.Session(*keys, "us-east-1")
    iam = admin.client("iam", **place)
    iam.create_user(UserName="u")
    made = iam.create_access_key(UserName="u")["AccessKey"]
    session = boto3.Session(
        made["AccessKeyId"], made["SecretAccessKey"], None, "us-east-1"
    )

    def allowed(policy) -> bool:
        text = json.dumps(policy)
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=text)
        named = {
            "boto3": type("boto3", (), {"client": lambda s: session.client(s, **place)})
        }
        lines = WORK.replace("import boto3, os", "")
        with suppress(ClientError):  # what a try before has left
            admin.client("sagemaker", **place).delete_model(ModelName="m")
        try:
            exec(lines, named)
        except ClientError as error:
            assert error.response["Error"]["Code"].startswith("AccessDenied")
            return False
        return True

    yield allowed
    iam.delete_user_policy(UserName="u", PolicyName="p")
    iam.delete_access_key(UserName="u", AccessKeyId=made["AccessKeyId"])
    iam.delete_user(UserName="u")


def test_the_recorded_policy_is_enough(recorded, works):
    assert works(recorded[ME])


def test_nothing_of_it_can_be_left_out(recorded, works):
    tried = 0
    for number, statement in enumerate(recorded[ME]["Statement"]):
        for action in statement["Action"]:
            less = copy.deepcopy(recorded[ME])
            less["Statement"][number]["Action"].remove(action)
            if not less["Statement"][number]["Action"]:
                del less["Statement"][number]
            tried += 1
            assert not works(less), action
    assert tried >= 6


def test_actions_on_the_same_resources_share_a_statement():
    needs = [("s3:GetObject", "b/k", ""), ("s3:PutObject", "b/k", "")]
    needs += [
        ("s3:GetObject", "b/l", ""),
        ("s3:PutObject", "b/l", ""),
        ("s3:X", "b", ""),
    ]
    found = recorder.document(needs)["Statement"]
    assert [(one["Action"], one["Resource"]) for one in found] == [
        (["s3:GetObject", "s3:PutObject"], ["b/k", "b/l"]),
        (["s3:X"], ["b"]),
    ]


def test_a_passed_role_is_passed_to_one_service(tmp_path):
    notes = recorder.Recorder(tmp_path / "p.json")
    passed = {"iam:passedtoservice": ["sagemaker.amazonaws.com"]}
    notes.note(Identity("arn:a", []), [Need("iam:PassRole", "arn:r", passed)])
    notes.write()
    [statement] = json.loads(notes.path.read_text())["arn:a"]["Statement"]
    service = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": service}


def test_a_file_that_cannot_be_written_is_refused_before_anything_runs(tmp_path):
    place = str(tmp_path / "none" / "p.json")
    command = [sys.executable, "-m", "localaws", "run", "--record-policy", place]
    done = subprocess.run([*command, "--", "true"], capture_output=True, text=True)
    assert done.returncode == 2 and f'"{place}" cannot be written' in done.stderr
