"""A job's processes are started, sent signals, and ended, all of them."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from sandboxed import run

from localaws.machine.sandbox import LAUNCHER


def test_children_that_leave_the_group_end_with_the_job(sandbox):
    script = "setsid sleep 321 & sleep 321 & echo $!"
    text, status = run(sandbox, script)
    assert status == 0 and int(text) > 0
    assert [p for p in psutil.process_iter(["cmdline"]) if is_sleep(p)] == []


def is_sleep(process):
    return (process.info["cmdline"] or [])[:2] == ["sleep", "321"]


END_ALL = """
import os, subprocess, sys
if os.readlink("/proc/self/ns/pid") == sys.argv[1]:
    sys.exit(3)  # never in the machine's own namespace: it would end everything
child = subprocess.Popen(["setsid", "sleep", "322"])
os.kill(-1, 9)  # Linux spares who calls it
print(child.wait(), flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_job_that_kills_all_it_may_kills_nothing_outside(sandbox):
    if not sandbox.namespace:
        pytest.skip("this kernel does not allow a namespace of processes")
    outside = os.readlink("/proc/self/ns/pid")
    bystander = subprocess.Popen(["sleep", "30"])
    try:
        process = sandbox.start(["python", "-c", END_ALL, outside], {})
        assert process.stdout.read() == b"-9\n"
        assert process.wait() == 128 + signal.SIGKILL
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


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


@pytest.fixture
def launch():
    """Return a function that launches a command line without a sandbox."""
    launched = []

    def start(*argv, **members):
        spec = {"argv": argv, "env": {"PATH": os.environ["PATH"]}, "cwd": "/"}
        data = json.dumps({**spec, **members}).encode()
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", LAUNCHER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        process.stdin.write(b"%010d" % len(data) + data)
        process.stdin.flush()
        launched.append(process)
        return process

    yield start
    for process in launched:
        process.stdin.close()
        process.wait(20)


@pytest.mark.parametrize(
    ("script", "status"),
    [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("kill -15 $$", 143)],
)
def test_the_exit_status_is_the_jobs_or_128_and_its_signal(launch, script, status):
    process = launch("/bin/sh", "-c", script)
    assert process.wait(20) == status


def test_each_line_of_orders_is_a_signal_to_the_whole_group(launch):
    child = "trap 'echo child; exit' USR1; echo ready; while :; do sleep 0.05; done"
    parent = f"trap 'echo parent' USR1; ({child}) & wait; wait"
    process = launch("/bin/sh", "-c", parent)
    assert process.stdout.readline() == b"ready\n"
    number = b"%d\n" % signal.SIGUSR1
    process.stdin.write(number[:1])  # orders may come in pieces
    process.stdin.flush()
    process.stdin.write(number[1:])
    process.stdin.flush()
    assert process.wait(20) == 0
    assert {b"child", b"parent"} <= set(process.stdout.read().split())


def test_the_job_ends_when_its_server_is_gone(launch):
    script = "trap '' TERM HUP INT; (setsid sleep 3210 &) ; echo on; sleep 3210"
    process = launch("/bin/sh", "-c", script)
    assert process.stdout.readline() == b"on\n"
    process.stdin.close()
    assert process.wait(20) == 128 + signal.SIGKILL
    rows = [row.info["cmdline"] for row in psutil.process_iter(["cmdline"])]
    assert ["sleep", "3210"] not in rows


def test_limits_hold_and_no_core_is_written(launch):
    script = "ulimit -n; ulimit -c; ulimit -H -n"
    process = launch("/bin/sh", "-c", script, limits={"nofile": 77})
    assert process.stdout.read().split() == [b"77", b"0", b"77"]


def test_the_job_reads_nothing_of_its_orders(launch):
    process = launch("/bin/sh", "-c", "cat; echo done; ls /proc/self/fd | wc -l")
    said = process.stdout.read().split()
    assert said[0] == b"done" and int(said[1]) == 4  # 0, 1, 2 and what `ls` opened
