"""The exercises of lesson 26: answers that are wrong, right, and not attempted."""

import math

import numpy as np
from scipy import special


def shares(counts, more=0.5):
    total = sum(counts) + more * len(counts)
    return np.array([(c + more) / total for c in counts])


def index(b, w, more=0.5):
    q, r = shares(b, more), shares(w, more)
    return float(((r - q) * np.log(r / q)).sum())


def by_loops(b, w):
    found, both = 0.0, (sum(b) + len(b) / 2, sum(w) + len(w) / 2)
    for before, now in zip(b, w, strict=True):
        q, r = (before + 0.5) / both[0], (now + 0.5) / both[1]
        found += (r - q) * (math.log(r) - math.log(q))
    return found


def as_two_divergences(b, w):
    q, r = shares(b), shares(w)
    return special.kl_div(q, r).sum() + special.kl_div(r, q).sum()


def rings(breaching, m, n):
    return [sum(breaching[max(0, i - n + 1) : i + 1]) >= m for i, _ in each(breaching)]


def each(breaching):
    return enumerate(breaching)


def by_convolution(breaching, m, n):
    full = np.convolve(np.asarray(breaching, int), np.ones(n, int))
    return full[: len(breaching)] >= m


def with_a_queue(breaching, m, n):
    recent, found = [], []
    for one in breaching:
        recent = [*recent, bool(one)][-n:]
        found.append(recent.count(True) >= m)
    return np.array(found)


WRONG = {
    "psi": {
        "counts": lambda b, w: ((w - b) * np.log((w + 0.5) / (b + 0.5))).sum(),
        "one divergence": lambda b, w: (
            shares(w) * np.log(shares(w) / shares(b))
        ).sum(),
        "the other": lambda b, w: (shares(b) * np.log(shares(b) / shares(w))).sum(),
        "mean": lambda b, w: index(b, w) / len(b),
        "no half": lambda b, w: index(b, w, 1e-9),
        "a whole": lambda b, w: index(b, w, 1.0),
        "base ten": lambda b, w: index(b, w) / math.log(10),
        "base two": lambda b, w: index(b, w) / math.log(2),
        "not normalised": lambda b, w: (
            ((w + 0.5) / w.sum() - (b + 0.5) / b.sum())
            * np.log((w + 0.5) / w.sum() / ((b + 0.5) / b.sum()))
        ).sum(),
        "sign": lambda b, w: -index(b, w),
        "without logarithm": lambda b, w: np.abs(shares(b) - shares(w)).sum(),
        "chi-square": lambda b, w: ((shares(b) - shares(w)) ** 2 / shares(b)).sum(),
        "each class": lambda b, w: (
            (shares(w) - shares(b)) * np.log(shares(w) / shares(b))
        ),
        "a constant": lambda b, w: 0.2,
        "nothing": lambda b, w: None,
        "changes b": lambda b, w: (b.__iadd__(1), index(b, w))[1],
    },
    "best_window": {
        "the misconception": 10,
        "small": 25,
        "large": 800,
        "between": 50,
        "a mean": 131.5,
        "a text": "100",
        "all": [10, 25, 100, 800],
        "index": 2,
        "true": True,
        "nothing": None,
        "a float": 100.0,
    },
    "rings": {
        "more than": lambda breaching, m, n: np.array(rings(breaching, m + 1, n)),
        "exactly": lambda breaching, m, n: by_exactly(breaching, m, n),
        "late": lambda breaching, m, n: [False, *rings(breaching, m, n)][:-1],
        "n + 1": lambda breaching, m, n: rings(breaching, m, n + 1),
        "n - 1": lambda breaching, m, n: rings(breaching, m, n - 1),
        "so far": lambda breaching, m, n: np.cumsum(breaching) >= m,
        "full windows": lambda breaching, m, n: [
            one and i >= n - 1 for i, one in enumerate(rings(breaching, m, n))
        ],
        "in a row": lambda breaching, m, n: rings(breaching, m, m),
        "exchanged": lambda breaching, m, n: rings(breaching, n, m),
        "the last": lambda breaching, m, n: rings(breaching, m, n)[-1:],
        "stays": lambda breaching, m, n: np.maximum.accumulate(rings(breaching, m, n)),
        "future": lambda breaching, m, n: rings(breaching[::-1], m, n)[::-1],
        "itself": lambda breaching, m, n: breaching,
        "only if it breaches": lambda breaching, m, n: (
            breaching & rings(breaching, m, n)
        ),
        "nothing": lambda breaching, m, n: None,
    },
}


def by_exactly(breaching, m, n):
    return [sum(breaching[max(0, i - n + 1) : i + 1]) == m for i, _ in each(breaching)]


RIGHT = {
    "psi": [by_loops, as_two_divergences, lambda b, w: np.array(index(w, b))],
    "best_window": [100, np.int64(100), np.uint8(100)],
    "rings": [rings, by_convolution, with_a_queue],
}
SAYS = {
    "psi": {
        "counts": "divide each by its sum",
        "one divergence": "r - q",
        "mean": "do not average",
        "base ten": "natural logarithm",
        "a whole": "half a letter",
        "sign": "turned round",
        "not normalised": "sum to one",
    },
    "best_window": {
        "the misconception": "surprise nobody",
        "small": "chance",
        "large": "late",
        "between": "none of the windows",
    },
    "rings": {
        "more than": "at least m",
        "exactly": "exactly m",
        "late": "itself",
        "n + 1": "n + 1",
        "so far": "so far",
        "full windows": "first periods",
        "in a row": "follow each other",
        "exchanged": "exchanged",
    },
}
STUBS = {
    "psi": lambda b, w: ...,
    "best_window": ...,
    "rings": lambda breaching, m, n: ...,
}
NEEDS = {"np": np}
COUNTS = [([200, 300, 500], [2, 9, 9]), ([50, 1, 0, 9], [0, 8, 1, 1])]
PERIODS = [([1, 0, 1, 1, 0, 0, 1, 1, 1], 2, 3), ([0, 1, 1, 1, 0, 1], 3, 4), ([1], 1, 2)]
PROBES = {
    "psi": lambda answer: [answer(np.array(b), np.array(w)) for b, w in COUNTS],
    "rings": lambda answer: [
        np.asarray(answer(np.array(row, bool), m, n), int) for row, m, n in PERIODS
    ],
}
