"""The exercises of lesson 20: answers that are wrong, right, and not attempted."""

import math
from functools import partial

import numpy as np
from scipy import optimize

from course.check import spot as check


def by_a_series(work, rate, wait):
    x = rate * work
    count = sum(x**k / math.factorial(k) for k in range(1, 60))
    return count / rate + count * wait


def by_renewal(work, rate, wait):
    """The time until the first end without an interruption, by its equation."""
    fails = 1 - np.exp(-rate * work)
    a_try = fails / rate
    return (a_try + fails * wait) / (1 - fails)


def by_search(machines, rate, write):
    def overhead(log):
        every = np.exp(log)
        return np.log(write / every + machines * rate * every / 2)

    young = np.log(2 * write / (machines * rate)) / 2
    found = optimize.minimize_scalar(overhead, (young - 1, young + 2), tol=1e-14)
    return np.exp(found.x) if abs(found.x - young) > 1e-3 else np.exp(young)


def least(machines, rate, write):
    """The interval of the least expected time, by search, not by Young."""
    rate = machines * rate
    young = np.sqrt(2 * write / rate)
    slope = partial(_slope, rate=rate, write=write)
    return optimize.brentq(slope, young * 1e-6, young * 2, xtol=1e-15)


def _slope(every, rate, write):
    return np.exp(-rate * (every + write)) - 1 + rate * every


def through_the_gap(machines, rate, write):
    return (2 * write * (1 / rate / machines)) ** 0.5


def e(work, rate):
    return math.exp(rate * work)


WRONG = {
    "expected_minutes": {
        "no wait": lambda w, r, t: (e(w, r) - 1) / r,
        "one wait": lambda w, r, t: (e(w, r) - 1) / r + t,
        "a wait for each start": lambda w, r, t: (e(w, r) - 1) / r + t * e(w, r),
        "waits of the work": lambda w, r, t: (e(w, r) - 1) / r + t * r * w,
        "lost while waiting": lambda w, r, t: (e(w + t, r) - 1) / r,
        "straight": lambda w, r, t: w + r * w * (w / 2 + t),
        "the work": lambda w, r, t: w,
        "no repetition": lambda w, r, t: w + r * w * t,
        "forgets the one": lambda w, r, t: e(w, r) * (1 / r + t),
        "a gap": lambda w, r, t: 1 / r + t,
        "turned": lambda w, r, t: (1 - 1 / e(w, r)) * (1 / r + t),
        "the rate as minutes": lambda w, r, t: (math.exp(w / r) - 1) * (r + t),
        "hours": lambda w, r, t: (e(w, r) - 1) * (1 / r + t) / 60,
        "halved wait": lambda w, r, t: (e(w, r) - 1) * (1 / r + t / 2),
        "a table": lambda w, r, t: 107.6,
        "nothing": lambda w, r, t: None,
        "a word": lambda w, r, t: "long",
    },
    "best_interval": {
        "one machine": lambda m, r, d: math.sqrt(2 * d / r),
        "longer": lambda m, r, d: math.sqrt(2 * d * m / r),
        "divided": lambda m, r, d: math.sqrt(2 * d / r) / m,
        "multiplied": lambda m, r, d: math.sqrt(2 * d / r) * m,
        "without two": lambda m, r, d: math.sqrt(d / (m * r)),
        "the rate as minutes": lambda m, r, d: math.sqrt(2 * d * r / m),
        "the gap": lambda m, r, d: 1 / (m * r),
        "no root": lambda m, r, d: 2 * d / (m * r),
        "turned round": lambda m, r, d: math.sqrt(m * r / (2 * d)),
        "two writes": lambda m, r, d: 2 * math.sqrt(d / (m * r)),
        "each machine writes": lambda m, r, d: math.sqrt(2 * d / r),
        "squared": lambda m, r, d: math.sqrt(2 * d / (m * m * r)),
        "less the write": lambda m, r, d: math.sqrt(2 * d / (m * r)) - d,
        "the curve's least": least,
        "rounded": lambda m, r, d: round(math.sqrt(2 * d / (m * r))),
        "the lesson's": lambda m, r, d: 4.47,
        "nothing": lambda m, r, d: None,
    },
    "exact": {
        "the misconception": (False, False, False, False, True),
        "all": (True,) * 5,
        "none": (False,) * 5,
        "half": (True, False, True, False, True),
        "borrowed": (False, True, True, False, True),
        "seeded": (False, False, True, True, True),
        "not again": (False, False, True, False, False),
        "turned round": (True, True, False, True, False),
        "numbers": (0, 0, 1, 0, 1),
        "words": ("no", "no", "yes", "no", "yes"),
        "losses": (0.1, 0.2, 0.0, 0.3, 0.0),
        "nothing": (None,) * 5,
        "lists": ([False], [False], [True], [False], [True]),
    },
}
RIGHT = {
    "expected_minutes": [
        by_a_series,
        by_renewal,
        lambda work, rate, wait: (
            np.float64(e(work, rate) - 1) * (1 + rate * wait) / rate
        ),
    ],
    "best_interval": [
        by_search,
        through_the_gap,
        lambda machines, rate, write: np.array(write * 2 / rate / machines) ** 0.5,
    ],
    "exact": [
        (False, False, True, False, True),
        (np.False_, np.False_, np.True_, np.False_, np.True_),
        (0 > 1, 1 > 2, 2 > 1, 3 > 4, 5 > 4),
    ],
}
SAYS = {
    "expected_minutes": {
        "no wait": "without waiting",
        "one wait": "one for each interruption",
        "a wait for each start": "count the interruptions only",
        "waits of the work": "run for longer",
        "lost while waiting": "no machine is there",
        "straight": "interrupted again",
    },
    "best_interval": {
        "one machine": "any of them",
        "longer": "save more often",
        "divided": "under the root",
        "without two": "half an interval",
        "the rate as minutes": "not minutes between",
        "the gap": "save more often",
        "less the write": "Daly's first formula",
        "the curve's least": "Young's formula is asked for",
    },
    "exact": {
        "the misconception": "drawn anew",
        "half": "three digits",
        "borrowed": "the tensors themselves",
        "seeded": "a seed of your own",
        "not again": "itself resumed",
        "numbers": "True or False",
    },
}
STUBS = {
    "expected_minutes": lambda work, rate, wait: ...,
    "best_interval": lambda machines, rate, write: ...,
    "exact": (...,) * 5,
}
NEEDS = {"np": np}
# The lesson's definitions are compared with those of course.spot on these.
ARGUMENTS = {
    "minutes": [30.0, 4.0, 0.5, lambda: 9.0],
    "expected": [60.0, 0.05],
    "with_checkpoints": [60.0, 4.0, 0.5, 0.05],
}
ASKED = [(60.0, 1 / 60, 5.0), (10.0, 0.4, 1.5), (120.0, 0.01, 12.0)]
CLUSTERS = [(4, 0.05, 0.5), (9, 0.01, 2.0), (2, 0.3, 0.05)]
PROBES = {
    "expected_minutes": lambda answer: [answer(*each) for each in ASKED],
    "best_interval": lambda answer: [answer(*each) for each in CLUSTERS],
}


def test_the_five_checkpoints_are_told_apart_by_name():
    assert list(check.RESUMES) == ["half", "borrowed", "epoch", "seeded", "again"]
