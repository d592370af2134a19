"""The records of IAM, CloudWatch and its logs are kept as moto has them."""

import time
from types import SimpleNamespace

import pytest
from moto.moto_api._internal import moto_api_backend

from localaws.persistence.backends import Journal, Logs, Metrics, Records, Users


def test_a_line_that_is_cut_short_is_dropped(tmp_path):
    journal = Journal(tmp_path / "lines")
    journal.add([1, "two"])
    with journal.path.open("ab") as file:
        file.write(b'{"half')
    again = Journal(journal.path)
    assert again.load() == [1, "two"]
    again.add([3])
    assert Journal(journal.path).load() == [1, "two", 3]


ACCOUNT, REGION = "123456789012", "us-east-1"
READ = {"HTTP_X_AMZ_TARGET": "Logs_20140328.GetLogEvents"}
PUT = {"HTTP_X_AMZ_TARGET": "Logs_20140328.PutLogEvents"}
CREATE = {"HTTP_X_AMZ_TARGET": "Logs_20140328.CreateLogStream"}
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


def test_records_are_written_only_when_they_changed(tmp_path):
    backend = SimpleNamespace(a=[1], b="not kept")
    records = Records(tmp_path / "r.json", backend, ["a"])
    records.load()  # there is nothing yet
    records.keep()
    first = records.path.stat().st_ino
    records.keep()
    assert records.path.stat().st_ino == first
    backend.a.append(2)
    records.keep()
    other = SimpleNamespace(a=None, b="its own")
    Records(records.path, other, ["a"]).load()
    assert (other.a, other.b) == ([1, 2], "its own")


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
    assert len((tmp_path / "points.jsonl").read_text().splitlines()) == 2
    restarted(Metrics, tmp_path, ACCOUNT, REGION)
    [point] = client.get_metric_statistics(
        Namespace="N",
        MetricName="m",
        StartTime=time.time() - 3600,
        EndTime=time.time() + 3600,
        Period=7200,
        Statistics=["Sum"],
    )["Datapoints"]
    assert point["Sum"] == 4


def test_a_key_is_found_by_its_id_after_a_restart(context, tmp_path):
    client = context.clients.get("iam", REGION)
    client.create_user(UserName="u")
    key = client.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
    Users(tmp_path, ACCOUNT).keep({})
    restarted(Users, tmp_path, ACCOUNT)
    found = client.get_access_key_last_used(AccessKeyId=key)
    assert found["UserName"] == "u"
