"""How long a job takes on a machine that may disappear, with checkpoints or without."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike


def minutes(work: float, every: float, write: float, gap: Callable[[], float]) -> float:
    """Simulate one job; return the minutes until its work is done.

    It is saved after `every` minutes of work, which takes `write`. `gap` draws the
    minutes until the machine disappears; the next one is there at once, and what was
    not saved is done again.
    """
    clock, done, gone = 0.0, 0.0, gap()
    while done < work:
        piece = min(every, work - done)
        if clock + piece + write > gone:
            clock, gone = gone, gone + gap()
        else:
            clock, done = clock + piece + write, done + piece
    return clock


def expected(work: ArrayLike, rate: ArrayLike) -> np.ndarray:
    """Expected minutes of a job without checkpoints, at `rate` interruptions a minute.

    They come by chance, without memory: (e^(rate work) - 1) / rate.
    """
    return np.expm1(np.multiply(rate, work)) / rate


def with_checkpoints(
    work: ArrayLike, every: ArrayLike, write: ArrayLike, rate: ArrayLike
) -> np.ndarray:
    """Expected minutes of a job that is saved after `every` minutes, in `write` more.

    J. T. Daly (2006), Future Generation Computer Systems 22, 303-312.
    """
    return np.divide(work, every) * expected(np.add(every, write), rate)
