"""The exercises of lesson 11: rates, ranks, pairs, and the luckiest of many."""

from functools import cache

import numpy as np

from course import metrics
from course.check import (
    Wrong,
    as_number,
    as_numbers,
    call,
    exercise,
    expect,
    expect_array,
)


@exercise(
    "Picture 10,000 images. How many are 8s, and how many of those are flagged?",
    "9,900 are no 8s, and 9% of them are flagged as well.",
    "Precision is the flagged 8s, 90, divided by all that is flagged.",
)
def rare_alarm(number):
    """The precision where 1 in 100 is an 8, recall is 90%, false alarms 9%."""
    value = as_number(number)
    found, alarms = 0.01 * 0.90, 0.99 * 0.09
    expect(
        not np.isclose(value, 0.90),
        "0.9 is the recall: of the 8s, how many are flagged. Precision asks the other "
        "way round: of the flagged, how many are 8s.",
    )
    expect(
        not np.isclose(value, 0.91),
        "0.91 is the share of the other digits that is left in peace; of the images "
        "that are flagged it says nothing.",
    )
    expect(
        not np.isclose(value, 0.90 / 0.99, atol=1e-3),
        "90 / (90 + 9) holds where an 8 is as frequent as the rest; here it is rare.",
    )
    _expect_share(value)
    precision = found / (found + alarms)
    expect(
        abs(value - precision) < 0.0006,
        f"{value:.3g} is not the share of 8s among the flagged images; count them in "
        "10,000 images.",
    )
    return "Nine alarms in ten are false, though the detector errs on 1 image in 11."


@exercise(
    "score[y == 1] and score[y == 0] are the two sides of every pair.",
    "Two arrays become all pairs with a new axis: a[:, None] > b.",
    "np.mean(a[:, None] > b) is the share that is ranked right; add half the ties.",
)
def auc_by_pairs(answer):
    """A function (y, score) -> share of pairs (1, 0) ranked right, ties half."""
    y = np.array([1, 1, 0, 0, 1, 0])
    score = np.array([0.9, 0.4, 0.6, 0.1, 0.45, 0.2])
    value = as_numbers(call(answer, y=y, score=score))
    expect(
        value.shape == (),
        f"return one number for all pairs; yours has shape {value.shape}.",
    )
    expect(
        not np.isclose(value, 1 - metrics.roc_auc(y, score)),
        "this is the share of pairs that is ranked wrong.",
    )
    expect(
        not np.isclose(value, np.mean((score >= 0.5) == y)),
        "this is the accuracy at the threshold 0.5; here nothing is cut, pairs are "
        "compared.",
    )
    expect(
        not np.isclose(value, metrics.roc_auc(y, score) * 9),
        "this is how many pairs are ranked right; divide by the number of pairs.",
    )
    expect_array(value, metrics.roc_auc(y, score), y=y, score=score)
    _judge_ties(answer, y)
    return "The same number as the area: you have computed it without drawing a curve."


def _judge_ties(answer, y):
    tied = np.array([0.5, 0.5, 0.5, 0.1, 0.1, 0.2])
    share = float(as_numbers(call(answer, y=y, score=tied)))
    pairs = tied[y == 1][:, None] - tied[y == 0]
    if share in (np.mean(pairs > 0), np.mean(pairs >= 0)):
        counted = "0" if share == np.mean(pairs > 0) else "1"
        raise Wrong(
            f"right without ties, but a tie counts ½, and yours counts it as {counted}."
        )
    expect_array(share, metrics.roc_auc(y, tied), y=y, score=tied)


@exercise(
    "rng.integers(n, size=n) draws n row numbers, some of them twice.",
    "Use the same row numbers for both: b[rows].mean() - a[rows].mean() is one lead.",
    "Do that 1,000 times; np.quantile(values, [0.025, 0.975]) is the interval.",
)
def interval_of_difference(answer):
    """A function (right_a, right_b) -> (low, high): 95% for b's lead over a."""
    rng = np.random.default_rng(5)
    hard = rng.random(1000) < 0.4  # both models fail on the hard samples
    right_a, right_b = ~hard & (rng.random(1000) < 0.9), ~hard
    result = as_numbers(call(answer, right_a=right_a, right_b=right_b))
    expect(
        result.shape == (2,),
        f"return two numbers, low and high; yours has shape {result.shape}.",
    )
    low, high = result
    expect(low <= high, f"the lower end comes first; yours are {low:.3g}, {high:.3g}.")
    lead = right_b.mean() - right_a.mean()
    expect(
        not low < -lead < high,
        "the sign is turned round: how much higher is b than a?",
    )
    expect(
        low < lead < high,
        f"b leads by {lead:.3g}, which lies outside {low:.3g} to {high:.3g}.",
    )
    _expect_width(high - low, right_a, right_b)
    return "Paired, the interval forgets what is hard for both."


def _expect_width(width, right_a, right_b):
    """Wrong unless the width is that of a paired interval of 95%."""
    size = len(right_a)
    each = [np.var(right) / size for right in (right_a, right_b)]
    paired = 2 * 1.96 * np.sqrt(np.var(right_b.astype(float) - right_a) / size)
    expect(
        abs(width / (2 * 1.96 * np.sqrt(sum(each))) - 1) > 0.12,
        "the interval is as wide as for models tested on different images: draw one "
        "list of rows and use it for both arrays.",
    )
    expect(
        abs(width / paired - 1) < 0.12,
        f"its width is {width:.3g}, expected about {paired:.3g}: take the quantiles "
        "0.025 and 0.975 of 1,000 or more resamples of all rows.",
    )


@exercise(
    "rng.binomial(100, 0.5, size=20) / 100 are the accuracies of 20 guessers.",
    "The winner is the largest of the 20. Repeat that many times and average.",
    "np.mean(rng.binomial(100, 0.5, size=(10_000, 20)).max(axis=1)) / 100",
)
def luckiest(number):
    """The mean accuracy of the best of 20 coin-tossers on 100 test images."""
    value = as_number(number)
    expect(
        abs(value - 0.5) > 0.012,
        "0.5 is the accuracy of one guesser; the winner is the luckiest of twenty.",
    )
    _expect_share(value)
    expected = _mean_of_best(20, 100)
    expect(
        abs(value - (1 - expected)) > 0.01,
        "this is the worst of the twenty, not the best.",
    )
    expect(
        value < 0.65,
        f"{value:.3g} is luck of the rarest kind; average over many contests, not the "
        "best of all.",
    )
    expect(
        abs(value - expected) < 0.006,
        f"{value:.3g} is not the average of the winners. Repeat the contest of 20 "
        "guessers on 100 images at least 1,000 times.",
    )
    return (
        "Whoever picks the best of many on the test set must test the winner again, on "
        "new data."
    )


@cache
def _mean_of_best(guessers: int, images: int) -> float:
    """Mean share of heads of the best of so many, each with so many fair tosses."""
    from scipy.stats import binom

    below = binom.cdf(np.arange(images), images, 0.5) ** guessers
    return float(np.sum(1 - below) / images)  # E[max] = Σ P(max > k)


def _expect_share(value):
    expect(
        0 <= value <= 1,
        f"{value:.4g} is no share: give a number from 0 to 1, not a percentage.",
    )
