"""A job's log is whole, in order, and bounded."""

import ast
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from localaws.jobs import logs
from localaws.jobs.logs import JobLog

GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture
def written(connection):
    """Return a function that writes lines to a stream and reads what it then holds."""

    def write(stream, lines):
        client = boto3.client("logs")
        log = JobLog(client, GROUP, stream)
        for line in lines:
            log.write(line)
        log.close()
        events = client.get_log_events(
            logGroupName=GROUP, logStreamName=stream, startFromHead=True
        )["events"]
        return [event["message"] for event in events]

    return write


def test_every_line_arrives_in_its_order(written):
    lines = [f"line {number}" for number in range(2500)]
    assert written("whole/algo-1-0", lines) == lines


def test_an_empty_line_is_a_blank_one(written):
    assert written("blank/algo-1-0", ["a", "", "b"]) == ["a", " ", "b"]


def test_control_characters_are_escaped_for_readers_and_kept_for_reasons(context):
    class Reader:
        seen = ()

        def read(self, line):
            self.seen += (line,)

        def flush(self):
            """Nothing waits."""

    reader = Reader()
    client = context.clients.get("logs", "eu-west-1")
    log = JobLog(client, GROUP, "control/algo-1-0", [reader])
    log.write("[0]\ttrain-rmse:1.5\x1b[0m\x7fé")
    log.close()
    names = {"logGroupName": GROUP, "logStreamName": "control/algo-1-0"}
    [event] = client.get_log_events(**names)["events"]
    assert event["message"] == "[0]#011train-rmse:1.5#033[0m#177é"
    assert reader.seen == (event["message"],)
    assert list(log.tail) == ["[0]\ttrain-rmse:1.5\x1b[0m\x7fé"]


def test_a_log_beyond_the_limit_keeps_its_start_and_its_end(written, monkeypatch):
    monkeypatch.setattr(logs, "MOST", 20_000)
    lines = [f"line {number}" for number in range(5000)]
    found = written("long/algo-1-0", lines)
    start = found.index(logs._CUT)
    assert found[:start] == lines[:start] and start > 80
    assert found[-logs.TAIL :] == lines[-logs.TAIL :]
    left_out = 5000 - start - logs.TAIL
    assert found[start + 1] == f"localaws: {left_out:,} lines are left out."
    assert len(found) == start + 2 + logs.TAIL


def test_a_few_lines_beyond_the_limit_are_all_there(written, monkeypatch):
    monkeypatch.setattr(logs, "MOST", 20_000)
    lines = [f"line {number}" for number in range(200)]
    found = written("longer/algo-1-0", lines)
    assert [line for line in found if line.startswith("line")] == lines


class Raced:
    """Stands for a client whose classes of errors another thread is just building."""

    exceptions = type("exceptions", (), {"ResourceAlreadyExistsException": KeyError})

    def __init__(self, code):
        self.code = code

    def refuse(self, **names):
        raise ClientError({"Error": {"Code": self.code, "Message": ""}}, "Create")

    create_log_group = create_log_stream = refuse


def test_what_another_host_has_created_is_known_by_its_code():
    JobLog(Raced("ResourceAlreadyExistsException"), GROUP, "x/algo-1-0").close()
    with pytest.raises(ClientError, match="LimitExceeded"):
        JobLog(Raced("LimitExceededException"), GROUP, "x/algo-1-0")


def test_no_module_uses_the_classes_that_a_client_builds_at_their_first_use():
    users = [
        f"{path.name}:{node.lineno}"
        for path in Path(logs.__file__).parents[2].rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "exceptions"
    ]
    assert users == []


def test_long_lines_leave_a_short_tail(written, monkeypatch):
    monkeypatch.setattr(logs, "MOST", 1_000_000)
    lines = [f"{number:3d}" + "x" * 60_000 for number in range(200)]
    found = written("tail/algo-1-0", lines)
    kept = [line for line in found if not line.startswith("localaws: ")]
    assert sum(map(len, kept)) < 1_000_000 + logs.TAIL_SIZE + 60_003
    assert kept[0] == lines[0] and kept[-1] == lines[-1]
    [left] = [line for line in found if "left out" in line]
    assert left == f"localaws: {200 - len(kept)} lines are left out."
