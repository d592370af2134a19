"""Asynchronous requests that wait for their endpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

WORKERS = 4  # requests of an endpoint under way at once, where it names no number


class Backlogs:
    """One queue for each asynchronous endpoint; the requests themselves are on disk."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the queues: each is made once
        self._queues: dict[tuple[str, str], ThreadPoolExecutor] = {}

    def add(
        self, region: str, name: str, work: Callable[[], None], workers: int | None
    ) -> None:
        """Call `work` once one of the endpoint's `workers` is free."""
        with self._lock:
            if (region, name) not in self._queues:
                count = min(workers or WORKERS, 32)
                # Its queue is the requests of one endpoint, in their order.
                self._queues[region, name] = ThreadPoolExecutor(count)
            self._queues[region, name].submit(work)

    def end(self, region: str, name: str) -> None:
        """Drop what waits for an endpoint; what is under way is not awaited."""
        with self._lock:
            queue = self._queues.pop((region, name), None)
        if queue:
            queue.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Drop everything."""
        for region, name in list(self._queues):
            self.end(region, name)
