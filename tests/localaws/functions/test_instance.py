"""A process is given events, and what becomes of them is told and logged."""

import os
import re
import threading
import time
from types import SimpleNamespace

import pytest

from localaws.functions import instance as instances
from localaws.functions.instance import (
    KILLED,
    MARK,
    Event,
    Gone,
    Instance,
    Outcome,
)

EVENT = Event("n1", b'{"a": 1}', "arn", client_context="{}")
PLAN = SimpleNamespace(
    version="$LATEST",
    group="g",
    runtime="python3.11",
    note="",
    memory=128,
    timeout=1,
    image=None,
)
UNPACKED = 0.2  # seconds that the files take


class Process:
    """Stands for a process: a test prints for it, and asks in its place."""

    pid, own = 0, 0

    def __init__(self):
        read, self._write = os.pipe()
        self.stdout = os.fdopen(read, "rb")
        self._open, self.status, self.killed = True, 0, False

    def print(self, text):
        os.write(self._write, text.encode())

    def end(self, status):
        self.status = status
        if self._open:
            self._open = False
            os.close(self._write)

    def kill(self):
        self.killed = True
        self.end(KILLED)

    def wait(self):
        return self.status


class Log:
    """Stands for a log stream."""

    def __init__(self, client, group, stream, written):
        self.lines, self.closed, self.written = [], False, written

    def write(self, line):
        self.lines.append(self.written(line))

    def close(self):
        self.closed = True


@pytest.fixture
def made(monkeypatch):
    """An instance that has been started, its process and its log."""
    monkeypatch.setattr(instances, "JobLog", Log)
    monkeypatch.setattr(instances, "LAST", 0.05)
    monkeypatch.setattr(instances, "INIT", 0.1)
    process = Process()
    revision = SimpleNamespace(
        plan=PLAN,
        prepared=lambda: None,
        start=lambda token, stream: process,
        shown=lambda text: text,
    )
    instance = Instance(revision, None)
    instance.start()
    yield instance, process, instance._log
    process.end(0)
    instance.end()
    assert instance._log.closed


def played(instance, *steps):
    """Do steps as the process would, in a thread of their own."""
    thread = threading.Thread(target=lambda: [step() for step in steps])
    thread.start()
    return thread


def mark(process, number, used=1_000_000):
    return lambda: process.print(f"{MARK}{number} {used}\n")


def test_an_event_is_handed_over_and_its_answer_comes_back(made):
    instance, process, log = made
    seen = []
    thread = played(
        instance,
        lambda: process.print("loaded\n"),
        mark(process, "start"),
        lambda: seen.append(instance.next()),
        lambda: process.print("half a line"),
        mark(process, "n1", 50 * 1024 * 1024),
        lambda: seen.append(instance.answer("other", b"0", False)),
        lambda: seen.append(instance.answer("n1", b"[1]", False)),
    )
    outcome = instance.work(EVENT)
    thread.join()
    assert seen == [EVENT, False, True]
    assert (outcome.body, outcome.failed, outcome.error) == (b"[1]", False, {})
    first = [line.split(":")[0] for line in log.lines]
    assert first == [
        *("INIT_START Runtime Version", "loaded", "START RequestId", "half a line"),
        *("END RequestId", "REPORT RequestId"),
    ]
    assert "Max Memory Used: 50 MB\tInit Duration" in log.lines[-1]
    assert outcome.log.startswith("START RequestId: n1 Version: $LATEST\nhalf a line\n")
    assert outcome.log.endswith("ms\t\n")


def test_the_start_is_billed_and_the_unpacking_before_it_is_not(made):
    process, revision = Process(), made[0].revision
    revision.prepared, revision.start = lambda: time.sleep(UNPACKED), lambda *_: process
    begun, instance = time.monotonic(), Instance(revision, None)
    instance.start()
    thread = played(
        instance,
        mark(process, "start"),
        instance.next,
        mark(process, "n1"),
        lambda: instance.answer("n1", b"1", False),
    )
    instance.work(EVENT)
    whole = 1000 * (time.monotonic() - begun)
    thread.join()
    instance.end()
    names = "Duration", "Billed Duration", "Init Duration"
    line = instance._log.lines[-1]
    told = [re.search(rf"\t{name}: ([\d.]+) ms", line)[1] for name in names]
    duration, billed, start = map(float, told)
    assert duration + start <= whole - 1000 * UNPACKED
    assert 0 <= billed - duration - start < 1.01 and billed > start


def test_a_mark_that_is_not_of_this_request_is_a_line(made):
    instance, process, log = made
    thread = played(
        instance,
        mark(process, "start"),
        instance.next,
        mark(process, "n0"),
        lambda: process.print(f"{MARK}n1 much\n"),
        mark(process, "n1"),
        lambda: instance.answer("n1", b"1", False),
    )
    instance.work(EVENT)
    thread.join()
    assert "localaws n0 1000000" in log.lines and "localaws n1 much" in log.lines


def test_no_answer_in_time_ends_the_process(made):
    instance, process, log = made
    thread = played(instance, mark(process, "start"), instance.next)
    outcome = instance.work(EVENT)
    thread.join()
    assert process.killed and instance.ended and outcome.failed
    assert outcome.error == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: n1 Error: Task timed out after 1.00 seconds",
    }
    assert "n1 Task timed out after 1.00 seconds" in "".join(log.lines)


def test_a_start_that_takes_too_long_is_out_of_time_too(made):
    instance, process, _ = made
    outcome = instance.work(EVENT)
    assert process.killed and "timed out" in outcome.error["errorMessage"]


def test_an_error_of_the_start_is_the_answer(made):
    instance, process, _ = made
    told = b'{"errorType": "Runtime.ImportModuleError"}'
    thread = played(instance, lambda: instance.answer("start", told, True))
    outcome = instance.work(EVENT)
    thread.join()
    assert (outcome.body, outcome.failed) == (told, True) and process.killed


def test_a_process_that_takes_too_much_memory_is_ended_in_spite_of_its_answer(made):
    instance, process, _ = made
    thread = played(
        instance,
        mark(process, "start"),
        instance.next,
        mark(process, "n1", 129 * 1024 * 1024),
        lambda: instance.answer("n1", b"1", False),
    )
    outcome = instance.work(EVENT)
    thread.join()
    assert process.killed and "signal: killed" in outcome.error["errorMessage"]


@pytest.mark.parametrize(
    ("status", "words"),
    [(3, "exit status 3"), (0, "without providing"), (KILLED, "signal: killed")],
)
def test_a_process_that_ends_is_told(made, status, words):
    instance, process, _ = made
    steps = (instance.next, lambda: process.end(status))
    thread = played(instance, mark(process, "start"), *steps)
    outcome = instance.work(EVENT)
    thread.join()
    assert outcome.error["errorType"] == "Runtime.ExitError"
    assert words in outcome.error["errorMessage"]


def test_one_that_ends_before_it_sees_the_event_is_gone(made):
    instance, process, _ = made
    thread = played(
        instance,
        mark(process, "start"),
        instance.next,
        mark(process, "n1"),
        lambda: instance.answer("n1", b"1", False),
    )
    instance.work(EVENT)
    thread.join()
    process.end(1)
    instance._reader.join()
    with pytest.raises(Gone):
        instance.work(EVENT)


@pytest.mark.parametrize(
    ("body", "value", "error"),
    [
        (b'{"a": 1}', {"a": 1}, {"a": 1}),
        (b"", None, {"errorMessage": "None"}),
        (b"\xff{", "\ufffd{", {"errorMessage": "\ufffd{"}),
        (b"[" * 100_000, "[" * 100_000, {"errorMessage": "[" * 100_000}),
    ],
)
def test_what_a_process_says_need_not_be_json(body, value, error):
    assert Outcome(body, True, "1", "").value == value
    assert Outcome(body, True, "1", "").error == error
    assert Outcome(body, False, "1", "").error == {}


def test_an_answer_has_a_limit(made, monkeypatch):
    monkeypatch.setattr(instances, "MOST", 10)
    instance, process, _ = made
    thread = played(
        instance,
        mark(process, "start"),
        instance.next,
        mark(process, "n1"),
        lambda: instance.answer("n1", b"1" * 11, False),
    )
    outcome = instance.work(EVENT)
    thread.join()
    assert outcome.error["errorType"] == "Function.ResponseSizeTooLarge"
    assert not instance.ended
