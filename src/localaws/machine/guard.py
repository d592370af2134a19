"""A command of the reader's, run so that nothing of it outlives `localaws run`."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence

from localaws.machine.launch import (
    LINUX,
    PR_SET_CHILD_SUBREAPER,
    PR_SET_PDEATHSIG,
    descendants,
    libc,
    reap,
)

GRACE = 10.0  # seconds between SIGTERM and SIGKILL
ENDINGS = (signal.SIGTERM, signal.SIGHUP)


def run(
    argv: Sequence[str], environment: Mapping[str, str], spared: int, grace: float
) -> int:
    """Run a command to its end; return its exit status, 128 + n after signal n.

    Between this process and the command stands another, the guard: where one of the
    two is killed, the other still ends what the command has started. `spared` is the
    process below this one that goes on. A command that is asked to end and does not
    is killed after `grace` seconds.
    """
    _adopt_orphans()
    # From here on no signal is lost, and the interrupt key is for the command alone.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    keys = signal.signal(signal.SIGINT, signal.SIG_IGN)
    owner, guard = os.getpid(), os.fork()
    if guard == 0:
        with contextlib.suppress(BaseException):
            ignored = keys == signal.SIG_IGN
            os._exit(_guard(argv, environment, owner, grace, ignored))
        os._exit(1)
    status = _follow(guard, lambda: {guard}, grace + 5)
    _end(lambda: descendants() - descendants(spared) - {spared})
    return status


def die_with(owner: int) -> None:
    """Get SIGTERM when the owner ends, or now where it has ended already."""
    if LINUX:
        libc().prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != owner:
        os.kill(os.getpid(), signal.SIGTERM)


def _guard(
    argv: Sequence[str],
    environment: Mapping[str, str],
    owner: int,
    grace: float,
    ignored: bool,
) -> int:
    """Run the command, in a process that ends all of it when its owner is gone."""
    _adopt_orphans()
    die_with(owner)
    guard = os.getpid()

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        die_with(guard)

    try:
        child = subprocess.Popen(argv, env=dict(environment), preexec_fn=prepare)
    except OSError as error:
        print(f"localaws run: {argv[0]}: {error.strerror}", file=sys.stderr, flush=True)
        return 127
    status = _follow(child.pid, descendants, grace)
    _end(descendants)
    return status


def _follow(pid: int, asked, grace: float) -> int:
    """Wait for a child; pass on that it is to end. Return its status for a shell."""
    wake, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    for number in (*ENDINGS, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    end = float("inf")
    while (status := reap(pid)) is None:
        left = end - time.monotonic()
        if left <= 0:
            return 128 + signal.SIGTERM
        readable, _, _ = select.select([wake], [], [], min(left, 5))
        numbers = os.read(wake, 4096) if readable else b""
        if set(ENDINGS) & set(numbers):
            _signal(asked(), signal.SIGTERM)
            end = min(end, time.monotonic() + grace)
    return 128 - status if status < 0 else status


def _end(remaining) -> None:
    """Kill what is left, until nothing is."""
    while found := remaining():
        _signal(found, signal.SIGKILL)
        reap(None)
        select.select([], [], [], 0.01)


def _signal(processes: Iterable[int], number: int) -> None:
    for pid in processes:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def _adopt_orphans() -> None:
    if LINUX:
        libc().prctl(PR_SET_CHILD_SUBREAPER, 1)
