"""Keys that a server gave out are good after a restart, and for their owner alone."""

import json
import time
from datetime import datetime, timedelta
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.sts.models import sts_backends
from roles import EVERYTHING, make_role

from localaws import client
from localaws.iam import gate
from localaws.iam.roles import NEVER, VARIABLES

TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}


def keys_of(answer):
    given = answer["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


def test_who_is_connected_goes_on_after_a_restart(restartable):
    before = restartable.said
    restartable.localaws("stop")
    after = restartable.start().said
    for member in ("credentials", "key"):
        assert after[member] == before[member]
    old = {name.lower(): before["credentials"][name] for name in VARIABLES}
    arn = restartable.client("sts", **old).get_caller_identity()["Arn"]
    assert arn.endswith("SageMakerExecutionRole/localaws")


def test_a_session_and_a_users_key_outlive_a_kill(restartable):
    iam, sts = restartable.client("iam"), restartable.client("sts")
    arn = make_role(iam, "visitor", EVERYTHING, trust=TRUST)
    session = keys_of(sts.assume_role(RoleArn=arn, RoleSessionName="me"))
    iam.create_user(UserName="anna")
    made = iam.create_access_key(UserName="anna")["AccessKey"]
    key = {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
    }
    restartable.kill()
    who = restartable.client("sts", **session).get_caller_identity()["Arn"]
    assert who.endswith("assumed-role/visitor/me")
    assert (
        restartable.client("sts", **key).get_caller_identity()["Arn"].endswith("anna")
    )


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"PAGES": 3}', "\x00", '{"PAGES": ""}']
)
def test_a_file_that_is_no_use_is_set_aside(restartable, text):
    old = restartable.said["credentials"]
    restartable.localaws("stop")
    Path(restartable.folder, "keys.json").write_text(text)
    words = restartable.started_with_words()
    assert "keys.json" in words
    assert restartable.said["credentials"] != old
    with pytest.raises(ClientError, match="security token"):
        keys = {name.lower(): old[name] for name in VARIABLES}
        restartable.client("sts", **keys).get_caller_identity()


def test_connecting_again_takes_the_keys_of_the_server_that_is_there(
    restartable, monkeypatch
):
    for name in ("LOCALAWS_FOLDER", "LOCALAWS_READY"):
        monkeypatch.setenv(name, restartable.folder)
    monkeypatch.setattr(client, "_current", None)
    first = client.connect(restartable.url)
    try:
        restartable.localaws("stop")
        Path(restartable.folder, "keys.json").unlink()
        restartable.start("--port", restartable.url.rpartition(":")[2])
        again = client.connect(restartable.url)
        assert again is not first
        assert boto3.client("sts").get_caller_identity()["Account"]
    finally:
        client.connect(restartable.url).stop()


def test_the_keys_are_their_owners_alone(restartable):
    for name in ("keys.json", "server.json"):
        assert Path(restartable.folder, name).stat().st_mode & 0o077 == 0
    for path in Path(restartable.folder, "moto").rglob("*.json"):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "UTC"])
def test_a_session_ends_when_it_says_wherever_the_server_is(context, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        iam = context.clients.get("iam", "us-east-1")
        arn = make_role(iam, "visitor", EVERYTHING, trust=TRUST)
        sts = context.clients.get("sts", "us-east-1")
        sts.assume_role(RoleArn=arn, RoleSessionName="me", DurationSeconds=3600)
        session = sts_backends[context.account]["aws"].assumed_roles[-1]
        holder = gate._holder(context, session.access_key_id)
        assert 3500 < holder.until - time.time() < 3700
        session.expiration = NEVER
        assert gate._holder(context, session.access_key_id).until > time.time() + 1e9
    finally:
        monkeypatch.undo()
        time.tzset()


def test_an_expired_session_does_not_come_back(restartable):
    iam, sts = restartable.client("iam"), restartable.client("sts")
    arn = make_role(iam, "visitor", EVERYTHING, trust=TRUST)
    session = keys_of(sts.assume_role(RoleArn=arn, RoleSessionName="me"))
    restartable.localaws("stop")
    (path,) = Path(restartable.folder, "moto", "sts").rglob("sts.json")
    text = path.read_text()
    ends = json.loads(text)[-1]["state"]
    (moment,) = [v["datetime"] for k, v in ends if k == "expiration"]
    past = datetime.fromisoformat(moment) - timedelta(hours=2)
    path.write_text(text.replace(moment, past.isoformat()))
    restartable.start()
    with pytest.raises(ClientError, match="security token"):
        restartable.client("sts", **session).get_caller_identity()
