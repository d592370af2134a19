"""`localaws run`: whatever is killed, nothing of the command lives on."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from waiting import until

# A shell with a child of its own, and two that have left its session.
TREE = """
trap '' HUP
sleep {0} & setsid sleep {0} &
(setsid sleep {0} &)
echo started
wait
"""
STUBBORN = "trap '' TERM HUP INT; echo started; while true; do sleep 0.1; done"
HASTY = """
import os, sys
from localaws.machine import guard
sys.exit(guard.run(sys.argv[1:], os.environ, spared=0, grace=1))
"""
LOCALAWS = [sys.executable, "-m", "localaws", "run", "--"]


@pytest.fixture
def seconds():
    """So long do the processes of this test sleep, and no others."""
    return str(10**6 + time.time_ns() % 10**6)


def start(environment, script, command=LOCALAWS, **options):
    """Run a shell script; return the process when the script has begun."""
    running = subprocess.Popen(
        [*command, "bash", "-c", script],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )
    assert running.stdout.readline() == "started\n"
    return running


def asleep(seconds):
    running = psutil.process_iter(["cmdline"])
    return [p for p in running if p.info["cmdline"] == ["sleep", seconds]]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_lives_on_when_run_is_ended(elsewhere, seconds, number):
    running = start(elsewhere, TREE.format(seconds))
    known = psutil.Process(running.pid).children(recursive=True)
    until(lambda: len(asleep(seconds)) == 3)
    running.send_signal(number)
    running.wait(20)
    _, alive = psutil.wait_procs(known, timeout=15)
    assert not alive and not asleep(seconds)


def test_nothing_lives_on_when_the_guard_is_killed(elsewhere, seconds):
    running = start(elsewhere, TREE.format(seconds))
    until(lambda: len(asleep(seconds)) == 3)
    below = psutil.Process(running.pid).children()
    [guard] = [p for p in below if "bash" in [c.name() for c in p.children()]]
    guard.kill()
    assert running.wait(20) == 128 + signal.SIGKILL
    assert not asleep(seconds)


def test_a_command_that_does_not_end_is_killed(elsewhere):
    running = start(elsewhere, STUBBORN, [sys.executable, "-c", HASTY])
    known = psutil.Process(running.pid).children(recursive=True)
    running.terminate()
    assert running.wait(10) == 128 + signal.SIGTERM
    assert not psutil.wait_procs(known, timeout=1)[1]


def test_what_a_command_leaves_in_the_background_ends_with_it(elsewhere, seconds):
    running = start(elsewhere, f"sleep {seconds} & echo started; exit 3")
    assert running.wait(20) == 3 and not asleep(seconds)


def test_the_interrupt_key_is_for_the_command_alone(elsewhere):
    script = (
        "trap 'echo cleaned; exit 5' INT; echo started; while :; do sleep 0.1; done"
    )
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    running = start(elsewhere, script, start_new_session=True, **heard)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to the whole group
    assert running.wait(20) == 5
    assert running.stdout.read() == "cleaned\n"
