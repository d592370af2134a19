"""Requests at a steady pace, from threads of their own, while somebody looks on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import NamedTuple

ASKERS = 32  # requests that may be under way at once
LOOKS = 1.0  # seconds between two looks


class Look(NamedTuple):
    """What was seen: seconds since the beginning, requests a second, instances."""

    second: float
    rate: int
    instances: int


@dataclass
class Load:
    """Phases of load: what was asked when, how long it took, and what was seen.

    `answers` has a pair for each request that was answered, its second and the seconds
    until its answer; `failures` what the others raised.
    """

    looks: list[Look] = field(default_factory=list)
    answers: list[tuple[float, float]] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)


def drive(
    ask: Callable[[], object],
    look: Callable[[int], int],
    phases: Iterable[tuple[int, int, int]],
    patience: float = 120,
) -> Load:
    """Let phases of load pass, one after the other, and return what happened.

    A phase (rate, count, seconds) calls `ask` so often a second, until `look` has said
    `count` for so many seconds, or the phase has lasted for `patience`. `look` is
    called each second with the rate, in a thread of its own; what it raises ends all.
    """
    load, begin, over = Load(), time.time(), Event()
    now = [0]  # the rate of the present phase

    def watch() -> None:
        while not over.wait(LOOKS):
            seen = now[0]
            load.looks.append(Look(time.time() - begin, seen, look(seen)))

    with ThreadPoolExecutor(ASKERS) as pool, ThreadPoolExecutor(1) as aside:
        watcher, asked = aside.submit(watch), []
        try:
            for rate, count, seconds in phases:
                now[0], end = rate, time.time() + patience
                while seconds > 0 and time.time() < end and not watcher.done():
                    asked += _second(pool, ask, rate, begin)
                    seconds -= _seen(load) == (rate, count)
        finally:
            over.set()
    watcher.result()
    return _collected(load, asked)


def _seen(load: Load) -> tuple[int, ...] | None:
    return load.looks[-1][1:] if load.looks else None


def _collected(load: Load, asked: Iterable[tuple[float, Future[float]]]) -> Load:
    for moment, future in asked:
        if error := future.exception():
            load.failures.append(error)
        else:
            load.answers.append((moment, future.result()))
    return load


def _second(
    pool: ThreadPoolExecutor, ask: Callable[[], object], rate: int, begin: float
) -> list[tuple[float, Future[float]]]:
    """Ask so often in a second, evenly; return when, and what will have come of it."""
    start, asked = time.time(), []
    for number in range(rate):
        time.sleep(max(0.0, start + number / rate - time.time()))
        moment = time.time()
        asked.append((moment - begin, pool.submit(_timed, ask, moment)))
    time.sleep(max(0.0, start + 1 - time.time()))
    return asked


def _timed(ask: Callable[[], object], since: float) -> float:
    ask()
    return time.time() - since
