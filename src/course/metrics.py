"""What a classifier's answers are worth: counts, curves, calibration, intervals.

Labels are integers: class indices, or 0 and 1 where there is something to detect.
"""

from collections.abc import Callable
from math import comb

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from course import nn

Array = np.ndarray


def confusion_matrix(y: Array, guess: Array, classes: int = 2) -> Array:
    """Counts (classes, classes): row = true class, column = the answer.

    `y` and `guess` are class indices, or False and True, (samples,). With two classes
    the rows hold true negatives, false positives; false negatives, true positives.
    """
    table = np.zeros((classes, classes), dtype=int)
    np.add.at(table, (np.asarray(y, int), np.asarray(guess, int)), 1)
    return table


def precision(table: Array) -> Array:
    """Share of each class's answers that are right (classes,); 0 without answers."""
    return np.diag(table) / np.maximum(table.sum(axis=0), 1)


def recall(table: Array) -> Array:
    """Share of each class's members that are found (classes,); 0 without members."""
    return np.diag(table) / np.maximum(table.sum(axis=1), 1)


def f1(table: Array) -> Array:
    """Harmonic mean of precision and recall (classes,) (van Rijsbergen 1979)."""
    return 2 * np.diag(table) / np.maximum(table.sum(axis=0) + table.sum(axis=1), 1)


def micro_f1(table: Array) -> float:
    """F1 of the counts of all classes added up; here it equals the accuracy."""
    hits = np.trace(table)
    misses = alarms = table.sum() - hits  # each mistake is one of either
    return float(2 * hits / (2 * hits + misses + alarms))


def counts_by_threshold(y: Array, score: Array) -> tuple[Array, Array, Array]:
    """True and false positives at each threshold, and the thresholds, falling.

    `y` holds 0 and 1, (samples,); whoever scores at least the threshold is flagged.
    Equal scores are flagged together, so the results are (distinct scores,) long.
    Raises ValueError unless both classes occur.
    """
    y = np.asarray(y).astype(int)
    if set(np.unique(y)) != {0, 1}:
        found = np.unique(y).tolist()
        raise ValueError(f"the labels hold {found}; expected both 0 and 1.")
    order = np.argsort(-score, kind="stable")
    y, score = y[order], score[order]
    last = np.append(np.diff(score) != 0, True)  # of each run of equal scores
    return np.cumsum(y)[last], np.cumsum(1 - y)[last], score[last]


def roc_curve(y: Array, score: Array) -> tuple[Array, Array]:
    """False and true positive rate for every threshold, from (0, 0) to (1, 1)."""
    found, alarms, _ = counts_by_threshold(y, score)
    return np.append(0, alarms / alarms[-1]), np.append(0, found / found[-1])


def roc_auc(y: Array, score: Array) -> float:
    """Area under the ROC curve: the chance that a positive outranks a negative.

    Ties count half (Hanley & McNeil 1982).
    """
    false_rate, true_rate = roc_curve(y, score)
    return float(np.trapezoid(true_rate, false_rate))


def precision_recall_curve(y: Array, score: Array) -> tuple[Array, Array]:
    """Precision and recall for every threshold, the highest threshold first."""
    found, alarms, _ = counts_by_threshold(y, score)
    return found / (found + alarms), found / found[-1]


def average_precision(y: Array, score: Array) -> float:
    """Area under the precision-recall curve, in steps: Σ (R_k - R_(k-1)) P_k."""
    precisions, recalls = precision_recall_curve(y, score)
    return float(np.sum(np.diff(recalls, prepend=0) * precisions))


def cost(y: Array, flagged: Array, miss: float, alarm: float = 1) -> float:
    """Mean cost of 100 decisions: a positive not flagged, a negative flagged."""
    y, flagged = np.asarray(y, bool), np.asarray(flagged, bool)  # (samples,)
    misses, alarms = y & ~flagged, ~y & flagged
    return float(100 * np.mean(miss * misses + alarm * alarms))


def best_threshold(y: Array, score: Array, miss: float, alarm: float = 1) -> float:
    """The score to flag from, among those seen, at which the cost is lowest."""
    found, alarms, thresholds = counts_by_threshold(y, score)
    costs = miss * (found[-1] - found) + alarm * alarms
    return float(thresholds[np.argmin(costs)])


def cross_entropy(logits: Array, y: Array, temperature: float = 1.0) -> float:
    """Mean of -log p_y with p = softmax(logits / temperature).

    Shapes (samples, classes) and (samples,).
    """
    log_p = nn.log_softmax(logits / temperature)
    return float(-log_p[np.arange(len(y)), y].mean())


def d_cross_entropy(
    logits: Array, y: Array, temperature: float = 1.0
) -> tuple[Array, float]:
    """Slopes of the cross-entropy: for the logits, in their shape, and temperature."""
    p = nn.softmax(logits / temperature)
    p[np.arange(len(y)), y] -= 1
    d_scaled = p / len(y)  # slope for logits / temperature
    d_temperature = -np.sum(d_scaled * logits) / temperature**2
    return d_scaled / temperature, float(d_temperature)


def fit_temperature(logits: Array, y: Array) -> float:
    """The temperature with the lowest cross-entropy (Guo et al. 2017).

    It never changes the largest logit, so accuracy stays. Raises ValueError where no
    temperature from 0.05 to 100 is best, as when every answer is right.
    """
    try:
        return float(
            optimize.brentq(lambda t: d_cross_entropy(logits, y, t)[1], 0.05, 100)
        )
    except ValueError as error:
        right = np.mean(logits.argmax(axis=1) == y)
        raise ValueError(
            f"no best temperature from 0.05 to 100 with {right:.0%} of the answers "
            "right: give samples that the model was not trained on, some of them wrong."
        ) from error


def reliability(
    confidence: Array, right: Array, bins: int = 10
) -> tuple[Array, Array, Array]:
    """Samples, sum of confidence and number right in equal bins of confidence.

    `confidence` in [0, 1] and `right`, 0 or 1, are (samples,); the results (bins,). A
    confidence on the border of two bins belongs to the lower one.
    """
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    place = np.searchsorted(inner, confidence)
    return (
        np.bincount(place, minlength=bins),
        np.bincount(place, confidence, minlength=bins),
        np.bincount(place, right, minlength=bins),
    )


def calibration_error(confidence: Array, right: Array, bins: int = 10) -> float:
    """Expected calibration error: mean gap of confidence and accuracy, by bin.

    Naeini, Cooper & Hauskrecht (2015); each bin counts by its samples.
    """
    count, sure, correct = reliability(confidence, right, bins)
    return float(np.abs(sure - correct).sum() / count.sum())


def bootstrap(
    metric: Callable[..., float], *arrays: Array, resamples: int = 1000, seed: int = 0
) -> Array:
    """The metric of samples drawn with replacement: (resamples,) (Efron 1979).

    Each draw takes the same rows from all arrays, so what is paired stays paired.
    """
    rng = np.random.default_rng(seed)
    size = len(arrays[0])
    draws = (rng.integers(size, size=size) for _ in range(resamples))
    return np.array([metric(*(array[rows] for array in arrays)) for rows in draws])


def interval(values: Array, level: float = 0.95) -> tuple[float, float]:
    """The middle share `level` of bootstrap values: the percentile interval."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def wilson(hits: ArrayLike, n: ArrayLike, z: float = 1.95996) -> tuple[Array, Array]:
    """Ends of the interval of a share, `hits` of `n`, good on few samples too.

    They are the true shares that lie z of their own standard errors away (Wilson 1927);
    1.96 gives 95%. `hits` and `n` may be arrays.
    """
    share, extra = np.divide(hits, n), np.divide(z**2, n)
    half = z * np.sqrt(share * (1 - share) / n + extra / (4 * np.asarray(n)))
    middle = share + extra / 2
    return (middle - half) / (1 + extra), (middle + half) / (1 + extra)


def mcnemar(right_a: Array, right_b: Array) -> float:
    """Exact two-sided p-value that two models are right equally often.

    `right_a` and `right_b` say which of the same samples each model has right,
    (samples,) of bool. Of the samples that only one of them has right, each model
    would have as many as heads in tosses of a coin (McNemar 1947).
    """
    only_a, only_b = int(np.sum(right_a & ~right_b)), int(np.sum(right_b & ~right_a))
    tosses = only_a + only_b
    tail = sum(comb(tosses, k) for k in range(min(only_a, only_b) + 1))
    return min(1.0, 2 * tail / 2**tosses)


def stability_index(before: Array, now: Array) -> float:
    """The population stability index of two rows of counts, by class; 0 if alike.

    It is the sum of both Kullback-Leibler divergences of the shares. Half a count is
    added to each class, so that none has the share zero.
    """
    q, r = ((np.asarray(c) + 0.5) / (np.asarray(c) + 0.5).sum() for c in (before, now))
    return float(np.sum((r - q) * np.log(r / q)))
