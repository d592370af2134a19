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
from waiting import until

from localaws.machine.sandbox import LAUNCHER, containment_works


def test_children_that_leave_the_group_end_with_the_job(sandbox):
    script = "setsid sleep 321 & sleep 321 & echo $!"
    text, status = run(sandbox, script)
    assert status == 0 and int(text) > 0
    assert [p for p in psutil.process_iter(["cmdline"]) if is_sleep(p)] == []


def is_sleep(process):
    return (process.info["cmdline"] or [])[:2] == ["sleep", "321"]


CANNOT = "there is no namespace of processes in substitution, nor on this kernel"
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
    if not (sandbox.namespace and containment_works()):
        pytest.skip(CANNOT)
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
def launch(tmp_path, request):
    """Return a function that launches a command line without a sandbox."""
    launched = []
    shared = {}
    if getattr(request, "param", False):
        if not containment_works():
            pytest.skip(CANNOT)
        (tmp_path / "ml").mkdir()
        place = (str(tmp_path / "ml"), "/opt/ml", str(tmp_path / "opt"))
        shared = {"contained": True, "namespace": [place]}

    def start(*argv, **members):
        spec = {"argv": argv, "env": {"PATH": os.environ["PATH"]}, "cwd": "/"}
        data = json.dumps({**spec, **shared, **members}).encode()
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


either = pytest.mark.parametrize(
    "launch", [False, True], ids=["as it is", "contained"], indirect=True
)
contained = pytest.mark.parametrize("launch", [True], ids=["contained"], indirect=True)


@either
@pytest.mark.parametrize(
    ("script", "status"),
    [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("kill -15 $$", 143)],
)
def test_the_exit_status_is_the_jobs_or_128_and_its_signal(launch, script, status):
    process = launch("/bin/sh", "-c", script)
    assert process.wait(20) == status


@either
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


@either
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


@either
def test_what_a_job_has_started_is_seen_from_outside(launch):
    process = launch("/bin/sh", "-c", "setsid sleep 323 & echo on; wait")
    assert process.stdout.readline() == b"on\n"
    owner = psutil.Process(process.pid)
    assert until(lambda: ["sleep", "323"] in commands(owner))


def commands(process):
    found = process.children(recursive=True)
    return [one.cmdline() for one in found if one.status() != psutil.STATUS_ZOMBIE]


@contained
def test_all_of_a_job_ends_with_the_process_that_owns_it(launch):
    process = launch("/bin/sh", "-c", "setsid sleep 324 & echo on; wait")
    assert process.stdout.readline() == b"on\n"
    known = psutil.Process(process.pid).children(recursive=True)
    assert len(known) >= 2
    process.kill()
    assert psutil.wait_procs(known, timeout=10)[1] == []


@contained
def test_a_job_sees_its_own_processes_alone_and_its_orphans_are_collected(launch):
    orphan = "import os; os.fork() or os.fork() or os._exit(0)"
    process = launch(sys.executable, "-c", SEEN, orphan)
    names, number, left = json.loads(process.stdout.read())
    assert str(number) in names and set(names) == {"1", str(number)}
    assert number != 1 and left == []


SEEN = """
import json, os, subprocess, sys, time
subprocess.run([sys.executable, "-c", sys.argv[1]])
end = time.monotonic() + 10
def numbers():
    return [name for name in os.listdir("/proc") if name.isdigit()]
while len(numbers()) > 2 and time.monotonic() < end:
    time.sleep(0.01)
print(json.dumps([numbers(), os.getpid(), numbers()[2:]]))
"""


def test_a_server_that_went_meanwhile_keeps_no_job_from_starting(
    sandbox, monkeypatch, tmp_path
):
    gone = str(tmp_path / "gone"), str(sandbox.folder / "tmp"), ""
    monkeypatch.setattr(sandbox, "_hidden", lambda: [gone])
    assert run(sandbox, "echo here") == ("here\n", 0)
