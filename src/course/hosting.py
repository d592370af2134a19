"""What four ways of hosting a model cost a day, by how often it is asked.

Requests come at random, evenly over the day. Prices are in US dollars, memory in GB.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from course import prices

DAY = 86_400  # seconds


def awake(arrivals: Iterable[float], start: float, keep: float) -> np.ndarray:
    """Return from when until when an instance that scales to zero runs, (starts, 2).

    A request wakes it, and it starts for `start` seconds. It ends `keep` seconds after
    the last request. `arrivals` are in their order, in seconds.
    """
    spans: list[list[float]] = []
    for moment in arrivals:
        if spans and moment < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], moment + keep)
        else:
            spans.append([moment, moment + start + keep])
    return np.array(spans).reshape(-1, 2)


def on_share(requests: ArrayLike, start: float, keep: float) -> np.ndarray:
    """Share of the day that such an instance runs, where requests come at random."""
    rate = np.divide(requests, DAY)
    none = np.exp(-rate * keep)  # the chance that nobody asks for so long
    return 1 - none / (1 + rate * start * none)


def serverless(
    requests: ArrayLike, milliseconds: ArrayLike, memory: ArrayLike
) -> np.ndarray:
    """Dollars a day of a serverless endpoint, without the data.

    Each request takes so long; it is billed in whole milliseconds.
    https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
    """
    seconds: np.ndarray = np.multiply(requests, np.ceil(milliseconds)) / 1000
    return seconds * memory * prices.PER_GB_SECOND


def batch(
    requests: ArrayLike,
    milliseconds: ArrayLike,
    wait: ArrayLike,
    start: float,
    at_once: int,
    per_second: float,
) -> np.ndarray:
    """Dollars a day of transform jobs, so many that nobody waits longer than `wait`.

    A job starts for `start` seconds and then works on `at_once` requests at a time. A
    period in which nobody asks has no job. `wait` is above `start`.
    """
    rate = np.divide(requests, DAY)
    work = np.divide(milliseconds, 1000 * at_once)
    every = np.subtract(wait, start) / (1 + rate * work)
    jobs = DAY / every * -np.expm1(-rate * every)
    return per_second * (jobs * start + requests * work)
