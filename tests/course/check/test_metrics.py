"""The exercises of lesson 11: answers that are wrong, right, and not attempted."""

import numpy as np
from scipy import optimize, stats

from course import metrics, nn


def resampled(right_a, right_b, levels=(0.025, 0.975), paired=True, resamples=1000):
    rng = np.random.default_rng(1)
    size, leads = len(right_a), []
    for _ in range(resamples):
        rows = rng.integers(size, size=size)
        others = rows if paired else rng.integers(size, size=size)
        leads.append(right_b[rows].mean() - right_a[others].mean())
    return np.quantile(leads, levels)


def stretched(ends, factor):
    return ends + (factor - 1) / 2 * np.ptp(ends) * np.array([-1, 1])


def by_normal_law(right_a, right_b):
    lead = right_b.astype(int) - right_a
    error = lead.std() / np.sqrt(len(lead))
    return [lead.mean() - 1.96 * error, lead.mean() + 1.96 * error]


def by_bootstrap_of_the_course(right_a, right_b):
    lead = right_b.astype(float) - right_a
    return metrics.interval(metrics.bootstrap(np.mean, lead, resamples=2000))


def by_ranks(y, score):
    positives, negatives = np.sum(y == 1), np.sum(y == 0)
    ranks = stats.rankdata(score)[y == 1].sum()
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def in_loops(y, score):
    wins = [(a > b) + 0.5 * (a == b) for a in score[y == 1] for b in score[y == 0]]
    return sum(wins) / len(wins)


def gaps(y, score):
    return score[y == 1][:, None] - score[y == 0]


WRONG = {
    "rare_alarm": {
        "recall for precision": 0.9,
        "specificity": 0.91,
        "as if 8s were frequent": 0.909,
        "the false alarms": 0.09,
        "the base rate": 0.01,
        "a percentage": 9.17,
        "false alarms among the flagged": 1 - 0.0917,
        "the flagged": 0.0981,
        "text": "nine percent",
        "a list": [0.09, 0.91],
        "not a number": np.nan,
        "exchanged": 0.9 * 0.09,
    },
    "auc_by_pairs": {
        "ties lost": lambda y, s: np.mean(gaps(y, s) > 0),
        "ties won": lambda y, s: np.mean(gaps(y, s) >= 0),
        "turned round": lambda y, s: np.mean(gaps(y, s) < 0),
        "accuracy": lambda y, s: np.mean((s >= 0.5) == y),
        "not divided": lambda y, s: np.sum(gaps(y, s) > 0),
        "neighbours only": lambda y, s: np.mean(np.diff(s) > 0),
        "every pair": lambda y, s: gaps(y, s) > 0,
        "mean gap": lambda y, s: gaps(y, s).mean(),
        "nothing": lambda y, s: None,
        "balanced": lambda y, s: np.sum(gaps(y, s) > 0) / (len(y) / 2) ** 2,
        "sorted in place": lambda y, s: s.sort() or in_loops(y, s),
        "of six": lambda y, s: in_loops(y[:6], s[:6]),
        "up to a hundred": lambda y, s: in_loops(y, s) if len(y) < 103 else 0.5,
        "half precision": lambda y, s: in_loops(y, s.astype("float16")),
        "always": lambda y, s: 0.75,
        "never below one half": lambda y, s: max(in_loops(y, s), 1 - in_loops(y, s)),
        "rounded scores": lambda y, s: in_loops(y, s.round(2)),
        "through a sigmoid": lambda y, s: in_loops(y, 1 / (1 + np.exp(-s))),
    },
    "interval_of_difference": {
        "unpaired": lambda a, b: resampled(a, b, paired=False),
        "90%": lambda a, b: resampled(a, b, levels=(0.05, 0.95)),
        "one standard error": lambda a, b: resampled(a, b, levels=(0.16, 0.84)),
        "sign": lambda a, b: resampled(b, a),
        "order": lambda a, b: resampled(a, b)[::-1],
        "only the lead": lambda a, b: b.mean() - a.mean(),
        "of b alone": lambda a, b: resampled(0 * a, b),
        "half of the rows": lambda a, b: resampled(a[:500], b[:500]),
        "a p-value": lambda a, b: (0.0, 0.05),
        "a point": lambda a, b: [b.mean() - a.mean()] * 2,
        "how often they differ": lambda a, b: resampled(0 * a, a != b),
        "only what b has for itself": lambda a, b: resampled(0 * a, b & ~a),
        "three values": lambda a, b: (*resampled(a, b), 0.0),
        "the same each time": lambda a, b: (0.01, 0.05),
        "80%": lambda a, b: resampled(a, b, levels=(0.1, 0.9)),
        "93%": lambda a, b: resampled(a, b, levels=(0.035, 0.965)),
        "97%": lambda a, b: resampled(a, b, levels=(0.015, 0.985)),
        "one end of 90%": lambda a, b: resampled(a, b, levels=(0.05, 0.975)),
        "a tenth too wide": lambda a, b: stretched(resampled(a, b), 1.1),
        "moved up": lambda a, b: resampled(a, b) + 0.15 * np.ptp(resampled(a, b)),
        "ten resamples": lambda a, b: resampled(a, b, resamples=10),
        "99%": lambda a, b: resampled(a, b, levels=(0.005, 0.995)),
        "not a number": lambda a, b: (np.nan, np.nan),
        "in place": lambda a, b: a.sort() or resampled(a, b),
    },
    "luckiest": {
        "one guesser": 0.5,
        "the luckiest contest": 0.72,
        "the worst": 0.407,
        "one standard deviation": 0.55,
        "upper end of an interval": 0.598 + 0.005,
        "a percentage": 59.3,
        "certain": 1.0,
        "text": "about 59%",
        "not a number": np.nan,
        "two guessers": 0.528,
        "the median of the ends": 0.61,
    },
}
RIGHT = {
    "rare_alarm": [0.0092 / 0.1, 1 / 10.9, np.float64(0.0917)],
    "auc_by_pairs": [
        by_ranks,
        in_loops,
        lambda y, s: 1 - metrics.roc_auc(1 - y, s),
        lambda y, s: stats.mannwhitneyu(s[y == 1], s[y == 0])[0] / sum(y) / sum(1 - y),
    ],
    "interval_of_difference": [
        by_bootstrap_of_the_course,
        resampled,
        by_normal_law,
        lambda a, b: tuple(resampled(a, b, resamples=3000)),
    ],
    "luckiest": [
        0.593,
        np.random.default_rng(7).binomial(100, 0.5, (2000, 20)).max(axis=1).mean()
        / 100,
    ],
}
SAYS = {
    "rare_alarm": {
        "recall for precision": "0.9 is the recall",
        "as if 8s were frequent": "here it is rare",
        "false alarms among the flagged": "the false alarms among",
    },
    "auc_by_pairs": {
        "accuracy": "nothing is cut",
        "ties lost": "counts it as 0",
    },
    "interval_of_difference": {
        "unpaired": "one list of rows",
        "sign": "sign is turned round",
        "a point": "an interval has a width",
        "three values": "return 2 values",
        "90%": "the quantiles 0.025 and 0.975",
    },
    "luckiest": {
        "one guesser": "luckiest of twenty",
        "the worst": "worst of the twenty",
    },
}
STUBS = {
    "rare_alarm": ...,
    "auc_by_pairs": lambda y, score: ...,
    "interval_of_difference": lambda right_a, right_b: ...,
    "luckiest": ...,
}

RNG = np.random.default_rng(0)
ACTUAL, GUESS = RNG.integers(5, size=(2, 80))
TABLE = metrics.confusion_matrix(ACTUAL, GUESS, 5)
LOGITS = RNG.normal(size=(80, 5)) + np.eye(5)[ACTUAL]
POSITIVE, FLAGGED = RNG.random((2, 80)) < 0.4
SCORE = RNG.random(80).round(1)
# The lesson's definitions are compared with those of course.metrics on these.
NEEDS = {
    "np": np,
    "optimize": optimize,
    "softmax": nn.softmax,
    "log_softmax": nn.log_softmax,
}
ARGUMENTS = {
    "confusion_matrix": [ACTUAL, GUESS, 5],
    "precision": [TABLE],
    "recall": [TABLE],
    "f1": [TABLE],
    "counts_by_threshold": [POSITIVE, SCORE],
    "roc_curve": [POSITIVE, SCORE],
    "roc_auc": [POSITIVE, SCORE],
    "precision_recall_curve": [POSITIVE, SCORE],
    "average_precision": [POSITIVE, SCORE],
    "cost": [POSITIVE, FLAGGED, 20],
    "best_threshold": [POSITIVE, SCORE, 3],
    "fit_temperature": [LOGITS, ACTUAL],
    "reliability": [SCORE, POSITIVE],
    "calibration_error": [SCORE, POSITIVE],
    "bootstrap": [np.mean, SCORE],
    "interval": [SCORE],
    "wilson": [np.array([0, 7, 10]), 10],
}


def ranked(answer):
    rng, found = np.random.default_rng(0), []
    for size in (5, 30, 31, 120):
        y = np.append(rng.random(size) < 0.3, [0, 1]).astype(int)
        score = rng.normal(size=len(y)).round(1)
        score = np.append(score[:-5] - y[:-5], score[-5:] / 1000)
        given = y.copy(), score.copy()
        found += [answer(*given), answer(y, 1000 * score), *given]
        found.append(answer(y, 1 + score / 1000))
    return found


def judged(answer):
    """Whether intervals are as wide as they should be on average, and in place."""
    rng, lengths, found = np.random.default_rng(0), [], []
    for more in np.linspace(0.04, 0.15, 5):
        luck, hard = rng.random(700), rng.random(700) < 0.4
        a, b = ~hard & (luck > 0.05), ~hard & (luck < 1 - more)
        lead, ends = b.astype(float) - a, answer(a, b)
        lengths.append(len(ends))
        low, high = ends
        right = 2 * 1.96 * lead.std() / np.sqrt(700)
        found.append([(high - low) / right, ((low + high) / 2 - lead.mean()) / right])
    (width, middle), (spread, _) = np.mean(found, axis=0), np.std(found, axis=0)
    return [lengths, abs(width - 1) < 0.05, abs(middle) < 0.03, spread < 0.075]


PROBES = {
    "auc_by_pairs": ranked,
    "interval_of_difference": judged,
    # a mean of thousands of contests is known to less than half a point
    "luckiest": lambda number: abs(number - 0.5927) < 0.004,
}
