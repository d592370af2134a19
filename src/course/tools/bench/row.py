"""One measurement, how much is measured, and the clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measurement, what it is compared with, and what is promised."""

    what: str
    measured: str
    reference: str
    bar: str


@dataclass(frozen=True)
class Size:
    """How much is measured; the defaults are those of the page."""

    runs: int = 5  # repetitions of what takes about a second
    requests: int = 10_000
    megabytes: int = 300
    epochs: int = 20
    rounds: int = 3  # of what is measured again, each beside its reference
    objects: int = 10_000
    jobs: int = 2_000


def seconds(function: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
