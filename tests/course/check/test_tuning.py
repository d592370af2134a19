"""The exercises of lesson 21: answers that are wrong, right, and not attempted."""

import math
from itertools import pairwise

import numpy as np
from scipy import integrate, stats

from course.check import tuning as check


def by_a_grid(low, high, best):
    """The mean of the gains of many losses; exact where the gain has no bend."""
    ends = [low, min(max(best, low), high), high]
    pieces = pairwise(ends)
    gains = [
        integrate.quad(lambda f: max(best - f, 0.0), *piece)[0] for piece in pieces
    ]
    return sum(gains) / (high - low)


def by_conditions(low, high, best):
    if best <= low:
        return 0.0
    if best >= high:
        return best - (low + high) / 2
    likely = (best - low) / (high - low)
    return likely * (best - low) / 2


def by_the_integral_of_the_distribution(low, high, best):
    """E max(best - f, 0) is the integral of the distribution function up to best."""
    belief = stats.uniform(low, high - low)
    knot = min(max(best, low), high)
    risen = integrate.quad(belief.cdf, low, knot)[0]
    return risen + max(best - high, 0.0)


def middle(low, high):
    return (low + high) / 2


WRONG = {
    "log_uniform": {
        "linear": lambda low, high, u: low + u * (high - low),
        "the logarithm": lambda low, high, u: (
            np.log(low) + u * (np.log(high) - np.log(low))
        ),
        "the power": lambda low, high, u: (
            np.log10(low) + u * (np.log10(high) - np.log10(low))
        ),
        "two bases": lambda low, high, u: (
            10 ** (np.log(low) + u * (np.log(high) - np.log(low)))
        ),
        "the other two bases": lambda low, high, u: np.exp(
            np.log10(low) + u * (np.log10(high) - np.log10(low))
        ),
        "turned round": lambda low, high, u: high * (low / high) ** u,
        "exponent of the ends": lambda low, high, u: np.exp(low + u * (high - low)),
        "ten to the ends": lambda low, high, u: 10 ** (low + u * (high - low)),
        "from one": lambda low, high, u: (high / low) ** u,
        "only high": lambda low, high, u: high**u,
        "squared": lambda low, high, u: low + u**2 * (high - low),
        "its own dice": lambda low, high, u: (
            low * (high / low) ** np.random.default_rng().random(len(u))
        ),
        "the first": lambda low, high, u: low * (high / low) ** u[0],
        "rounded": lambda low, high, u: np.round(low * (high / low) ** u, 3),
        "the lesson's range": lambda low, high, u: 1e-4 * 1e4**u,
        "changes its argument": lambda low, high, u: u.__imul__(0.5),
        "clipped": lambda low, high, u: np.clip(low * (high / low) ** u, 1e-8, 1e6),
        "harmonic": lambda low, high, u: 1 / (1 / low + u * (1 / high - 1 / low)),
        "sorted": lambda low, high, u: np.sort(low * (high / low) ** u),
        "even, not drawn": lambda low, high, u: np.geomspace(low, high, len(u)),
        "nothing": lambda low, high, u: None,
    },
    "expected_gain": {
        "gain of the mean": lambda low, high, best: max(best - middle(low, high), 0.0),
        "negative too": lambda low, high, best: best - middle(low, high),
        "how likely": lambda low, high, best: float(
            np.clip((best - low) / (high - low), 0, 1)
        ),
        "if there is one": lambda low, high, best: (
            max(best - low, 0.0) / 2 if best <= high else best - middle(low, high)
        ),
        "stops at high": lambda low, high, best: (
            (min(max(best, low), high) - low) ** 2 / (2 * (high - low))
        ),
        "beyond high": lambda low, high, best: (
            max(best - low, 0.0) ** 2 / (2 * (high - low))
        ),
        "below low": lambda low, high, best: (
            (best - low) ** 2 / (2 * (high - low))
            if best <= high
            else best - middle(low, high)
        ),
        "no half": lambda low, high, best: (
            max(best - low, 0.0) ** 2 / (high - low)
            if best <= high
            else best - middle(low, high)
        ),
        "to maximise": lambda low, high, best: by_conditions(-high, -low, -best),
        "the largest": lambda low, high, best: max(best - low, 0.0),
        "a normal belief": lambda low, high, best: normal(
            best, middle(low, high), (high - low) / math.sqrt(12)
        ),
        "not divided": lambda low, high, best: (
            by_conditions(low, high, best) * (high - low)
        ),
        "by luck": lambda low, high, best: float(
            np.maximum(
                best - np.random.default_rng().uniform(low, high, 10_000), 0
            ).mean()
        ),
        "the same luck": lambda low, high, best: float(
            np.maximum(
                best - np.random.default_rng(0).uniform(low, high, 10_000), 0
            ).mean()
        ),
        "the lesson's": lambda low, high, best: 0.25,
        "the rest": lambda low, high, best: by_conditions(-high, -low, -best) or 1.0,
        "a fine grid": lambda low, high, best: float(
            np.maximum(best - np.linspace(low, high, 1000), 0).mean()
        ),
        "inside alone": lambda low, high, best: (
            by_conditions(low, high, best) if low < best < high else 0.0
        ),
        "whole": lambda low, high, best: round(by_conditions(low, high, best)),
        "nothing": lambda low, high, best: None,
    },
    "trials": {
        "the misconception": (59, 295),
        "on average": (20, 20),
        "one too few": (58, 58),
        "one too many": (60, 60),
        "not rounded": (58.4, 58.4),
        "squared": (59, 3481),
        "a hundred": (100, 100),
        "ninety-five": (95, 95),
        "only ten": (20, 59),
        "powers": (59, 59**5),
        "zero": (0, 0),
        "negative": (-59, -59),
        "endless": (math.inf, math.inf),
        "no number": (math.nan, math.nan),
        "a word": ("many", "more"),
        "nothing": (None, None),
    },
}


def normal(best, mean, deviation):
    z = (best - mean) / deviation
    return (best - mean) * stats.norm.cdf(z) + deviation * stats.norm.pdf(z)


RIGHT = {
    "log_uniform": [
        lambda low, high, u: np.exp(
            np.log(low) + np.asarray(u) * (np.log(high) - np.log(low))
        ),
        lambda low, high, u: (
            10 ** np.interp(u, [0, 1], [np.log10(low), np.log10(high)])
        ),
        lambda low, high, u: [low ** (1 - each) * high**each for each in u],
        lambda low, high, u: stats.loguniform(low, high).ppf(u),
    ],
    "expected_gain": [
        by_a_grid,
        by_conditions,
        by_the_integral_of_the_distribution,
    ],
    "trials": [
        (59, 59),
        (math.ceil(math.log(0.05) / math.log(0.95)), np.int64(59)),
        (59.0, np.float64(59)),
    ],
}
SAYS = {
    "log_uniform": {
        "linear": "linear scale",
        "the logarithm": "undo it",
        "the power": "raise 10",
        "two bases": "undone by",
        "turned round": "is to give `low`",
    },
    "expected_gain": {
        "gain of the mean": "of the average loss",
        "negative too": "never negative",
        "how likely": "not how large",
        "if there is one": "must be likely",
        "stops at high": "at least best - high",
        "beyond high": "stops at `high`",
        "below low": "begins at `low`",
        "no half": "half the gain",
    },
    "trials": {
        "the misconception": "whatever is drawn",
        "on average": "on average",
        "one too few": "all miss the best 5%",
        "one too many": "more than needed",
        "not rounded": "no number of trials",
    },
}
STUBS = {
    "log_uniform": lambda low, high, u: ...,
    "expected_gain": lambda low, high, best: ...,
    "trials": (..., ...),
}
NEEDS = {"np": np}
DRAWS = [(1e-4, 1.0, np.array([0.1, 0.6])), (0.02, 30.0, np.array([0.0, 0.35, 1.0]))]
DRAWS += [(1e-12, 1e9, np.array([0.5, 0.01, 0.99]))]
ASKED = [(1.0, 3.0, 2.2), (-2.0, 1.5, -3.0), (0.5, 4.0, 5.0), (-1.0, 0.5, -0.2)]
PROBES = {
    "log_uniform": lambda answer: [answer(a, b, u.copy()) for a, b, u in DRAWS],
    "expected_gain": lambda answer: [answer(*each) for each in ASKED],
}


def test_fewer_trials_than_are_right_are_not_enough_and_these_are():
    assert 0.95**check.TRIALS <= 0.05 < 0.95 ** (check.TRIALS - 1)
