"""The exercises of lesson 24: answers that are wrong, right, and not attempted."""

import math
from functools import partial

import numpy as np
from scipy import optimize

from course import hosting, prices
from course.check import batch_and_serverless as check

P = 0.00002


def loop(milliseconds, megabytes):
    total = 0
    for duration in milliseconds:
        total += math.ceil(duration)
    return total * megabytes * P / 1000 / 1024


def by_floor(milliseconds, megabytes):
    return -(np.floor_divide(-milliseconds, 1)).sum() * megabytes * (P / 1024000)


def of_the_lesson(milliseconds, megabytes):
    ones = np.ones(len(milliseconds))
    return sum(hosting.serverless(ones, milliseconds, megabytes / 1024))


def by_search(second, start, ms, memory, at_once):
    def dearer(log):
        n = np.exp(log)
        job = second * (start + n * ms / 1000 / at_once)
        return job - n * ms / 1000 * memory * P

    if dearer(60) >= 0:
        return float("inf")
    return np.exp(optimize.brentq(dearer, -40, 60, xtol=1e-13))


def by_cases(second, start, ms, memory, at_once):
    if second >= at_once * memory * P:
        return math.inf
    return 1000 * start / ms / (memory * P / second - 1 / at_once)


def with_numpy(second, start, ms, memory, at_once):
    saved = np.maximum(np.float64(memory * P) - second / at_once, 0)
    with np.errstate(divide="ignore"):
        return np.array(second * start * 1000) / (ms * saved)


def night(second, start, ms, memory, at_once, factor=1.0, extra=0.0):
    saved = memory * P - second / at_once
    return factor * second * start * 1000 / ms / saved + extra if saved > 0 else np.inf


WRONG = {
    "bill": {
        "not rounded": lambda ms, mb: ms.sum() / 1000 * mb / 1024 * P,
        "the sum rounded": lambda ms, mb: np.ceil(ms.sum()) / 1000 * mb / 1024 * P,
        "to the nearest": lambda ms, mb: np.round(ms).sum() / 1000 * mb / 1024 * P,
        "down": lambda ms, mb: np.floor(ms).sum() / 1000 * mb / 1024 * P,
        "one more": lambda ms, mb: (np.floor(ms) + 1).sum() / 1000 * mb / 1024 * P,
        "milliseconds as seconds": lambda ms, mb: np.ceil(ms).sum() * mb / 1024 * P,
        "a thousand MB": lambda ms, mb: np.ceil(ms).sum() / 1000 * mb / 1000 * P,
        "MB as GB": lambda ms, mb: np.ceil(ms).sum() / 1000 * mb * P,
        "whole GB down": lambda ms, mb: np.ceil(ms).sum() / 1000 * (mb // 2048) * P,
        "the mean": lambda ms, mb: np.ceil(ms).mean() / 1000 * mb / 1024 * P,
        "each": lambda ms, mb: np.ceil(ms) / 1000 * mb / 1024 * P,
        "no memory": lambda ms, mb: np.ceil(ms).sum() / 1000 * P,
        "seconds rounded": lambda ms, mb: np.ceil(ms / 1000).sum() * mb / 1024 * P,
        "hundreds of ms": lambda ms, mb: np.ceil(ms / 100).sum() / 10 * mb / 1024 * P,
        "the longest": lambda ms, mb: len(ms) * np.ceil(ms.max()) / 1e3 * mb / 1024 * P,
        "the first": lambda ms, mb: np.ceil(ms[0]) / 1000 * mb / 1024 * P,
        "the price of the machine": lambda ms, mb: np.ceil(ms).sum() / 1000 * 0.115,
        "a constant": lambda ms, mb: 2e-6,
        "at most a second": lambda ms, mb: (
            np.minimum(np.ceil(ms), 1000).sum() / 1000 * mb / 1024 * P
        ),
        "small integers": lambda ms, mb: (
            np.ceil(ms).astype(np.uint16).sum(dtype=np.uint16) / 1000 * mb / 1024 * P
        ),
        "the first hundred": lambda ms, mb: (
            np.ceil(ms[:100]).sum() / 1000 * mb / 1024 * P
        ),
        "nothing": lambda ms, mb: None,
    },
    "batch_from": {
        "works for nothing": lambda s, t, ms, m, k: 1000 * s * t / (ms * m * P),
        "one at a time": lambda s, t, ms, m, k: night(s, t, ms, m, 1),
        "negative": lambda s, t, ms, m, k: s * t * 1e3 / ms / (m * P - s / k),
        "zero for never": lambda s, t, ms, m, k: (
            night(s, t, ms, m, k) if m * P > s / k else 0
        ),
        "milliseconds as seconds": partial(night, factor=1e-3),
        "all day": lambda s, t, ms, m, k: 86_400_000 * s / (ms * m * P),
        "one more": partial(night, extra=1.0),
        "whole": lambda s, t, ms, m, k: (
            n if np.isinf(n := night(s, t, ms, m, k)) else int(n)
        ),
        "no memory": lambda s, t, ms, m, k: night(s, t, ms, 1, k),
        "multiplied": lambda s, t, ms, m, k: (
            s * t * 1e3 / ms / (m * P - s * k) if m * P > s * k else np.inf
        ),
        "start in minutes": partial(night, factor=60),
        "the price an hour": lambda s, t, ms, m, k: night(3600 * s, t, ms, m, k),
        "always finite": lambda s, t, ms, m, k: abs(s * t * 1e3 / ms / (m * P - s / k)),
        "the lesson's": lambda s, t, ms, m, k: 7986.0,
        "never": lambda s, t, ms, m, k: np.inf,
        "turned round": lambda s, t, ms, m, k: 1 / night(s, t, ms, m, k),
        "two at least": lambda s, t, ms, m, k: night(s, t, ms, m, max(k, 2)),
        "what a day holds": lambda s, t, ms, m, k: (
            n
            if np.isinf(n := night(s, t, ms, m, k))
            else min(n, k * (86_400 - t) * 1000 / ms)
        ),
        "nothing": lambda s, t, ms, m, k: None,
    },
    "at_zero": {
        "the misconception": (200 * 0.05 / 86_400,) * 3,
        "the same": (0.89, 0.89, 0.89),
        "turned round": (0.0139, 0.34, 0.89),
        "percent": (89, 34, 1.4),
        "idle": (0.11, 0.66, 0.986),
        "not kept": (0.41, 0.27, 0.0035),
        "eight hours": (1.0, 1 / 3, 0.014),
        "of eight hours": (0.89, 0.98, 0.014),
        "no start": (0.89, 0.34, 0.0104),
        "seconds": (76_000, 29_000, 1200),
        "one start each": (0.89, 0.34, 0.97),
        "two": (0.89, 0.34),
        "not sorted": (0.6, 0.34, 0.0139),
        "texts": ("most", "a third", "little"),
        "not a number": (np.nan, 0.34, 0.0139),
        "nothing": (None, None, None),
    },
}
RIGHT = {
    "bill": [loop, by_floor, of_the_lesson],
    "batch_from": [by_search, by_cases, with_numpy],
    "at_zero": [
        (0.87, 0.342, 0.01389),
        (np.float32(0.93), np.float64(0.335), 1200 / 86_400),
        (np.array(0.89), 0.34, 0.0139),
    ],
}
SAYS = {
    "bill": {
        "not rounded": "each by itself",
        "the sum rounded": "not their sum",
        "to the nearest": "not to the nearest",
        "down": "not down",
        "milliseconds as seconds": "these are milliseconds",
        "a thousand MB": "1,024 MB",
        "MB as GB": "these are MB",
        "the mean": "add them up",
    },
    "batch_from": {
        "works for nothing": "while it works",
        "one at a time": "several requests at once",
        "negative": "return np.inf",
        "milliseconds as seconds": "thousandths",
        "all day": "the job ends",
    },
    "at_zero": {
        "the misconception": "how long the model works",
        "the same": "simulate",
        "not sorted": "sorted",
        "percent": "from 0 to 1",
    },
}
STUBS = {
    "bill": lambda milliseconds, megabytes: ...,
    "batch_from": lambda per_second, start, milliseconds, memory, at_once: ...,
    "at_zero": (...,) * 3,
}
NEEDS = {
    "np": np,
    "prices": prices,
    "DAY": 86_400,
    "start": 300,
    "keep": 900,
    "seed": 0,
}
# The lesson's definitions are compared with those of course.hosting on these.
ARGUMENTS = {
    "awake": [np.array([8.0, 15.0, 62.0, 70.0, 128.0, 150.0]), 5.0, 15.0],
    "on_share": [np.array([5.0, 200.0, 1e6]), 300.0, 900.0],
    "serverless": [np.array([200.0, 1e6]), np.array([50.0, 0.3]), 2],
    "batch": [np.array([1.0, 1e6]), 50, 3600.0, 300, 2, 3e-5],
}
DURATIONS = [np.array([0.2, 49.9, 50.0, 1200.4]), np.array([3.0, 7.5])]
DURATIONS += [np.full(150, 2_500.5)]  # many, and more than 16 bits hold
NIGHTS = [(3e-5, 300, 50, 2, 2), (1e-3, 120, 200, 4, 3), (5e-5, 60, 9, 1, 5)]
NIGHTS += [(3e-5, 0.05, 50, 2, 1), (3e-5, 3e7, 50, 2, 2)]  # one; more than a day has
PROBES = {
    "bill": lambda answer: [
        1e6 * answer(ms, mb) for ms in DURATIONS for mb in (1024, 5120)
    ],
    "batch_from": lambda answer: [answer(*each) for each in NIGHTS],
    # chance moves them by a few hundredths of themselves: they are compared to tenths
    "at_zero": lambda *shares: [round(10 * math.log(share)) for share in shares],
}


def test_the_bounds_hold_whatever_the_day():
    for seed in range(300):
        rng = np.random.default_rng(seed)
        day = [
            rng.uniform(0, 86_400, 200),
            rng.uniform(9 * 3600, 17 * 3600, 200),
            rng.uniform(3 * 3600, 3 * 3600 + 60, 200),
        ]
        for (low, high), moments in zip(check.BOUNDS.values(), day, strict=True):
            spans = hosting.awake(np.sort(moments), 300, 900)
            assert low < np.diff(spans).sum() / 86_400 < high


def test_durations_that_are_rounded_in_place_are_refused(capsys):
    check.bill(lambda ms, mb: np.ceil(ms, out=ms).sum() / 1000 * mb / 1024 * P)
    assert "it changes milliseconds itself" in capsys.readouterr().out
