"""A job's processes are started, sent signals, and ended, all of them."""

import signal
import time

import psutil
from sandboxed import run


def test_children_that_leave_the_group_end_with_the_job(sandbox):
    script = "setsid sleep 321 & sleep 321 & echo $!"
    text, status = run(sandbox, script)
    assert status == 0 and int(text) > 0
    assert [p for p in psutil.process_iter(["cmdline"]) if is_sleep(p)] == []


def is_sleep(process):
    return (process.info["cmdline"] or [])[:2] == ["sleep", "321"]


def test_stop_sends_sigterm_and_then_sigkill(sandbox):
    polite = sandbox.start(["sleep", "100"], {})
    assert polite.stop(5) == 128 + signal.SIGTERM
    script = "trap '' TERM; echo on; while :; do sleep 1; done"
    deaf = sandbox.start(["/bin/sh", "-c", script], {})
    assert deaf.stdout.readline() == b"on\n"
    begun = time.monotonic()
    assert deaf.stop(0.3) == 128 + signal.SIGKILL
    assert time.monotonic() - begun < 5


def test_a_program_that_is_absent_is_named(sandbox):
    process = sandbox.start(["no-such-program"], {})
    assert b"no-such-program" in process.stdout.read()
    assert process.wait() == 126
