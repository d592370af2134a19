"""The processes of all functions: warm ones are used again."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from localaws.api.registry import Context
from localaws.functions.instance import Event, Gone, Instance, Outcome
from localaws.functions.revision import Plan, Revision

MOST = 32  # processes at once: all functions share this machine
IDLE = 300.0  # seconds that a warm process waits for its next event
SWEEP = 5.0  # seconds between two looks for those that have waited long enough

logger = logging.getLogger("localaws")


class Throttled(Exception):
    """No process may be had now; the reason as AWS names it."""

    def __init__(self, reason: str) -> None:
        super().__init__("Rate Exceeded.")
        self.reason = reason


@dataclass
class Warm:
    """A process that waits for its next event."""

    instance: Instance
    since: float


class Pool:
    """Lends a process of a function to one event at a time.

    `current` says whether a plan is still that of a function: a process of one that is
    not, or of a version that was deleted, is ended.
    """

    def __init__(
        self, context: Context, current: Callable[[Plan], bool], idle: float = IDLE
    ) -> None:
        self.context, self.current, self.idle = context, current, idle
        # Guards all that follows.
        self._lock = threading.Lock()
        self._busy: Counter[str] = Counter()  # by the function's ARN
        self._warm: list[Warm] = []  # the one that waits longest is the first
        self._revisions: dict[str, Revision] = {}
        self._tokens: dict[str, Instance] = {}
        self._number = 0  # of folders
        self._closed = threading.Event()
        # Ends what has waited long enough.
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to look for processes that wait in vain."""
        self._thread.start()

    def work(self, plan: Plan, event: Event, reserved: int | None) -> Outcome:
        """Let a process work on an event; raises Throttled and CannotStart."""
        while True:
            with contextlib.suppress(Gone), self._lent(plan, reserved) as instance:
                return instance.work(event)

    def by_token(self, token: str) -> Instance | None:
        """Return the process that asks with a token."""
        return self._tokens.get(token)

    def count(self, arn: str = "") -> int:
        """Return how many processes there are, of a function or of all."""
        with self._lock:
            found = [one.instance.plan.arn for one in self._warm]
            found += list(self._busy.elements())
            return len([one for one in found if not arn or one == arn])

    def sweep(self) -> None:
        """End the processes that wait in vain."""
        oldest = time.monotonic() - self.idle
        with self._lock:
            gone = [
                one
                for one in self._warm
                if one.since < oldest or not self.current(one.instance.plan)
            ]
            self._warm = [one for one in self._warm if one not in gone]
        self._end([one.instance for one in gone])

    def close(self) -> None:
        """End all processes, also those that work; nothing is started any more."""
        self._closed.set()
        with self._lock:
            self._warm.clear()
            running = list(self._tokens.values())
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda instance: self._end([instance]), running))
        if self._thread.ident:
            self._thread.join()

    @contextlib.contextmanager
    def _lent(self, plan: Plan, reserved: int | None) -> Iterator[Instance]:
        found, outdone = self._take(plan, reserved)
        try:
            self._end(outdone)
            instance = found or self._started(plan)
            try:
                yield instance
            finally:
                self._give_back(instance)
        finally:
            with self._lock:
                self._busy[plan.arn] -= 1

    def _take(
        self, plan: Plan, reserved: int | None
    ) -> tuple[Instance | None, list[Instance]]:
        """Return a warm process, and others that make room for a new one."""
        with self._lock:
            if reserved is not None and self._busy[plan.arn] >= reserved:
                raise Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
            for one in reversed(self._warm):
                if one.instance.plan.key == plan.key and not one.instance.ended:
                    self._warm.remove(one)
                    self._busy[plan.arn] += 1
                    return one.instance, []
            if self._busy.total() >= MOST or self._closed.is_set():
                raise Throttled("ConcurrentInvocationLimitExceeded")
            self._busy[plan.arn] += 1
            over = max(0, self._busy.total() + len(self._warm) - MOST)
            outdone, self._warm = self._warm[:over], self._warm[over:]
            return None, [one.instance for one in outdone]

    def _started(self, plan: Plan) -> Instance:
        with self._lock:
            if plan.key not in self._revisions:
                self._number += 1
                folder = self.context.folder / "functions" / f"{self._number}"
                self._revisions[plan.key] = Revision(self.context, plan, folder)
            logs = self.context.clients.get("logs", plan.region)
            instance = Instance(self._revisions[plan.key], logs)
            self._tokens[instance.token] = instance
        try:
            instance.start()
        except BaseException:
            self._end([instance])
            raise
        return instance

    def _give_back(self, instance: Instance) -> None:
        useful = not instance.ended and self.current(instance.plan)
        with self._lock:
            if useful and not self._closed.is_set():
                self._warm.append(Warm(instance, time.monotonic()))
                return
        self._end([instance])

    def _end(self, instances: list[Instance]) -> None:
        for instance in instances:
            instance.end()
            with self._lock:
                self._tokens.pop(instance.token, None)
        for key in {instance.plan.key for instance in instances}:
            self._forget(key)

    def _forget(self, key: str) -> None:
        """Remove the files of a plan that is no function's, and has no process."""
        with self._lock:
            used = any(one.plan.key == key for one in self._tokens.values())
            revision = self._revisions.get(key)
            if used or revision is None or self.current(revision.plan):
                return
            del self._revisions[key]
        revision.remove()

    def _run(self) -> None:
        while not self._closed.wait(min(SWEEP, self.idle)):
            try:
                self.sweep()
            except Exception:
                logger.exception("processes of functions were not looked at")
