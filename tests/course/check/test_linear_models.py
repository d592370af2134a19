"""The exercises of lesson 02: answers that are wrong, right, and not attempted."""

from types import SimpleNamespace

import numpy as np
import torch
from sklearn.tree import DecisionTreeClassifier


def gini(y):
    """As the lesson defines it; the solution uses it."""
    return 1 - np.sum((np.bincount(y) / len(y)) ** 2)


def few_signals():
    """A few signals that are easy to tell apart: the solutions need no others."""
    rng = np.random.default_rng(0)
    y = rng.integers(10, size=700)
    x = rng.normal(size=(700, 40)) + 9 * np.eye(10, 40)[y]
    return SimpleNamespace(
        x_train=x[:300], y_train=y[:300], x_test=x[300:], y_test=y[300:]
    )


def entropy(y):
    shares = np.bincount(y) / len(y)
    return -np.sum(shares * np.log(np.maximum(shares, 1e-300)))


def errors(y):
    return 1 - np.bincount(y).max() / len(y)


def choose(x, y, measure=gini, best=min, weigh=np.mean, cuts=lambda v: v[:-1]):
    """The input and threshold that a variant of the rule chooses."""
    pairs = [(i, t) for i in range(x.shape[1]) for t in cuts(np.unique(x[:, i]))]

    def mixed(pair):
        below = x[:, pair[0]] <= pair[1]
        return sum(weigh(side) * measure(y[side]) for side in (below, ~below))

    return best(pairs, key=mixed)


def in_place(x, y):
    for i in range(x.shape[1]):
        order = np.argsort(x[:, i])
        x[:], y[:] = x[order], y[order]
    return choose(x, y)


def by_scikit_learn(x, y):
    stump = DecisionTreeClassifier(max_depth=1).fit(x, y).tree_
    return stump.feature[0], stump.threshold[0]


def by_counting(x, y):
    """One pass over the sorted points of each input, with running counts."""
    found = []
    for i, column in enumerate(x.T):
        order = np.argsort(column, kind="stable")
        values, ones = column[order], np.eye(y.max() + 1)[y[order]].cumsum(axis=0)
        left, right = ones[:-1], ones[-1] - ones[:-1]  # (cuts, classes)
        pure = (left**2).sum(1) / left.sum(1) + (right**2).sum(1) / right.sum(1)
        pure[values[1:] == values[:-1]] = -1
        found.append((pure.max(), i, values[pure.argmax()]))
    return max(found)[1:]


def strictly_below(x, y):
    i, t = choose(x, y)
    return i, x[x[:, i] > t, i].min()


def middles(values):
    return (values[1:] + values[:-1]) / 2


WRONG = {
    "by_heart": {
        "learned nothing": (0.1, 0.1),
        "the right labels": (1.0, 0.572),
        "exchanged": (0.1, 1.0),
        "as on the real test": (0.57, 0.57),
        "nearly all": (0.998, 0.1),
        "never right": (1.0, 0.0),
        "right on both": (1.0, 1.0),
        "in percent": (100, 10),
        "half": (0.5, 0.1),
        "negative": (1.0, -0.1),
        "text": ("all", "few"),
        "lists": ([1.0], [0.1]),
        "a forest's": (1.0, 0.76),
    },
    "best_question": {
        "the median": lambda x, y: (0, np.median(x[:, 0])),
        "the mean": lambda x, y: (0, np.mean(x[:, 0])),
        "only the first input": lambda x, y: (0, choose(x[:, :1], y)[1]),
        "only the last input": lambda x, y: (
            x.shape[1] - 1,
            choose(x[:, -1:], y)[1] if np.ptp(x[:, -1]) else 0.0,
        ),
        "both sides alike": lambda x, y: choose(x, y, weigh=lambda side: 1),
        "the least pure": lambda x, y: choose(x, y, best=max),
        "entropy": lambda x, y: choose(x, y, entropy),
        "mistakes": lambda x, y: choose(x, y, errors),
        "for two classes": lambda x, y: choose(
            x, y, lambda side: np.mean(side > 0) * np.mean(side == 0)
        ),
        "strictly below": strictly_below,
        "an empty side": lambda x, y: (0, x[:, 0].max()),
        "exchanged": lambda x, y: choose(x, y)[::-1],
        "only the threshold": lambda x, y: choose(x, y)[1],
        "counts from one": lambda x, y: (choose(x, y)[0] + 1, choose(x, y)[1]),
        "only the left side": lambda x, y: min(
            [(i, t) for i in range(x.shape[1]) for t in np.unique(x[:, i])[:-1]],
            key=lambda pair: gini(y[x[:, pair[0]] <= pair[1]]),
        ),
        "whole thresholds": lambda x, y: (
            choose(x, y)[0],
            np.floor(choose(x, y)[1]),
        ),
        "without the largest two": lambda x, y: choose(
            x, y, cuts=lambda v: v[:-2] if len(v) > 2 else v[:-1]
        ),
        "without the smallest": lambda x, y: choose(
            x, y, cuts=lambda v: v[1:-1] if len(v) > 2 else v[:-1]
        ),
        "only the first five inputs": lambda x, y: choose(x[:, :5], y),
        "stops at fifty points": lambda x, y: choose(x[:50], y[:50]),
        "three classes at most": lambda x, y: choose(x, np.minimum(y, 2)),
        "the worse side": lambda x, y: choose(
            x, y, weigh=lambda side: side.mean() ** 2
        ),
        "not a number": lambda x, y: (0, np.nan),
        "sorts in place": in_place,
        "sorted apart": lambda x, y: choose(np.sort(x, axis=0), y),
        "every pair": lambda x, y: [(0, t) for t in np.unique(x)],
        "nothing": lambda x, y: None,
        "no function": (0, 0.5),
    },
    "few_trees": {
        "the misconception": (0.593, 40),
        "a whole forest": (0.763, 40),
        "all": (0.36, 80),
        "one": (0.36, 1),
        "five": (0.36, 5),
        "ten": (0.36, 10),
        "twenty": (0.36, 20),
        "a hundred": (0.36, 100),
        "guessing": (0.1, 40),
        "in percent": (36, 40),
        "exchanged": (40, 0.36),
        "text": (0.36, "forty"),
    },
    "too_near": {
        "all ten": (10, 1e-21),
        "nine": (9, 1e-21),
        "none": (0, 1e-21),
        "with itself": (1, 1.0),
        "at gamma 0.1": (1, 0.6),
        "at gamma 1": (1, 0.005),
        "a distance": (1, 4.8),
        "squared": (1, -4.8),
        "not a number": (1, float("nan")),
        "a fraction": (1.5, 0.0),
        "rounded": (1, 0.0),
        "the smallest": (1, 1e-300),
        "at gamma 3": (1, 3e-7),
        "at gamma 5": (1, 3.1e-11),
        "at gamma 20": (1, 9.8e-43),
        "infinite": (1, float("inf")),
        "which class": ([2], 1e-21),
        "exchanged": (1e-21, 1),
    },
}
RIGHT = {
    "by_heart": [(1, 0.089), (np.float64(1.0), np.float32(0.12)), (1.0, 0.104)],
    "best_question": [
        by_scikit_learn,
        by_counting,
        lambda x, y: np.array(choose(x, y, cuts=middles)),
        lambda x, y: (value for value in choose(x, y)),
        lambda x, y: torch.tensor(choose(x, y), dtype=torch.float64),
        lambda x, y: list(
            choose(x, y, lambda s: -np.sum((np.bincount(s) / len(s)) ** 2))
        ),
    ],
    "few_trees": [(0.362, 40), (0.41, 40.0), (np.float64(0.38), np.int64(40))],
    "too_near": [(1, 9.9e-22), (1.0, 1e-21), (np.int64(1), np.float32(9.8e-22))],
}
SAYS = {
    "by_heart": {
        "learned nothing": "that it was grown on",
        "the right labels": "grown on the shuffled labels?",
        "exchanged": "are exchanged",
    },
    "best_question": {
        "both sides alike": "counts by its share of the points",
        "an empty side": "leaves one side empty",
        "only the threshold": "return 2 values",
        "counts from one": "expected one of 0 to",
        "sorts in place": "it changes x itself",
        "the least pure": "the best question leaves",
    },
    "few_trees": {
        "the misconception": "ExtraTreesClassifier(1)",
        "all": "fewer are, too",
        "twenty": "stay below 0.68",
        "text": "trees_needed must hold",
    },
    "too_near": {
        "all ten": "its answers to the test signals",
        "with itself": "compared with itself",
        "rounded": "Was it rounded",
    },
}
STUBS = {
    "by_heart": (..., ...),
    "best_question": lambda x, y: ...,
    "few_trees": (..., ...),
    "too_near": (..., ...),
}

X = np.linspace(-6, 6, 25)

# The lesson's definitions are compared with those of course.nn on these.
NEEDS = {"np": np, "gini": gini, "signals": few_signals()}
ARGUMENTS = {
    "sigmoid": [X],
    "logistic_loss": [X, (X > 1).astype(float)],
    "d_logistic_loss": [X, (X > 1).astype(float)],
}


def impurities(answer):
    """How mixed the sides of the chosen questions are, and what is left of x and y."""
    rng = np.random.default_rng(7)
    found = []
    sizes = [(3, 2, 1), (9, 2, 1), (60, 10, 3), (90, 4, 2), (40, 3, 9)]
    for points, classes, inputs in 3 * sizes:
        y = rng.integers(classes, size=points)
        y[:2] = 0, 1  # in one class nothing is to be asked: scikit-learn does not
        x = (rng.normal(size=(points, inputs)) + 0.5 * y[:, None]).round(1)
        given = x.copy(), y.copy()
        column, t = answer(*given)
        below = x[:, int(column)] <= float(t)
        mixed = [np.mean(side) * gini(y[side]) for side in (below, ~below)]
        found += [sum(mixed), *given]
    return found


PROBES = {"best_question": impurities}
