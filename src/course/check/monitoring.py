"""The exercises of lesson 26: an index, a window, and M of N."""

import numpy as np

from course.check import Wrong, describe, exercise, expect, expect_same

WINDOWS = (10, 25, 100, 800)  # of exercise 2


@exercise(
    "First half a letter more in each class, then shares: q and r each sum to one.",
    "(r - q) * np.log(r / q), summed over the classes.",
    "q = (b + 0.5) / (b + 0.5).sum(), and r from w in the same way.",
)
def psi(answer):
    """A function (b, w) of counts by class -> the population stability index."""
    expect_same(
        answer,
        _psi,
        _counts,
        mistakes={
            "that compares counts: divide each by its sum first.": (
                lambda b, w: np.sum((w - b) * np.log((w + 0.5) / (b + 0.5)))
            ),
            "that is the half of it: ln(r / q) is weighted with r - q, not with r.": (
                lambda b, w: np.sum(_shares(w) * np.log(_shares(w) / _shares(b)))
            ),
            "that is the half of it: ln(q / r) is weighted with q - r, not with q.": (
                lambda b, w: np.sum(_shares(b) * np.log(_shares(b) / _shares(w)))
            ),
            "sum it over the classes, do not average.": (
                lambda b, w: _psi(b, w) / len(b)
            ),
            "the shares have to sum to one: divide by the sum with the halves.": (
                lambda b, w: _index((b + 0.5) / b.sum(), (w + 0.5) / w.sum())
            ),
            "it is the natural logarithm.": lambda b, w: _psi(b, w) / np.log(10),
            "it is the natural logarithm": lambda b, w: _psi(b, w) / np.log(2),
            "half a letter, not a whole one.": (
                lambda b, w: _index(_shares(b, 1.0), _shares(w, 1.0))
            ),
            "add the half before you divide: it is half a letter, no half share.": (
                lambda b, w: _index(b / b.sum() + 0.5, w / w.sum() + 0.5)
            ),
            "the sign is turned round: what grows has a positive logarithm.": (
                lambda b, w: -_psi(b, w)
            ),
        },
    )
    return "It is zero where nothing moves, and grows with every class that does."


def _psi(b, w):
    return _index(_shares(b), _shares(w))


def _shares(counts, more=0.5):
    more = np.asarray(counts) + more
    return more / more.sum()


def _index(q, r):
    return np.sum((r - q) * np.log(r / q))


def _counts(rng, size):
    classes = int(rng.integers(2, 14))
    shares = rng.dirichlet(np.ones(classes), 2)
    b = rng.multinomial(int(rng.integers(50, 3000)), shares[0])
    return {"b": b, "w": rng.multinomial(4 * size, shares[1])}


@exercise(
    "Call delay(n, 0.2) some forty times for each n, and compare the means.",
    "np.mean([delay(n, 0.2) for _ in range(40)])",
)
def best_window(best):
    """The window, of the four, that waits for the fewest letters on average."""
    expect(
        isinstance(best, int | np.integer) and not isinstance(best, bool),
        f"best is {describe(best)}: one of the windows {WINDOWS}.",
    )
    expect(best in WINDOWS, f"{best} is none of the windows {WINDOWS}.")
    if best == 10:
        raise Wrong(
            "ten letters are there soon, but two typed ones among them surprise "
            "nobody: measure how many such windows pass without an alarm."
        )
    if best == 25:
        raise Wrong(
            "25 letters hold five typed ones, which a test hardly tells from chance: "
            "measure it, often enough that the mean stands still."
        )
    if best == 800:
        raise Wrong(
            "800 letters ring with the first window, but that is 800 letters late."
        )
    return "Large enough to be surprised, small enough to be soon full."


@exercise(
    "Count the breaches of each period and of the n - 1 before it.",
    "Put n - 1 periods that do not breach in front, and sum each n in a row.",
    "[sum(breaching[max(0, i - n + 1) : i + 1]) >= m for i in range(len(breaching))]",
)
def rings(answer):
    """A function (breaching, m, n) -> for each period, whether the alarm rings."""
    expect_same(
        answer,
        _rings,
        _periods,
        cases=[
            {"breaching": np.array([True, False, True, True]), "m": 2, "n": 3},
            {"breaching": np.array([True, True, False, False, True]), "m": 2, "n": 4},
            {"breaching": np.array([True, True, True, True]), "m": 2, "n": 3},
            {"breaching": np.array([True, False, False, True]), "m": 2, "n": 3},
        ],
        mistakes={
            "at least m, not more than m.": (
                lambda breaching, m, n: _recent(breaching, n) > m
            ),
            "exactly m: more of them ring, too.": (
                lambda breaching, m, n: _recent(breaching, n) == m
            ),
            "the period itself is one of the n.": (
                lambda breaching, m, n: _recent(np.append(0, breaching)[:-1], n) >= m
            ),
            "that looks at n + 1 periods.": (
                lambda breaching, m, n: _recent(breaching, n + 1) >= m
            ),
            "that looks at all periods so far, not at the last n.": (
                lambda breaching, m, n: np.cumsum(breaching) >= m
            ),
            "the first periods can ring, too: what is before does not breach.": (
                lambda breaching, m, n: (
                    (_recent(breaching, n) >= m) & (np.arange(len(breaching)) >= n - 1)
                )
            ),
            "they need not follow each other: count them among the last n.": (
                lambda breaching, m, n: _recent(breaching, m) >= m
            ),
            "m and n are exchanged.": lambda breaching, m, n: (
                _recent(breaching, m) >= n
            ),
            "return a value for each period.": (
                lambda breaching, m, n: bool(_recent(breaching, n)[-1] >= m)
            ),
        },
        what="rings",
    )
    return "CloudWatch calls it DatapointsToAlarm out of EvaluationPeriods."


def _rings(breaching, m, n):
    return _recent(breaching, n) >= m


def _recent(breaching, n):
    """How many of the last n periods breach, at each (periods,)."""
    total = np.append(0, np.cumsum(breaching))
    ends = np.arange(1, len(total))
    return total[ends] - total[np.maximum(0, ends - n)]


def _periods(rng, size):
    n = int(rng.integers(2, 7))
    breaching = rng.random(size) < rng.choice([0.2, 0.5, 0.8])
    return {"breaching": breaching, "m": int(rng.integers(1, n + 1)), "n": n}
