"""The exercises of lesson 28: answers that are wrong, right, and not attempted."""

import heapq
import math
from fractions import Fraction

import numpy as np
from scipy import stats

from course import costs


def wished(count, metric, target, rounded=math.ceil):
    if metric > target or metric < 0.9 * target:
        return rounded(count * metric / target)
    return count


def bounded(count, least, most):
    return min(max(count, least), most)


def by_search(count, metric, target, least, most):
    """The least number within the bounds whose metric is not above the target."""
    if 0.9 * target <= metric <= target:
        return bounded(count, least, most)
    for found in range(least, most):
        if count * metric <= target * found:
            return found
    return most


def in_fractions(count, metric, target, least, most):
    if metric > target or 10 * metric < 9 * target:
        count = math.ceil(Fraction(count) * Fraction(metric) / Fraction(target))
    return sorted([least, count, most])[1]


def with_arrays(count, metric, target, least, most):
    new = np.ceil(np.array(count) * metric / target)
    steady = (metric <= target) and (metric >= 0.9 * target)
    return np.clip(np.where(steady, count, new), least, most)


def by_steps(on_demand, plan, upfront, month):
    a_year = upfront + 12 * month * plan
    return a_year / on_demand / 12


def by_bisection(on_demand, plan, upfront, month):
    low, high = 0.0, 1e7
    for _ in range(200):
        middle = (low + high) / 2
        dearer = on_demand * middle > upfront / 12 + plan * month
        low, high = (low, middle) if dearer else (middle, high)
    return (low + high) / 2


WRONG = {
    "doubled": {
        "the misconception": 0.75,
        "the mean": 2 / 3,
        "full": 1.0,
        "90%": 0.9,
        "80%": 0.8,
        "a half": 0.5,
        "60%": 0.6,
        "percent": 71,
        "the tail": 4.6,
        "negative": -0.71,
        "nothing": None,
        "a word": "71%",
        "not a number": float("nan"),
        "two loads": [0.5, 0.71],
    },
    "hours_to_break_even": {
        "no upfront": lambda o, p, u, m: p * m / o,
        "all of it": lambda o, p, u, m: (u + p * m) / o,
        "a year": lambda o, p, u, m: (u + 12 * p * m) / o,
        "what is saved": lambda o, p, u, m: u / 12 / (o - p),
        "a share": lambda o, p, u, m: (u / 12 / m + p) / o,
        "the others": lambda o, p, u, m: m - (u / 12 + p * m) / o,
        "the discount": lambda o, p, u, m: (1 - p / o) * m,
        "dollars": lambda o, p, u, m: u / 12 + p * m,
        "turned round": lambda o, p, u, m: o / (u / 12 + p * m),
        "730 hours": lambda o, p, u, m: (u / 12 + p * 730.001) / o,
        "whole hours": lambda o, p, u, m: (u // 12 + p * m) // o,
        "a month of days": lambda o, p, u, m: (u / 365 * 30 + p * m) / o,
        "the plan's hours": lambda o, p, u, m: (u / 12 + o * m) / p,
        "a constant": lambda o, p, u, m: 511,
        "nothing": lambda o, p, u, m: None,
    },
    "desired": {
        "no margin": lambda c, m, t, lo, hi: bounded(math.ceil(c * m / t), lo, hi),
        "rounded": lambda c, m, t, lo, hi: bounded(wished(c, m, t, round), lo, hi),
        "down": lambda c, m, t, lo, hi: bounded(wished(c, m, t, math.floor), lo, hi),
        "no bounds": lambda c, m, t, lo, hi: wished(c, m, t),
        "only above": lambda c, m, t, lo, hi: min(wished(c, m, t), hi),
        "only below": lambda c, m, t, lo, hi: max(wished(c, m, t), lo),
        "one more": lambda c, m, t, lo, hi: bounded(
            c + (m > t) - (m < 0.9 * t), lo, hi
        ),
        "upside down": lambda c, m, t, lo, hi: bounded(
            math.ceil(c * t / (m or 1)), lo, hi
        ),
        "never fewer": lambda c, m, t, lo, hi: bounded(max(c, wished(c, m, t)), lo, hi),
        "never more": lambda c, m, t, lo, hi: bounded(min(c, wished(c, m, t)), lo, hi),
        "one too many": lambda c, m, t, lo, hi: bounded(
            c if 0.9 * t <= m <= t else int(c * m / t) + 1, lo, hi
        ),
        "late bounds": lambda c, m, t, lo, hi: (
            c if 0.9 * t <= m <= t else bounded(math.ceil(c * m / t), lo, hi)
        ),
        "both margins": lambda c, m, t, lo, hi: bounded(
            math.ceil(c * m / t) if abs(m - t) > 0.1 * t else c, lo, hi
        ),
        "not divided": lambda c, m, t, lo, hi: bounded(
            math.ceil(c * (m - t)) + c, lo, hi
        ),
        "at least one": lambda c, m, t, lo, hi: bounded(wished(c, m, t), 1, hi),
        "the target": lambda c, m, t, lo, hi: c,
        "nothing": lambda c, m, t, lo, hi: None,
    },
}
RIGHT = {
    "doubled": [0.71, 0.7, np.float64(0.715)],
    "hours_to_break_even": [
        by_steps,
        by_bisection,
        lambda on_demand, plan, upfront, month: np.array(
            month * (plan + upfront / (12 * month)) / on_demand
        ),
    ],
    "desired": [by_search, in_fractions, with_arrays],
}
SAYS = {
    "doubled": {
        "the misconception": "wait and service together",
        "the mean": "the mean wait doubles",
        "percent": "write 0.6",
        "80%": "more than twice",
        "60%": "not twice as long yet",
    },
    "hours_to_break_even": {
        "no upfront": "leaves the upfront part out",
        "all of it": "a twelfth",
        "a year": "of a year",
        "what is saved": "used or not",
        "a share": "hours are asked",
        "the others": "that the plan saves",
    },
    "desired": {
        "no margin": "changes all the time",
        "rounded": "round up",
        "down": "round up",
        "one more": "slow walk",
        "no bounds": "within",
    },
}
STUBS = {
    "doubled": ...,
    "hours_to_break_even": lambda on_demand, plan, upfront, month: ...,
    "desired": lambda count, metric, target, least, most: ...,
}
NEEDS = {"np": np, "heapq": heapq, "costs": costs, "stats": stats}
RNG = np.random.default_rng(0)
# The lesson's definitions are compared with those of course.costs on these.
ARGUMENTS = {
    "lost": [RNG.poisson(30, 50), np.full(50, 25.0)],
    "waits": [RNG.exponential(1.2, 50), RNG.exponential(size=50), 1],
    "commitment": [RNG.poisson(6, 200), 0.3],
    "follow": [RNG.poisson(40, 60), 7, 3, 2],
    "forecast": [RNG.normal(20, 4, 10), 30],
}
PLANS = [(0.115, 0.07, 200.0, 730), (2.0, 1.9, 10.0, 672), (0.5, 0.1, 900.0, 744)]
FLEETS = [
    (3, 9.0, 6.0, 1, 20),
    (4, 9.0, 6.0, 1, 20),
    (20, 5.5, 6.0, 1, 20),
    (10, 5.0, 6.0, 1, 20),
    (10, 50.0, 6.0, 1, 20),
    (20, 6.3, 6.0, 1, 50),
    (4, 0.0, 6.0, 2, 20),
    (9, 6.0, 6.0, 1, 8),
    (1, 6.0, 6.0, 2, 8),
    (7, 2.1, 0.7, 1, 40),
]
PROBES = {
    "hours_to_break_even": lambda answer: [answer(*each) for each in PLANS],
    "desired": lambda answer: [answer(*each) for each in FLEETS],
}


def test_the_tails_of_the_formula_double_where_the_check_says():
    def tail(load):
        return math.log(20 * load) / (1 - load)

    assert tail(0.685) < 2 * tail(0.5) < tail(0.735)
    assert abs(tail(0.711) / tail(0.5) - 2) < 0.01
