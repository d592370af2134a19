"""The exercises of lesson 11: rates, ranks, pairs, and the luckiest of many."""

from functools import cache

import numpy as np

from course import metrics
from course.check import (
    SIZES,
    as_number,
    as_parts,
    call,
    exercise,
    expect,
    expect_same,
    numbers,
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
        not np.isclose(value, 0.0891 / 0.0981, atol=4e-4),
        f"{value:.3g} is the share of the false alarms among the flagged images; "
        "precision is the share of the 8s.",
    )
    expect(
        not np.isclose(value, 0.90 / 0.99, atol=3e-4),
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
    expect_same(
        answer,
        metrics.roc_auc,
        _ranked,
        cases=[{"y": np.array([0, 1, 0, 1]), "score": 1 + np.arange(4) / 2**14}],
        sizes=(*4 * SIZES, 200),
        mistakes={
            "this is the share of pairs that is ranked wrong.": _wins(-1, 0.5),
            "without ties it may be right, but a tie counts ½, and yours counts it as "
            "0.": _wins(1, 0.0),
            "without ties it may be right, but a tie counts ½, and yours counts it as "
            "1.": _wins(1, 1.0),
            "this is how many pairs are ranked right; divide by the number of "
            "pairs.": lambda y, score: (
                np.sum(y == 1) * np.sum(y == 0) * _wins()(y, score)
            ),
            "this is the accuracy at the threshold 0.5; here nothing is cut, pairs are "
            "compared.": lambda y, score: np.mean((score >= 0.5) == y),
        },
    )
    return "The same number as the area: you have computed it without drawing a curve."


def _ranked(rng, size):
    """Labels of unequal frequency, one of each at least, and scores with ties.

    The scores may be of any size, differ late, and rank better than chance or worse.
    """
    y = rng.permutation(np.append(rng.random(size) < rng.uniform(0.1, 0.9), [0, 1]))
    score = numbers(rng, len(y), -3, 3) + rng.uniform(-3, 3) * y
    score = np.where(rng.random(len(y)) < 0.5, 1, score)
    scale, middle = [(1e-3, 0), (1e-3, 1), (1, 0), (1e3, 0)][rng.integers(4)]
    return {"y": y.astype(int), "score": middle + scale * score}


def _wins(sign=1, tie=0.5):
    def share(y, score):
        gaps = sign * (score[y == 1][:, None] - score[y == 0])
        return np.mean(gaps > 0) + tie * np.mean(gaps == 0)

    return share


@exercise(
    "rng.integers(n, size=n) draws n row numbers, some of them twice.",
    "Use the same row numbers for both: b[rows].mean() - a[rows].mean() is one lead.",
    "Do that 1,000 times; np.quantile(values, [0.025, 0.975]) is the interval.",
)
def interval_of_difference(answer):
    """A function (right_a, right_b) -> (low, high): 95% for b's lead over a."""
    rng, found = np.random.default_rng(), []
    for k, size in enumerate([1000, 2500, *rng.integers(400, 900, 12)]):
        models = [
            model.astype(int if k % 3 == 0 else bool) for model in _models(rng, size)
        ]
        given = dict(zip(("right_a", "right_b"), models, strict=True))
        low, high = map(as_number, as_parts(call(answer, **given), ("low", "high")))
        expect(
            low <= high, f"the lower end comes first; yours are {low:.3g}, {high:.3g}."
        )
        expect(low < high, f"both ends are {low:.3g}: an interval has a width.")
        found.append(_compared(low, high, *models))
    widths, moved = np.transpose(found)
    expect(
        abs(widths.mean() - 1) < 0.05,
        f"in {len(widths)} tests its width is {widths.mean():.2f} times what it "
        "should be: are these the quantiles 0.025 and 0.975?",
    )
    expect(
        abs(moved.mean()) < 0.03,
        f"in {len(moved)} tests its middle is off by {moved.mean():.2f} of its width: "
        "are these the quantiles 0.025 and 0.975?",
    )
    expect(
        widths.std() < 0.075,
        "its width changes much from test to test: take 1,000 or more resamples.",
    )
    return "Paired, the interval forgets what is hard for both."


def _compared(low, high, right_a, right_b):
    """An interval's width, and how far it is off, in widths of the right one."""
    lead = right_b.mean() - right_a.mean()
    _expect_lead(low, high, lead)
    paired, apart = _widths(right_a, right_b)
    expect(
        abs((high - low) / apart - 1) > 0.12,
        "the interval is as wide as for models tested on different images: draw "
        "one list of rows and use it for both arrays.",
    )
    expect(
        abs((high - low) / paired - 1) < 0.25,
        f"its width is {high - low:.3g}, expected about {paired:.3g}: take the "
        "quantiles 0.025 and 0.975 of 1,000 or more resamples of all rows.",
    )
    return (high - low) / paired, ((low + high) / 2 - lead) / paired


def _models(rng, size):
    """What two models have right: much in common, and each has some for itself."""
    hard, luck = rng.random(size) < rng.uniform(0.3, 0.5), rng.random(size)
    one, other = rng.permutation([0.03, rng.uniform(0.09, 0.15)])
    right_a, right_b = ~hard & (luck > one), ~hard & (luck < 1 - other)
    return right_a, right_b


def _expect_lead(low, high, lead):
    """Wrong unless an interval lies around the lead."""
    expect(
        abs((low + high) / 2 + lead) > (high - low) / 5 or abs(lead) < (high - low) / 3,
        "the sign is turned round: how much higher is b than a?",
    )
    expect(
        abs((low + high) / 2 - lead) < (high - low) / 5,
        f"b leads by {lead:.4g}, but the middle of {low:.4g} and {high:.4g} is "
        f"{(low + high) / 2:.4g}.",
    )


def _widths(right_a, right_b):
    """The width of an interval of 95%, paired, and as of different images."""
    both = np.array([right_a, right_b], dtype=float)
    paired, apart = np.var(both[1] - both[0]), np.var(both, axis=1).sum()
    return 2 * 1.96 * np.sqrt(np.array([paired, apart]) / len(right_a))


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
        abs(value - expected) < 0.004,
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
