"""One job of any kind, from its creation to its end, and all those of a server."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

from localaws.api.errors import ServiceError
from localaws.api.registry import Context
from localaws.jobs.failure import JobFailed
from localaws.machine.files import remove
from localaws.records.store import Kind, Record, Store, Table

GRACE = 120  # seconds between SIGTERM and SIGKILL
AGAIN = 1.0  # seconds until an end that could not be recorded is tried again
DONE = ("Completed", "Failed", "Stopped")
LEFT = "InternalServerError: the localaws server ended while the job ran."

Fail = Callable[[Record, str], None]  # writes into a record that its job has failed
logger = logging.getLogger("localaws")


def setup(context: Context) -> None:
    """Give the server its jobs, before any kind of job is set up."""
    jobs = context.add(Jobs(context))
    context.on_start(jobs.bury)
    context.on_close(jobs.close)


class Jobs:
    """The jobs of a server that have not ended, by kind, region and name."""

    def __init__(self, context: Context) -> None:
        self.context = context
        # Counts the jobs that run on this machine at once. Those that only direct
        # others take no place, or two of them would wait for ever.
        self.places = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
        self._runs: dict[tuple[str, str, str], Run] = {}
        self._kinds: dict[Kind, Fail] = {}

    def own(self, kind: Kind, fail: Fail) -> None:
        """Let `fail` bury the jobs of a kind that an earlier server left."""
        self._kinds[kind] = fail

    def bury(self) -> None:
        """Fail what an earlier server left running, and remove its folders."""
        remove(self._home)
        store = self.context.part(Store)
        for kind, fail in self._kinds.items():
            for region in store.regions():
                table = store.table(kind, region)
                for name in table.names(besides=DONE):
                    self._bury(table, name, fail)

    def _bury(self, table: Table, name: str, fail: Fail) -> None:
        try:
            with table.edit(name) as record:
                fail(record, LEFT)
        except OSError:  # a full disk: the record stays as it is until the next start
            logger.exception("could not record the end of %s", name)
        except Exception as error:  # it lacks what a job's record has
            table.set_aside(name, error)

    def begin(self, run: Run) -> None:
        """Start a run, which can be found until it has ended.

        Who asked it to stop before it could be found has noted that in its record.
        """
        self._runs[run.key] = run
        if run.table.get(run.job)[run.table.kind.status] == "Stopping":
            run.request_stop("Stopped")
        run.start()

    def find(self, table: Table, name: str) -> Run | None:
        """Return the run of a job, if it has not ended."""
        return self._runs.get((table.kind.name, table.region, name))

    def forget(self, run: Run) -> None:
        """Let go of a run that has ended, not of a new job of its name."""
        if self._runs.get(run.key) is run:
            del self._runs[run.key]

    def folder(self, table: Table, name: str) -> Path:
        """Return where a job has its folders while it runs."""
        return self._home / table.kind.arn_type / table.region / name

    def close(self) -> None:
        """End all jobs, because the server ends; first those that begin others."""
        for directing in (True, False):
            for run in list(self._runs.values()):
                if run.directs == directing:
                    run.abandon()

    @property
    def _home(self) -> Path:
        return self.context.folder / "jobs"


class Run(threading.Thread):
    """The thread that takes one job from its creation to its end.

    A kind of job writes `work` and `ended`, and how its processes end (`halt`, `kill`).
    """

    directs = False  # whether it only directs other jobs, and takes no place itself

    def __init__(self, context: Context, table: Table, name: str) -> None:
        super().__init__(name=f"{table.kind.arn_type}-{name}", daemon=True)
        self.context = context
        self.jobs = context.part(Jobs)
        self.table = table
        self.job = name
        self.record = table.get(name)
        self.region = table.region
        self.key = table.kind.name, table.region, name
        self.folder = self.jobs.folder(table, name)
        self.looks = 0  # how often Describe has shown it
        self.stopping = threading.Event()  # set when it is to end early
        self.last = ""  # why it stops: Stopped, MaxRuntimeExceeded, Abandoned, ...

    def work(self) -> None:
        """Do the job; raise JobFailed with the reason where that is not possible."""
        raise NotImplementedError

    def ended(self, reason: str) -> None:
        """Record the end: failed for a reason, else as `last` says."""
        raise NotImplementedError

    def halt(self, grace: float) -> None:
        """Ask the job's processes to end: SIGTERM, SIGKILL after `grace` seconds."""

    def kill(self) -> None:
        """End the job's processes now."""

    def patience(self) -> float | None:
        """Return how many seconds it may take in all, waiting included."""
        return None

    def request_stop(self, last: str) -> None:
        """Ask the run to end early; `last` becomes the secondary status."""
        self.last = self.last or last
        self.stopping.set()
        self.halt(GRACE)

    def abandon(self) -> None:
        """End the run at once, because the server ends."""
        self.request_stop("Abandoned")
        self.kill()
        self.join(10)

    def clear(self) -> None:
        """Delete the job's folders."""
        if self.folder.exists():
            remove(self.folder)

    def run(self) -> None:
        waiting = self.timer(self.patience(), self.request_stop, "MaxWaitTimeExceeded")
        has_place = self._wait_for_place()
        reason = ""
        try:
            self.work()
        except JobFailed as failed:
            reason = str(failed)
        except Exception as error:
            logger.exception("%s", self.name)
            reason = f"InternalServerError: localaws failed: {error}"
        finally:
            waiting.cancel()
            if has_place:
                self.jobs.places.release()
            self._end(reason)
            self.jobs.forget(self)

    def _end(self, reason: str) -> None:
        """Record the end, as often as it takes: what is InProgress ends.

        On a full disk that is when there is room again, or at the server's next start.
        """
        while True:
            try:
                self.clear()  # whoever sees the end sees nothing left
                self.ended(reason)
                return
            except ServiceError:  # the record is not there any more
                logger.exception("%s has no record", self.name)
                return
            except Exception:
                logger.exception("could not record the end of %s", self.name)
            if self.context.closing.wait(AGAIN):
                return

    def timer(
        self, seconds: float | None, function: Callable[..., None], *arguments: str
    ) -> threading.Timer:
        """Return a running timer; without `seconds` it never runs out."""
        timer = threading.Timer(seconds or 0, function, arguments)
        timer.daemon = True
        if seconds is not None:
            timer.start()
        return timer

    def _wait_for_place(self) -> bool:
        """Return whether a place was had; a job that is to stop needs none."""
        if self.directs:
            return False
        while not self.jobs.places.acquire(timeout=0.2):
            if self.stopping.is_set():
                return False
        return True
