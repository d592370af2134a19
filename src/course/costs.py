"""What to rent, and what it costs: waits, a fleet that follows, forecasts."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

STEADY = 0.9  # of the target: above it a fleet that could be smaller is left alone
TINY = 1e-9  # of an instance: what floats may be off


def lost(arrivals: ArrayLike, capacity: ArrayLike) -> np.ndarray:
    """Requests that are given up in each minute, (minutes,).

    In each minute `arrivals` come and `capacity` could be answered. What is left waits,
    up to what the present capacity answers in a minute; what would wait longer is lost.
    """
    arrivals, capacity = np.broadcast_arrays(arrivals, capacity)
    waiting, found = 0.0, []
    for come, most in zip(arrivals, capacity, strict=True):
        waiting = max(0.0, waiting + come - most)
        found.append(max(0.0, waiting - most))
        waiting -= found[-1]
    return np.array(found)


def waits(
    gaps: Iterable[float], services: Iterable[float], servers: int = 1
) -> np.ndarray:
    """Simulate one queue before some servers; return how long each request waits.

    `gaps` lie between requests, `services` are what each keeps a server busy, in the
    unit of the result. Whoever is first is answered first.
    """
    free, clock, found = [0.0] * servers, 0.0, []
    for gap, service in zip(gaps, services, strict=True):
        clock += gap
        begins = max(clock, free[0])  # the first server that is free
        heapq.heapreplace(free, begins + service)
        found.append(begins - clock)
    return np.array(found)


def mean_wait(load: float, servers: int = 1) -> float:
    """Return how long a request waits on average, in times of service.

    Requests and services come by chance, without memory; `load` below 1 is the share of
    the time that a server works. A. K. Erlang (1917), by a recursion.
    """
    offered, blocked = load * servers, 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    waiting = blocked / (1 - load * (1 - blocked))  # the share that waits at all
    return waiting / (servers * (1 - load))


def commitment(counts: ArrayLike, discount: float) -> int:
    """Return how many instances a plan should cover that is cheaper by `discount`.

    `counts` are those that were needed in each hour. One instance more pays as long as
    it is needed in more than a share 1 - discount of the hours.
    """
    counts = np.asarray(counts)
    covered = 0
    while np.mean(counts > covered) > 1 - discount + TINY:
        covered += 1
    return covered


def next_count(
    count: int, metric: float, target: float, least: int = 1, most: int = 20
) -> int:
    """Return how many instances bring a metric per instance back to its target.

    `metric` is what each of `count` has now. Between 90% of the target and the target
    nothing changes; the result lies between `least` and `most`.
    """
    if metric > target or metric < STEADY * target:
        count = math.ceil(count * metric / target - TINY)
    return min(max(count, least), most)


def follow(
    rates: Sequence[float] | np.ndarray,
    target: float,
    lag: int,
    cooldown: int,
    rule: Callable[[int, float, float], int] = next_count,
) -> np.ndarray:
    """Return the instances that answer in each minute, (minutes,), two at first.

    `rule` decides from the rate of the minute for each instance that answers, and what
    it asks for is there `lag` minutes later. After a change it rests for `cooldown`.
    """
    wanted, rests, ready = 2, 0, [2] * (lag + 1)
    for minute, rate in enumerate(rates):
        count = rule(wanted, rate / ready[minute], target)
        if minute >= rests and count != wanted:
            wanted, rests = count, minute + 1 + cooldown
        ready.append(wanted)
    return np.array(ready[: len(rates)])


def forecast(daily: ArrayLike, days: int) -> tuple[float, float, float]:
    """Return the dollars of a month of `days`, and between which they lie in 19 of 20.

    `daily` are those of its first days, at least two, taken as drawn independently from
    one bell curve: no trend, and no weekends.
    """
    daily = np.asarray(daily, dtype=float)
    known, left = len(daily), days - len(daily)
    total = daily.sum() + left * daily.mean()
    spread = daily.std(ddof=1) * math.sqrt(left + left**2 / known)
    half = float(stats.t.ppf(0.975, known - 1)) * spread
    return float(total), float(total - half), float(total + half)
