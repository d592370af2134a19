"""The records of IAM, CloudWatch and its logs are kept as moto has them."""

import errno
import json
import os
import time

import pytest
from botocore.exceptions import ClientError
from moto.moto_api._internal import moto_api_backend

from localaws.persistence import backends, journal, snapshot
from localaws.persistence.backends import Logs, Metrics, Users, packed, unpacked

ACCOUNT, REGION = "123456789012", "us-east-1"
READ = {"HTTP_X_AMZ_TARGET": "Logs_20140328.GetLogEvents"}
PUT = {"HTTP_X_AMZ_TARGET": "Logs_20140328.PutLogEvents"}
CREATE = {"HTTP_X_AMZ_TARGET": "Logs_20140328.CreateLogStream"}
STATISTICS = {"SampleCount": 2, "Sum": 9, "Minimum": 4, "Maximum": 5}
STREAM = {"logGroupName": "/g", "logStreamName": "s"}


@pytest.fixture
def logs(context, tmp_path):
    """A group with a stream, and what keeps them."""
    client = context.clients.get("logs", REGION)
    client.create_log_group(logGroupName="/g", tags={"k": "v"})
    client.create_log_stream(**STREAM)
    return client, Logs(tmp_path / "logs", ACCOUNT, REGION)


def say(client, *words):
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": word} for word in words]
    client.put_log_events(**STREAM, logEvents=events)


def messages(client):
    events = client.get_log_events(**STREAM, startFromHead=True)["events"]
    return [event["message"] for event in events]


def restarted(kind, *arguments):
    """Forget what moto holds, and load what was kept."""
    moto_api_backend.reset()
    kept = kind(*arguments)
    kept.load()
    return kept


def test_events_are_added_and_a_look_writes_nothing(logs, tmp_path):
    client, kept = logs
    kept.keep(CREATE)
    say(client, "one\nline", "two")
    kept.keep(READ)
    [journal] = (tmp_path / "logs").glob("*/*.jsonl")
    assert len(journal.read_text().splitlines()) == 1
    kept.keep(PUT)
    start = journal.read_bytes()
    say(client, "three")
    kept.keep(PUT)
    assert journal.read_bytes().startswith(start)
    restarted(Logs, tmp_path / "logs", ACCOUNT, REGION)
    assert messages(client) == ["one\nline", "two", "three"]
    assert client.list_tags_log_group(logGroupName="/g")["tags"] == {"k": "v"}


def test_what_was_kept_goes_on_after_a_restart(logs, tmp_path):
    client, kept = logs
    say(client, "before")
    kept.keep(CREATE)
    kept = restarted(Logs, tmp_path / "logs", ACCOUNT, REGION)
    say(client, "after")
    kept.keep(PUT)
    restarted(Logs, tmp_path / "logs", ACCOUNT, REGION)
    assert messages(client) == ["before", "after"]


def test_what_is_deleted_leaves_no_file(logs, tmp_path):
    client, kept = logs
    kept.keep(CREATE)
    client.delete_log_stream(**STREAM)
    kept.keep(CREATE)
    assert not list((tmp_path / "logs").glob("*/*.jsonl"))
    client.delete_log_group(logGroupName="/g")
    kept.keep(CREATE)
    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["logs.json"]


def test_a_group_that_was_half_deleted_is_gone(logs, tmp_path):
    client, kept = logs
    kept.keep(CREATE)
    [record] = (tmp_path / "logs").glob("*/group.json")
    record.unlink()
    restarted(Logs, tmp_path / "logs", ACCOUNT, REGION)
    assert client.describe_log_groups()["logGroups"] == []
    assert not record.parent.exists()


def test_points_are_added_and_come_back(context, tmp_path):
    client = context.clients.get("cloudwatch", REGION)
    kept = Metrics(tmp_path, ACCOUNT, REGION)
    for value in (1.5, 2.5):
        row = {"MetricName": "m", "Value": value, "Timestamp": time.time() - 1}
        client.put_metric_data(Namespace="N", MetricData=[row])
        kept.keep({})
    row = {"MetricName": "m", "StatisticValues": STATISTICS}
    client.put_metric_data(Namespace="N", MetricData=[row])
    kept.keep({})
    assert len((tmp_path / "points.jsonl").read_text().splitlines()) == 3
    restarted(Metrics, tmp_path, ACCOUNT, REGION)
    [point] = client.get_metric_statistics(
        Namespace="N",
        MetricName="m",
        StartTime=time.time() - 3600,
        EndTime=time.time() + 3600,
        Period=7200,
        Statistics=["Sum"],
    )["Datapoints"]
    assert point["Sum"] == 4 + 9


def test_points_of_one_metric_share_a_line_and_come_back_as_they_were(context):
    client = context.clients.get("cloudwatch", REGION)
    for name, value in [("a", 1.0), ("b", 2.0), ("a", 3.0), ("a", 0.0)]:
        dimensions = [{"Name": "d", "Value": name}]
        row = {"MetricName": "m", "Value": value, "Dimensions": dimensions}
        client.put_metric_data(Namespace="N", MetricData=[row])
    points = backends.cloudwatch_backends[ACCOUNT][REGION].metric_data
    lines = packed(points)
    assert [len(line["rows"]) for line in lines] == [3, 1]
    again = [point for line in lines for point in unpacked(line)]
    shown = [str(snapshot.Encoder({}).value(point)) for point in points]
    assert sorted(str(snapshot.Encoder({}).value(p)) for p in again) == sorted(shown)


def test_points_that_an_older_server_wrote_are_read(context, tmp_path):
    client = context.clients.get("cloudwatch", REGION)
    row = {"MetricName": "m", "Value": 2.5}
    client.put_metric_data(Namespace="N", MetricData=[row])
    [point] = backends.cloudwatch_backends[ACCOUNT][REGION].metric_data
    old = snapshot.Encoder({}).value(point)
    assert [vars(one)["value"] for one in unpacked(old)] == [2.5]


def test_a_key_is_found_by_its_id_after_a_restart(context, tmp_path):
    client = context.clients.get("iam", REGION)
    client.create_user(UserName="u")
    key = client.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
    Users(tmp_path, ACCOUNT).keep({})
    restarted(Users, tmp_path, ACCOUNT)
    found = client.get_access_key_last_used(AccessKeyId=key)
    assert found["UserName"] == "u"


def full(*_):
    """Take nothing, as a disk without room."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_points_and_users_that_were_not_written_are_not_there(
    context, tmp_path, monkeypatch
):
    cloudwatch = context.clients.get("cloudwatch", REGION)
    iam = context.clients.get("iam", REGION)
    metrics, users = Metrics(tmp_path / "m", ACCOUNT, REGION), Users(tmp_path, ACCOUNT)
    iam.create_user(UserName="before")
    iam.create_access_key(UserName="before")
    metrics.keep({})
    users.keep({})
    row = {"MetricName": "m", "Value": 1.0}
    cloudwatch.put_metric_data(Namespace="N", MetricData=[row])
    iam.create_user(UserName="after")
    key = iam.create_access_key(UserName="before")["AccessKey"]["AccessKeyId"]
    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "add", full)
        patch.setattr(journal, "write_text", full)
        for kept in (metrics, users):
            with pytest.raises(OSError, match="No space"):
                kept.keep({})
    assert cloudwatch.list_metrics()["Metrics"] == []
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["before"]
    assert len(iam.list_access_keys(UserName="before")["AccessKeyMetadata"]) == 1
    with pytest.raises(ClientError):
        iam.get_access_key_last_used(AccessKeyId=key)


@pytest.mark.parametrize("what", ["write_text", "Journal.add"])
def test_a_log_that_was_not_written_is_as_it_was(logs, tmp_path, monkeypatch, what):
    client, kept = logs
    say(client, "before")
    kept.keep(CREATE)
    say(client, "after")
    client.create_log_group(logGroupName="/new")
    with monkeypatch.context() as patch:
        owner, _, name = what.rpartition(".")
        patch.setattr(getattr(backends, owner) if owner else backends, name, full)
        with pytest.raises(OSError, match="No space"):
            kept.keep(CREATE)
    assert messages(client) == ["before"]
    groups = client.describe_log_groups()["logGroups"]
    assert "/g" in [group["logGroupName"] for group in groups]
    say(client, "again")
    kept.keep(PUT)
    restarted(Logs, tmp_path / "logs", ACCOUNT, REGION)
    assert messages(client) == ["before", "again"]


GARBLED = [b"", b"{", b"\xff", b"[]", b'{"dict": []}', b"[" * 100_000]


@pytest.mark.parametrize("garbled", GARBLED)
@pytest.mark.parametrize("pattern", ["logs.json", "*/group.json", "*/*.jsonl"])
def test_a_log_that_cannot_be_read_is_set_aside_and_named(
    logs, tmp_path, caplog, pattern, garbled
):
    client, kept = logs
    say(client, "kept")
    client.create_log_group(logGroupName="/other")
    kept.keep(CREATE)
    [path, *_] = sorted((tmp_path / "logs").glob(pattern))
    path.write_bytes(garbled + b"\n" * (path.suffix == ".jsonl"))
    for _ in range(2):
        restarted(Logs, tmp_path / "logs", ACCOUNT, REGION)
        assert client.describe_log_groups()["logGroups"]
    assert "cannot be read" in caplog.text
    assert list((tmp_path / "logs").rglob("*~unreadable"))


def test_users_that_cannot_be_read_are_set_aside(context, tmp_path, caplog):
    client = context.clients.get("iam", REGION)
    client.create_user(UserName="u")
    Users(tmp_path, ACCOUNT).keep({})
    state = json.loads((tmp_path / "iam.json").read_text())
    state["dict"][0][1] = {"ref": 99}
    (tmp_path / "iam.json").write_text(json.dumps(state))
    restarted(Users, tmp_path, ACCOUNT)
    assert "iam.json" in caplog.text and client.list_users()["Users"] == []
    client.create_user(UserName="u")
