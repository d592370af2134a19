"""Asynchronous requests that wait for their endpoint."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

WORKERS = 4  # requests under way at once for each instance, where none are named
MOST = 32  # requests of an endpoint under way at once


class Queue:
    """The requests of one endpoint, in their order."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST)
        self._free = threading.Condition()  # guards the rest; notified at an end
        self._waiting: deque[Callable[[], None]] = deque()
        self._busy = 0  # requests under way
        self._ended = False

    def add(self, work: Callable[[], None], most: Callable[[], int]) -> None:
        """Call `work` when fewer than `most()` others are under way."""
        with self._free:
            self._waiting.append(work)
            self._threads.submit(self._run, most)

    def end(self) -> None:
        """Begin nothing more."""
        with self._free:
            self._ended = True
            self._free.notify_all()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _run(self, most: Callable[[], int]) -> None:
        with self._free:
            # An instance more is seen a second later: nobody notifies of it.
            while not self._ended and self._busy >= most():
                self._free.wait(1)
            if self._ended:
                return
            self._busy += 1
            work = self._waiting.popleft()
        try:
            work()
        finally:
            with self._free:
                self._busy -= 1
                self._free.notify_all()


class Backlogs:
    """One queue for each asynchronous endpoint; the requests themselves are on disk."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the queues: each is made once
        self._queues: dict[tuple[str, str], Queue] = {}

    def add(
        self,
        region: str,
        name: str,
        work: Callable[[], None],
        workers: int | None,
        instances: Callable[[], int],
    ) -> None:
        """Call `work` once one of the `workers` of each of the instances is free."""
        each = workers or WORKERS
        with self._lock:
            queue = self._queues.setdefault((region, name), Queue())
        queue.add(work, lambda: each * max(1, instances()))

    def end(self, region: str, name: str) -> None:
        """Drop what waits for an endpoint; what is under way is not awaited."""
        with self._lock:
            queue = self._queues.pop((region, name), None)
        if queue:
            queue.end()

    def close(self) -> None:
        """Drop everything."""
        for region, name in list(self._queues):
            self.end(region, name)
