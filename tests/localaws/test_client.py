"""What `connect()` does to a process, and undoes."""

import os
import subprocess
import sys

import boto3
import pytest

import localaws
from localaws import client


def test_connecting_again_returns_the_same_connection(connection):
    assert localaws.connect() is connection


def test_the_sdk_and_boto3_speak_to_the_server(connection):
    from sagemaker.core.helper.session_helper import Session, get_execution_role

    assert get_execution_role() == connection.role_arn
    assert Session().default_bucket() == connection.bucket
    assert boto3.client("s3").meta.endpoint_url == connection.url


def test_a_new_connection_drops_the_clients_that_the_sdk_keeps(connection):
    from sagemaker.core.utils.utils import SageMakerClient

    before = SageMakerClient()
    assert SageMakerClient() is before
    client.forget_clients()
    assert SageMakerClient() is not before


def test_an_explicit_amazon_address_is_sent_home_too(connection):
    sts = boto3.client("sts", endpoint_url="https://sts.us-east-1.amazonaws.com")
    assert sts.get_caller_identity()["Account"] == connection.account


def test_subprocesses_are_pointed_at_the_server_and_keep_their_sitecustomize(
    connection, tmp_path
):
    (tmp_path / "sitecustomize.py").write_text("print('mine')")
    code = (
        "import boto3\n"
        "sts = boto3.client('sts', endpoint_url='https://sts.amazonaws.com')\n"
        "print(sts.get_caller_identity()['Account'])"
    )
    search = os.pathsep.join([os.environ["PYTHONPATH"], str(tmp_path)])
    printed = subprocess.check_output(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": search}
    )
    assert printed.split() == [b"mine", b"123456789012"]


def test_stopping_restores_the_environment(elsewhere):
    code = (
        "import os, localaws\n"
        "before = dict(os.environ)\n"
        "connection = localaws.connect()\n"
        "assert os.environ['AWS_ENDPOINT_URL'] == connection.url\n"
        "connection.stop()\n"
        "print(dict(os.environ) == before, connection.folder.exists())"
    )
    printed = subprocess.check_output(
        [sys.executable, "-c", code],
        env={**elsewhere, "AWS_PROFILE": "mine"},
        text=True,
    )
    assert printed.split() == ["True", "False"]


def test_a_server_that_does_not_answer_is_named():
    with pytest.raises(ConnectionError, match=r"http://127\.0\.0\.1:9.*localaws start"):
        client.ask("http://127.0.0.1:9")


def test_importing_localaws_imports_neither_moto_nor_boto3():
    code = "import sys, localaws; print({'moto', 'boto3'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code]).strip() == b"set()"


def test_a_forked_child_does_not_end_its_parents_server(elsewhere):
    code = (
        "import os, sys, localaws\n"
        "connection = localaws.connect()\n"
        "if os.fork() == 0:\n"
        "    connection.stop()\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "print(localaws.client.ask(connection.url)['account'])"
    )
    printed = subprocess.check_output([sys.executable, "-c", code], env=elsewhere)
    assert printed.strip() == b"123456789012"


def test_credentials_cannot_be_taken_for_real_ones(connection):
    assert os.environ["AWS_ACCESS_KEY_ID"].startswith("ASIANOTAREALKEY")
    assert "no-secret" in os.environ["AWS_SECRET_ACCESS_KEY"]


def test_a_connection_can_ask_for_enforced_permissions(elsewhere):
    code = (
        "import boto3, localaws\n"
        "connection = localaws.connect()\n"
        "assert localaws.connect(enforce_iam=True).url != connection.url\n"
        "iam = boto3.client('iam')\n"
        "iam.create_user(UserName='u')\n"
        "key = iam.create_access_key(UserName='u')['AccessKey']\n"
        "assert localaws.connect(enforce_iam=True).url == localaws.connect().url\n"
        "session = boto3.Session(key['AccessKeyId'], key['SecretAccessKey'])\n"
        "try:\n"
        "    session.client('s3').list_buckets()\n"
        "except Exception as error:\n"
        "    print(error)"
    )
    command = [sys.executable, "-c", code]
    printed = subprocess.check_output(command, env=elsewhere, text=True)
    assert "user/u is not authorized to perform: s3:ListAllMyBuckets" in printed


def test_a_server_that_asks_for_permissions_already_is_the_one(elsewhere):
    code = (
        "import localaws, os\n"
        "assert localaws.connect(enforce_iam=True).url == os.environ['LOCALAWS_URL']"
    )
    command = [sys.executable, "-m", "localaws", "run", "--enforce-iam", "--"]
    subprocess.run([*command, sys.executable, "-c", code], env=elsewhere, check=True)


CONFIG = """\
[default]
region = eu-west-1
[profile work]
role_arn = arn:aws:iam::999999999999:role/theirs
source_profile = old
[profile "two words"] ; a comment
credential_process = echo my-secret
[sso-session ours]
sso_start_url = https://my-secret.example
[profile broken
"""
CREDENTIALS = "[old]\naws_access_key_id = AKIAMYSECRET\naws_secret_access_key=my-secret"


USE_PROFILES = """
import os, boto3, localaws
localaws.connect()
print(*boto3.Session().available_profiles, sep=",")
for name in ("default", "work", "two words", "old", os.environ["AWS_PROFILE"]):
    session = boto3.Session(profile_name=name)
    arn = session.client("sts").get_caller_identity()["Arn"]
    print(session.region_name, arn)
for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
    print(open(os.environ[name]).read())
try:
    boto3.Session(profile_name="ours")
except Exception as error:
    print(error)
"""
RUN = ["-m", "localaws", "run", "--", sys.executable]


@pytest.mark.parametrize("command", [[], RUN])
def test_code_that_names_a_profile_runs_and_nothing_of_the_profile_is_copied(
    elsewhere, tmp_path, command
):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(CONFIG)
    (tmp_path / ".aws" / "credentials").write_text(CREDENTIALS)
    printed = subprocess.check_output(
        [sys.executable, *command, "-c", USE_PROFILES],
        env={**elsewhere, "HOME": str(tmp_path), "AWS_PROFILE": "chosen"},
        text=True,
    )
    known, *lines = printed.splitlines()
    assert set(known.split(",")) == {"chosen", "default", "old", "two words", "work"}
    role = "arn:aws:sts::123456789012:assumed-role/SageMakerExecutionRole/localaws"
    assert lines[:5] == [f"us-east-1 {role}"] * 5
    private = ("my-secret", "MYSECRET", "role_arn", "credential_process")
    assert not [word for word in private if word in printed]
    assert lines[-1] == "The config profile (ours) could not be found"


def test_a_profile_that_the_environment_names_is_known(connection, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "default")
    assert boto3.Session().client("sts").get_caller_identity()["Account"]
