"""The exercises of lesson 24: two bills, and when an endpoint is at zero."""

import numpy as np

from course import prices
from course.check import as_parts, as_share, exercise, expect, expect_same

TRAFFIC = "spread", "office", "burst"
# The shares of the day that an instance runs, with room for one day's chance.
BOUNDS = {"spread": (0.78, 0.97), "office": (0.31, 0.36), "burst": (0.0135, 0.0145)}


@exercise(
    "Each request is billed in whole milliseconds: which function rounds up?",
    "1,000 milliseconds are a second, and 1,024 MB a GB.",
    "np.ceil(milliseconds).sum() / 1000 * megabytes / 1024 * prices.PER_GB_SECOND",
)
def bill(answer):
    """A function (milliseconds, megabytes) -> dollars of these requests, without data.

    `milliseconds` are the durations of single requests, an array.
    """
    expect_same(
        answer,
        _bill,
        _requests,
        cases=[{"milliseconds": np.array([49.2, 50.0, 0.3]), "megabytes": 3072}],
        mistakes={
            "each request is billed in whole milliseconds: round up, each by itself.": (
                lambda milliseconds, megabytes: _dollars(milliseconds.sum(), megabytes)
            ),
            "each request is rounded up by itself, not their sum.": (
                lambda milliseconds, megabytes: _dollars(
                    np.ceil(milliseconds.sum()), megabytes
                )
            ),
            "what has begun is billed: up, not to the nearest.": (
                lambda milliseconds, megabytes: _dollars(
                    np.round(milliseconds).sum(), megabytes
                )
            ),
            "up, not down.": lambda milliseconds, megabytes: _dollars(
                np.floor(milliseconds).sum(), megabytes
            ),
            "the price is for a second, and these are milliseconds.": (
                lambda milliseconds, megabytes: 1000 * _bill(milliseconds, megabytes)
            ),
            "a GB of memory has 1,024 MB.": lambda milliseconds, megabytes: (
                1.024 * _bill(milliseconds, megabytes)
            ),
            "the price is for a GB, these are MB.": lambda milliseconds, megabytes: (
                1024 * _bill(milliseconds, megabytes)
            ),
            "that is one of them on average: add them up.": (
                lambda milliseconds, megabytes: (
                    _bill(milliseconds, megabytes) / len(milliseconds)
                )
            ),
        },
    )
    return "A request of 0.3 milliseconds is paid as one of a whole."


def _dollars(milliseconds, megabytes):
    return milliseconds / 1000 * megabytes / 1024 * prices.PER_GB_SECOND


def _bill(milliseconds, megabytes):
    return _dollars(np.ceil(milliseconds).sum(), megabytes)


def _requests(rng, size):
    whole = rng.random(size) < 0.2
    milliseconds = rng.gamma(2, np.exp(rng.uniform(0, 5)), size)
    milliseconds = np.where(whole, np.ceil(milliseconds), milliseconds)
    return {
        "milliseconds": milliseconds,
        "megabytes": 1024 * int(rng.integers(1, 7)),
    }


@exercise(
    "Write both bills of a night with n requests, and set them equal.",
    "The job costs per_second * (start + n * seconds / at_once).",
    "n is per_second * start over seconds * (memory * p - per_second / at_once); where "
    "that bracket is not above zero, a request costs more in the job, and n is np.inf.",
)
def batch_from(answer):
    """A function of five numbers -> requests a night from which a job is cheaper.

    They are per_second, start, milliseconds, memory and at_once; np.inf if never.
    """
    expect_same(
        answer,
        _batch_from,
        _nights,
        cases=[
            {
                "per_second": 0.115 / 3600,
                "start": 300,
                "milliseconds": 50,
                "memory": 2,
                "at_once": 2,
            },
            {
                "per_second": 0.001,
                "start": 120,
                "milliseconds": 200,
                "memory": 4,
                "at_once": 3,
            },
        ],
        mistakes={
            "the job is paid for while it works, too, not only while it starts.": (
                lambda per_second, start, milliseconds, memory, at_once: (
                    per_second * start / (milliseconds / 1000 * _price(memory))
                )
            ),
            "it works on several requests at once, and is paid for as one.": (
                lambda per_second, start, milliseconds, memory, at_once: _batch_from(
                    per_second, start, milliseconds, memory, 1
                )
            ),
            "where a request costs more in the job than serverless, the job is never "
            "cheaper: return np.inf.": _unbounded,
            "milliseconds are thousandths of a second.": (
                lambda per_second, start, milliseconds, memory, at_once: (
                    _batch_from(per_second, start, milliseconds, memory, at_once) / 1000
                )
            ),
            "that is an instance that runs all day: the job ends.": (
                lambda per_second, start, milliseconds, memory, at_once: (
                    per_second * 86_400 / (milliseconds / 1000 * _price(memory))
                )
            ),
        },
        what="the number of requests",
    )
    return "With start and patience the border of batch moves; below it, serverless."


def _price(memory):
    return memory * prices.PER_GB_SECOND


def _unbounded(per_second, start, milliseconds, memory, at_once):
    saved = _price(memory) - per_second / at_once
    return per_second * start / (milliseconds / 1000 * saved)


def _batch_from(per_second, start, milliseconds, memory, at_once):
    found = _unbounded(per_second, start, milliseconds, memory, at_once)
    return found if found > 0 else np.inf


def _nights(rng, size):
    memory, at_once = int(rng.integers(1, 7)), int(rng.integers(1, 9))
    even = _price(memory) * at_once  # dollars a second at which neither is cheaper
    return {
        "per_second": float(even * rng.uniform(0.1, 0.9) * rng.choice([1, 1, 3])),
        "start": int(rng.integers(60, 601)),
        "milliseconds": int(rng.integers(2, 3000)),
        "memory": memory,
        "at_once": at_once,
    }


@exercise(
    "np.diff(awake(moments, start, keep)).sum() are the seconds with an instance.",
    "rng.uniform(9 * 3600, 17 * 3600, 200) are moments of the office; sort them.",
    "Divide by DAY, and return the three shares in the order of the text.",
)
def at_zero(spread, office, burst):
    """The shares of the day that the instance runs, of three kinds of traffic."""
    found = as_parts([spread, office, burst], TRAFFIC)
    shares = [
        as_share(share, f'the share of "{name}"')
        for name, share in zip(TRAFFIC, found, strict=True)
    ]
    expect(
        max(shares) > 0.01,
        "that is how long the model works. The instance starts, and is kept, besides.",
    )
    expect(
        np.ptp(shares) > 0.01,
        "they are as idle as each other, and yet not equally long at zero: simulate.",
    )
    for name, share in zip(TRAFFIC, shares, strict=True):
        low, high = BOUNDS[name]
        less = "less" if share < low else "more"
        expect(
            low <= share <= high,
            f'"{name}" is {share:.3g}, {less} than any day would have. Are the moments '
            "sorted, in seconds, and 200?",
        )
    return (
        "200 requests each time, 10 seconds of work, and bills that differ by a factor "
        "of about sixty: count not the idle hours, but their pieces."
    )
