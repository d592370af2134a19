"""The time that schedules and alarms go by: the machine's, or one moved forward."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

logger = logging.getLogger("localaws")


class Timer:
    """One call that waits for its moment; `cancel` takes it back."""

    def __init__(self, function: Callable[[], None]) -> None:
        self.function = function
        self.cancelled = False

    def cancel(self) -> None:
        """Let the call not happen; one that has begun goes on."""
        self.cancelled = True


class Clock:
    """Tells the time, and calls functions at theirs, one after the other.

    Moved forward, it stops at each moment that something waits for, so that an hour
    passes as it would have, at once. What it calls is short, or starts a thread.
    """

    def __init__(self) -> None:
        self._ahead = 0.0  # seconds before the machine's time
        self._waiting: list[tuple[float, int, Timer]] = []  # a heap, by moment
        self._numbers = itertools.count()  # of timers, so that equal moments keep order
        self._stopped = False
        self._thread: threading.Thread | None = None  # calls what is due
        # Guards all of these; notified when they change.
        self._changed = threading.Condition()
        # Held while something due is called: one call at a time, in order of moments.
        self._calling = threading.RLock()

    def now(self) -> float:
        """Return the seconds since 1970."""
        return time.time() + self._ahead

    def at(self, moment: float, function: Callable[[], None]) -> Timer:
        """Call `function` at a moment, seconds since 1970, or at once if it is past."""
        timer = Timer(function)
        with self._changed:
            heapq.heappush(self._waiting, (moment, next(self._numbers), timer))
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return timer

    def advance(self, seconds: float) -> float:
        """Move the time forward, calling what falls due on the way; return the time.

        ValueError where `seconds` is negative or no number.
        """
        if not seconds >= 0 or seconds == float("inf"):
            raise ValueError(f"time only goes forward, not by {seconds} seconds")
        with self._calling:
            end = self.now() + seconds
            while (due := self._due(end)) is not None:
                moment, timer = due
                self._move_to(moment)
                call(timer)
            self._move_to(end)
        return self.now()

    def stop(self) -> None:
        """Call nothing any more."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()

    def _move_to(self, moment: float) -> None:
        with self._changed:
            self._ahead += max(0.0, moment - self.now())
            self._changed.notify_all()

    def _due(self, end: float) -> tuple[float, Timer] | None:
        """Take the first call whose moment is not after `end`."""
        with self._changed:
            while self._waiting and self._waiting[0][0] <= end:
                moment, _, timer = heapq.heappop(self._waiting)
                if not timer.cancelled:
                    return moment, timer
        return None

    def _run(self) -> None:
        while not self._stopped:
            with self._calling:
                if due := self._due(self.now()):
                    call(due[1])
                    continue
            with self._changed:
                wait = self._waiting[0][0] - self.now() if self._waiting else None
                if not self._stopped and (wait is None or wait > 0):
                    self._changed.wait(wait and min(wait, threading.TIMEOUT_MAX))


def call(timer: Timer) -> None:
    """Call what has fallen due; a failure is logged, and stops nobody else."""
    try:
        timer.function()
    except Exception:
        logger.exception("what was due failed: %s", timer.function)
