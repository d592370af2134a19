"""Errands: what is to be done some time, on disk until it is done."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from localaws.api.registry import Context
from localaws.machine.files import set_aside
from localaws.records.store import write_json

What = dict[str, Any]  # JSON
Again = tuple[What, float]  # what is to be done again, and when: seconds since 1970

logger = logging.getLogger("localaws")


class Full(Exception):
    """As many errands wait as may."""


class Errands:
    """Works on errands in threads of its own, each when it is due.

    One that was accepted is a file until it is done: the next server finds it. One that
    was under way when a server ended is done a second time.
    `work` returns None where an errand is done, or what is to be done again and when.
    """

    def __init__(
        self,
        context: Context,
        name: str,
        work: Callable[[What], Again | None],
        at_once: int,
        most: int,
    ) -> None:
        self.folder = context.folder / "errands" / name
        self.clock, self.closing, self.most = context.clock, context.closing, most
        self._work = work
        self._numbers = itertools.count()  # keeps those of one moment in their order
        # Guards what follows; notified when it changes.
        self._state = threading.Condition()
        self._open = 0  # errands that wait or are worked on
        self._begun = False
        self._early: list[tuple[Path, float]] = []  # put before the start
        # Its queue is what is due; nobody awaits what is under way at the end.
        self._workers = ThreadPoolExecutor(at_once, name)

    def start(self) -> None:
        """Begin, with what an earlier server has left."""
        for unfinished in self.folder.glob(".*"):
            unfinished.unlink()
        with self._state:
            early, self._early, self._begun = self._early, [], True
        known = {path for path, _ in early}
        left = [path for path in self.folder.glob("[0-9]*.json") if path not in known]
        for path in sorted(left):
            if (due := _due(path)) is not None:
                early.append((path, due))
                with self._state:
                    self._open += 1
        for path, due in sorted(early):
            self._wait(path, due)

    def put(self, what: What) -> None:
        """Accept an errand, to be done soon; raises Full, or OSError for the disk."""
        with self._state:
            if self._open >= self.most:
                raise Full
            self._open += 1
        path = self.folder / f"{time.time_ns():020}-{next(self._numbers)}.json"
        try:
            write_json(path, {"due": 0.0, "what": what})
        except BaseException:
            self._done()
            raise
        self._wait(path, 0.0)

    def idle(self, timeout: float) -> bool:
        """Return whether nothing is left to do, within some seconds."""
        with self._state:
            return self._state.wait_for(lambda: not self._open, timeout)

    def close(self) -> None:
        """Begin nothing more; what is not done stays on disk."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _wait(self, path: Path, due: float) -> None:
        with self._state:
            if not self._begun:
                self._early.append((path, due))
                return
        if due <= self.clock.now():
            self._hand_over(path)
        else:
            self.clock.at(due, lambda: self._hand_over(path))

    def _hand_over(self, path: Path) -> None:
        with contextlib.suppress(RuntimeError):  # it is closed
            self._workers.submit(self._attempt, path)

    def _attempt(self, path: Path) -> None:
        again = None
        try:
            again = self._work(json.loads(path.read_text())["what"])
            if again and not self.closing.is_set():
                write_json(path, {"due": again[1], "what": again[0]})
        except Exception:
            if not self.closing.is_set():
                logger.exception("an errand is lost: %s", path)
        if self.closing.is_set():  # it may have failed for that
            return
        if again:
            self._wait(path, again[1])
        else:
            path.unlink(missing_ok=True)
            self._done()

    def _done(self) -> None:
        with self._state:
            self._open -= 1
            self._state.notify_all()


def _due(path: Path) -> float | None:
    """Return when a kept errand is due; None where its file is no use."""
    try:
        return float(json.loads(path.read_text())["due"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        set_aside(path, error)
        return None
