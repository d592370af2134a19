"""The exercises of lesson 01: columns known in time, faulty lines, fills, splits."""

from collections.abc import Iterable, Iterator, Set
from functools import partial

import numpy as np

from course.check import (
    Wrong,
    as_number,
    as_numbers,
    as_parts,
    as_share,
    call,
    describe,
    exercise,
    expect,
    expect_same,
    numbers,
)

SEEDS = 30  # with which a split is asked for
HOSPITAL = ("age", "earlier_stays", "ward", "bill_changed", "home_calls", "weekday")
TOO_LATE = {"bill_changed", "home_calls"}


@exercise(
    "For each column ask: what does the field hold on the day the patient goes home?",
    "A strong column is no leak by itself. Earlier stays are over on that day.",
    "Two columns are filled in during the 30 days that the question is about.",
)
def known_in_time(names):
    """The columns that a hospital cannot know on the day a patient goes home."""
    expect(
        isinstance(names, Iterable) and not isinstance(names, str | bytes | dict),
        f'a list of names is expected, such as ["age", "ward"], got {describe(names)}.',
    )
    given = {str(name).strip() for name in names}
    unknown = sorted(given - set(HOSPITAL))
    expect(not unknown, f"the hospital has no column {', '.join(unknown)!r}.")
    expect(
        "earlier_stays" not in given,
        "earlier_stays goes best with the answer, but it is known on that day: a "
        "strong column is no leak by itself.",
    )
    for name in sorted(given - TOO_LATE):
        expect(False, f"{name} is known when the patient goes home.")
    for name, why in (
        ("home_calls", "these calls are made after the question was asked"),
        (
            "bill_changed",
            "a second stay changes the bill, too, so its last change tells",
        ),
    ):
        expect(name in given, f"one is missing: {why}.")
    return "What matters is when a value is known, not how well it predicts."


FAULTY = {"A": 2, "B": 3, "C": 1}
LINES = {
    "A": {
        1: "to split row numbers at random is the usual way.",
        3: "a tree may be fitted like this; but what are its features?",
        4: "the score is computed on the test rows, as it should be.",
    },
    "B": {
        1: "to write numbers as words is odd, but nothing is lost yet.",
        2: "figures have no capitals: this changes nothing.",
        4: "the numbers come back; which came back as others?",
        5: "cross-validation is right; what do the pixels hold by then?",
    },
    "C": {
        2: "a scaler that has not been fitted yet can do no harm.",
        3: "imputer and scaler are in the chain, fitted anew for each fold.",
        4: "cross-validation is right for what is in the chain; what is not in it?",
    },
}


@exercise(
    "A: what does the tree see? B: what becomes of a 10? C: which step saw all labels?",
    "A scores 1.00 without an image. In B, 10 and 1 become the same word.",
    "In C, the step that looks at y is fitted before cross-validation begins.",
)
def what_is_wrong(a, b, c):
    """The number of the faulty line in each of three programs."""
    for program, answer in zip("ABC", (a, b, c), strict=True):
        line = _line_number(answer, program)
        last = max({*LINES[program], FAULTY[program]})
        expect(
            line in range(1, last + 1),
            f"program {program} has the lines 1 to {last}, got {line:g}.",
        )
        if line != FAULTY[program]:
            raise Wrong(f"{program}{line:g} is not it: {LINES[program][int(line)]}")
    return (
        "A learns labels from labels, B makes a 1 of a 10, and C chooses with the "
        "labels of every fold."
    )


def _line_number(answer, program: str) -> float:
    """The number of a line that is called 2, "2" or "A2" in program A."""
    if isinstance(answer, str):
        text = answer.strip().upper().removeprefix(program)
        answer = int(text) if text.isdecimal() else answer
    return as_number(answer, f"the line of {program}")


@exercise(
    "np.nanmedian(train, axis=0) is the median of what is known in each column.",
    "np.where(np.isnan(x), medians, x) takes the median only where x is unknown.",
    "Use the medians of train for test as well, and return train, then test.",
)
def fill_missing(answer):
    """A function (train, test) -> both, NaN filled with the medians of train."""
    expect_same(
        answer,
        lambda train, test: _filled(train, test, np.nanmedian(train, axis=0)),
        _tables,
        cases=({"train": train, "test": test} for train, test in _odd_tables()),
        mistakes={words: partial(_filled_by, learn) for words, learn in LEARNED},
        what=("train", "test"),
    )
    return "The test rows are filled as any later row will be: by what training knew."


LEARNED = (
    (
        "unknown values are filled with the means of train, not with its medians.",
        lambda train, test: np.nanmean(train, axis=0),
    ),
    (
        "they are filled with medians of train and test together: peeking.",
        lambda train, test: np.nanmedian(np.vstack([train, test]), axis=0),
    ),
    (
        "they are filled with one median of all columns.",
        lambda train, test: np.nanmedian(train),
    ),
    ("they are filled with zeros.", lambda train, test: 0.0),
)


def _filled(train, test, learned):
    return tuple(np.where(np.isnan(x), learned, x) for x in (train, test))


def _filled_by(learn, train, test):
    return _filled(train, test, learn(train, test))


def _odd_tables():
    """Train and test: one row and one column, nothing missing, integers, zeros."""
    nan = np.nan
    train = np.array([[0, nan], [-4, -7], [-6, 0], [nan, -1], [-9, -2]])
    yield train, np.array([[nan, nan], [5, nan], [nan, nan], [nan, 0]])
    yield np.array([[1.0], [nan], [2.0], [9.0], [nan]]), np.array([[nan]])
    yield np.array([[1, 5], [2, 6], [4, 7]]), np.array([[0, 3]])


def _tables(rng, size):
    """Train and test, in which much is unknown; train knows something of all."""
    train, test = numbers(rng, (size + 2, 3)), numbers(rng, (size, 3)) + 5
    for x in (train[1:], test):
        x[rng.random(x.shape) < 0.4] = np.nan
    return {"train": train, "test": test}


@exercise(
    "np.unique(groups) are the groups; a generator's permutation mixes them.",
    "Take the first round(share * number of groups) of them; np.isin(groups, those) "
    "says which rows they have.",
    "np.flatnonzero turns True and False into row numbers: the others train.",
)
def split_by_group(answer):
    """A function (groups, share, seed) -> row numbers for training and test."""
    for groups, share in _grouped():
        chosen = [_judge_split(answer, groups, share, seed) for seed in range(SEEDS)]
        expect(
            _judge_split(answer, groups, share, 5) == chosen[5],
            "the same seed gives another split: use np.random.default_rng(seed).",
        )
        _judge_chance(np.asarray(groups).tolist(), chosen)
    return "Whole groups: nobody in the test is known from training."


def _grouped():
    """Groups and shares: names, one huge group, numbers, a list, groups of one row."""
    rng = np.random.default_rng(3)
    yield np.repeat(["ada", "ben", "cleo", "dan", "eve"], [1, 7, 2, 4, 3]), 0.4
    yield rng.permutation(np.repeat(np.arange(24), [60] + 23 * [1])), 0.25
    sizes = rng.integers(1, 9, 40)
    yield rng.permutation(np.repeat(np.arange(40), sizes)) * 7 + 3, 0.25
    yield ["x", "y", "x", "z", "y", "x"], 1 / 3
    yield np.arange(10), 0.5


def _judge_split(answer, groups, share, seed) -> frozenset:
    """The groups in the test, if this is a split by group."""
    parts = call(answer, groups=groups, share=share, seed=seed)
    train, test = map(_row_numbers, as_parts(parts, ("training rows", "test rows")))
    rows = np.sort(np.concatenate([train, test]))
    expect(
        np.array_equal(rows, np.arange(len(groups))),
        f"each of the {len(groups)} rows belongs to one part, once; yours has "
        f"{len(train)} in training and {len(test)} in the test.",
    )
    groups = np.asarray(groups)
    shared = np.intersect1d(groups[train], groups[test])
    expect(len(shared) == 0, f"group {describe(shared[:1])} is on both sides.")
    there, wanted = len(np.unique(groups)), share * len(np.unique(groups))
    count = len(np.unique(groups[test]))
    expect(
        abs(count - wanted) < 1 - 1e-9,
        f"{count} of {there} groups are in the test, expected {wanted:g} "
        f"(share = {share:.3g}, of the groups).",
    )
    return frozenset(groups[test].tolist())


def _row_numbers(part) -> np.ndarray:
    part = list(part) if isinstance(part, Set | Iterator) else part
    values = np.asarray(part)
    expect(values.dtype != bool, "return row numbers: np.flatnonzero makes them.")
    numbers = as_numbers(part)
    expect(numbers.ndim == 1, f"row numbers are one list, not {numbers.shape}.")
    expect(np.all(numbers == np.round(numbers)), "row numbers are whole numbers.")
    expect(np.all(numbers >= 0) and np.all(numbers < 1e9), "row numbers start at 0.")
    return numbers.astype(int)


def _judge_chance(groups: list, chosen: list):
    """Wrong unless chance alone decides which groups are in the test.

    A right answer is refused once in some ten thousand times.
    """
    names, many = sorted(set(groups)), len(set(groups)) >= 20
    expect(
        len(set(chosen)) > 1,
        "every seed gives the same groups: put them in a random order first.",
    )
    missing = set(names) - frozenset().union(*chosen)
    expect(
        len(missing) <= len(names) / 12,
        f"in {SEEDS} seeds, {describe(min(missing, default=''))} is never in the test: "
        "is each group as likely as any other?",
    )
    always = frozenset(names).intersection(*chosen)
    expect(
        not always,
        f"in {SEEDS} seeds, {describe(min(always, default=''))} is always in the test: "
        "is each group as likely as any other, the large ones too?",
    )
    for order in (names, list(dict.fromkeys(groups))):
        expect(
            not many or 0.08 < _together(order, chosen) < 0.45,
            "neighbours are in the test together far more or less often than by "
            "chance: mix the groups.",
        )
    expect(
        not many or len(set(chosen)) > 0.9 * SEEDS,
        f"{SEEDS} seeds give only {len(set(chosen))} different splits.",
    )


def _together(names: list, chosen: list) -> float:
    """Of the groups in the test, how often is the next one there as well?"""
    there = np.array([[name in test for name in names] for test in chosen])
    return float((there & np.roll(there, 1, axis=1)).sum() / there.sum())


@exercise(
    "table.iloc[rows] has the rows; groupby('customer') and mean give a rate for each.",
    "table.assign(rate=table['customer'].map(rates)) adds the column.",
    "The rate without an order's own answer: take the sum and the number of a "
    "customer's answers, by transform('sum'), and take the order off both.",
)
def leaking_rate(leaky, fair, others):
    """Test accuracy with rates of all rows, training rows, all but the order's own."""
    leaky, fair = as_share(leaky, "a"), as_share(fair, "b")
    others = as_share(others, "c")
    expect(
        abs(leaky - fair) > 0.012,
        "a and b are about equal, as for the scaler. A rate of returns is made of "
        "answers, those of the test rows among them: compute it.",
    )
    expect(leaky > fair, "a saw the answers of the test rows: it is the higher score.")
    expect(others < 0.75, "c is as good as a: is the order's own answer still in it?")
    for name, value, least, most in (
        ("a", leaky, 0.757, 0.776),
        ("b", fair, 0.699, 0.716),
        ("c", others, 0.7075, 0.7215),
    ):
        expect(
            least <= value <= most,
            f"{name} is {value:.3g}; that is not the mean of five splits by row, the "
            "same for all three, with the columns of NUMBERS and the rate alone.",
        )
    return "Most of this leak is the order's own answer, in its own rate."
