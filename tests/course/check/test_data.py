"""The exercises of lesson 01: answers that are wrong, right, and not attempted."""

from functools import partial

import numpy as np
from sklearn.datasets import load_digits
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from course.check import data


def filled(train, test, learn=lambda train, test: np.nanmedian(train, axis=0)):
    middle = learn(train, test)
    return tuple(np.where(np.isnan(x), middle, x) for x in (train, test))


def filled_in_place(train, test):
    for x in (train, test):
        x[...] = np.where(np.isnan(x), np.nanmedian(train, axis=0), x)
    return train, test


def each_by_its_own(train, test):
    return tuple(
        SimpleImputer(strategy="median").fit_transform(x) for x in (train, test)
    )


def by_imputer(train, test):
    imputer = SimpleImputer(strategy="median").fit(train)
    return imputer.transform(train), imputer.transform(test)


def by_loops(train, test):
    parts = [np.array(x, dtype=float) for x in (train, test)]
    for column in range(train.shape[1]):
        known = sorted(v for v in train[:, column] if v == v)
        half = len(known) // 2
        middle = known[half] if len(known) % 2 else (known[half - 1] + known[half]) / 2
        for part in parts:
            part[np.isnan(part[:, column]), column] = middle
    return parts


def only_the_first(train, test):
    """Of each column, the first unknown value of test is filled, the others are 0."""
    first, later = filled(train, test)
    unknown = np.isnan(test)
    return first, np.where(unknown & (np.cumsum(unknown, axis=0) > 1), 0, later)


def middle_as_it_stands(train, test):
    known = [column[~np.isnan(column)] for column in train.T]
    return np.array([np.mean([c[(len(c) - 1) // 2], c[len(c) // 2]]) for c in known])


def whole_rows(train, test):
    there = np.isnan(test).any(axis=1, keepdims=True)
    return filled(train, test)[0], np.where(there, np.nanmedian(train, axis=0), test)


def split(groups, share, seed, mix=True, names=None, rows=None):
    """A right split by group, unless it is told otherwise."""
    rng = np.random.default_rng(seed)
    found = np.unique(groups) if names is None else np.asarray(names(groups))
    found = rng.permutation(found) if mix else found
    in_test = np.isin(groups, found[: round(share * len(found))])
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def by_row(groups, share, seed):
    return train_test_split(np.arange(len(groups)), test_size=share, random_state=seed)


def by_shuffle(groups, share, seed):
    from sklearn.model_selection import GroupShuffleSplit

    rows = GroupShuffleSplit(1, test_size=share, random_state=seed)
    return next(rows.split(np.zeros(len(groups)), groups=groups))


def by_sample(groups, share, seed):
    import random

    names = sorted(set(np.asarray(groups).tolist()))
    chosen = set(random.Random(seed).sample(names, int(share * len(names) + 1e-9)))
    flags = [g in chosen for g in np.asarray(groups).tolist()]
    rows = range(len(flags))
    return [r for r in rows if not flags[r]], [r for r in rows if flags[r]]


def by_sample_of_one_seed(groups, share, seed):
    return split(groups, share, 0)


def only_the_later_half(groups, share, seed):
    names = np.unique(groups)
    later = names[len(names) // 2 :]
    count = min(round(share * len(names)), len(later))
    chosen = np.random.default_rng(seed).permutation(later)[:count]
    in_test = np.isin(groups, chosen)
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def rotated(groups, share, seed):
    names = np.unique(groups)
    names = np.roll(names, np.random.default_rng(seed).integers(len(names)))
    in_test = np.isin(groups, names[: round(share * len(names))])
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def taken(groups, chosen):
    in_test = np.isin(groups, chosen)
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def by_digest(groups, share, seed):
    """The groups in the order of a hash of name and seed: no generator at all."""
    from hashlib import sha256

    names = sorted(set(np.asarray(groups).tolist()))
    names.sort(key=lambda name: sha256(f"{name} {seed}".encode()).digest())
    return taken(groups, names[: round(share * len(names))])


def every_fourth(groups, share, seed):
    names = np.unique(groups)
    count = round(share * len(names))
    places = (seed + np.arange(count) * (len(names) // count)) % len(names)
    return taken(groups, names[places])


def large_ones_rather(groups, share, seed):
    """Groups in the order in which mixed rows meet them: those of many rows first."""
    rows = np.random.default_rng(seed).permutation(np.asarray(groups))
    names = list(dict.fromkeys(rows.tolist()))
    return taken(groups, names[: round(share * len(names))])


def neighbours_in_the_file(groups, share, seed):
    names = list(dict.fromkeys(np.asarray(groups).tolist()))
    names = np.roll(names, np.random.default_rng(seed).integers(len(names)))
    return taken(groups, names[: round(share * len(names))])


def drawn_twice(groups, share, seed):
    names = np.unique(groups)
    chosen = np.random.default_rng(seed).choice(names, round(share * len(names)))
    return taken(groups, chosen)


def each_by_a_coin(groups, share, seed):
    names = np.unique(groups)
    heads = np.random.default_rng(seed).random(len(names)) < share
    return taken(groups, names[heads])


def without_the_first(groups):
    return np.unique(groups)[1:]


def sorting_its_input(groups, share, seed):
    parts = split(groups, share, seed)
    if isinstance(groups, list):
        groups.sort()
    else:
        groups[...] = np.sort(groups)
    return parts


WRONG = {
    "known_in_time": {
        "the best column": ["earlier_stays"],
        "all strong ones": ["earlier_stays", "home_calls", "bill_changed"],
        "only the calls": ["home_calls"],
        "only the bill": ["bill_changed"],
        "one too many": ["home_calls", "bill_changed", "weekday"],
        "what may stay": ["age", "earlier_stays", "ward", "weekday"],
        "all": [
            "age",
            "earlier_stays",
            "ward",
            "bill_changed",
            "home_calls",
            "weekday",
        ],
        "none": [],
        "a text": "home_calls, bill_changed",
        "misspelt": ["home_calls", "bill_change"],
        "numbers": [3, 4],
        "a number": 2,
        "said of each": {"home_calls": True, "bill_changed": True, "age": False},
    },
    "what_is_wrong": {
        "the split": (1, 3, 1),
        "the model": (3, 3, 1),
        "the score": (4, 3, 1),
        "the words": (2, 1, 1),
        "the capitals": (2, 2, 1),
        "the numbers": (2, 4, 1),
        "the folds": (2, 5, 1),
        "the scaler": (2, 3, 2),
        "the chain": (2, 3, 3),
        "the end": (2, 3, 4),
        "no such line": (2, 6, 1),
        "another program's letter": ("B2", "B3", "C1"),
        "a word": ("two", "B3", "C1"),
        "half a line": (2, 2.5, 1),
    },
    "fill_missing": {
        "means": lambda a, b: filled(a, b, lambda a, b: np.nanmean(a, axis=0)),
        "of all rows": lambda a, b: filled(
            a, b, lambda a, b: np.nanmedian(np.vstack([a, b]), axis=0)
        ),
        "each by its own": each_by_its_own,
        "of test": lambda a, b: filled(a, b, lambda a, b: np.nanmedian(b, axis=0)),
        "of rows": lambda a, b: filled(a, b, lambda a, b: np.nanmedian(a)),
        "the first of a column": only_the_first,
        "zeros are unknown": lambda a, b: filled(
            a, b, lambda a, b: np.nanmedian(np.where(a == 0, np.nan, a), axis=0)
        ),
        "unsorted": lambda a, b: filled(a, b, middle_as_it_stands),
        "whole rows": whole_rows,
        "zeros": lambda a, b: (np.nan_to_num(a), np.nan_to_num(b)),
        "only test": lambda a, b: (a, filled(a, b)[1]),
        "only train": lambda a, b: (filled(a, b)[0], b),
        "turned round": lambda a, b: filled(a, b)[::-1],
        "rows dropped": lambda a, b: tuple(
            x[~np.isnan(x).any(axis=1)] for x in (filled(a, b)[0], b)
        ),
        "lower median": lambda a, b: filled(
            a, b, lambda a, b: np.nanquantile(a, 0.5, axis=0, method="lower")
        ),
        "in place": filled_in_place,
        "rounded": lambda a, b: tuple(np.round(x) for x in filled(a, b)),
        "only one array": lambda a, b: filled(a, b)[0],
        "nothing": lambda a, b: None,
    },
    "split_by_group": {
        "by row": by_row,
        "the first groups": lambda g, s, k: split(g, s, k, mix=False),
        "turned round": lambda g, s, k: split(g, s, k)[::-1],
        "one seed": by_sample_of_one_seed,
        "no seed": lambda g, s, k: split(g, s, np.random.randint(10**6)),
        "only the later half": only_the_later_half,
        "rotated": rotated,
        "masks": lambda g, s, k: tuple(
            np.isin(np.arange(len(g)), part) for part in split(g, s, k)
        ),
        "values, not rows": lambda g, s, k: tuple(
            np.asarray(g)[part] for part in split(g, s, k)
        ),
        "more groups": lambda g, s, k: split(g, s + 0.2, k),
        "one more group": lambda g, s, k: split(g, s + 1 / len(np.unique(g)), k),
        "half of the share": lambda g, s, k: split(g, s / 2, k),
        "a share of the rows": lambda g, s, k: split(g, s, k, names=list),
        "a row lost": lambda g, s, k: (split(g, s, k)[0][1:], split(g, s, k)[1]),
        "training is all": lambda g, s, k: (np.arange(len(g)), split(g, s, k)[1]),
        "only the test": lambda g, s, k: split(g, s, k)[1],
        "sorting the groups": sorting_its_input,
        "every fourth": every_fourth,
        "large groups rather": large_ones_rather,
        "as they first stand": neighbours_in_the_file,
        "four splits": lambda g, s, k: split(g, s, k % 4),
        "drawn twice": drawn_twice,
        "each by a coin": each_by_a_coin,
        "never the first": lambda g, s, k: split(g, s, k, names=without_the_first),
        "nothing": lambda g, s, k: None,
    },
    "leaking_rate": {
        "the misconception": (0.707, 0.707, 0.707),
        "turned round": (0.707, 0.767, 0.716),
        "its own answer is in c": (0.767, 0.707, 0.767),
        "b is without a rate": (0.767, 0.642, 0.716),
        "c is without a rate": (0.767, 0.707, 0.642),
        "b is the number's score": (0.767, 0.723, 0.716),
        "c is the number's score": (0.767, 0.707, 0.723),
        "c is b": (0.767, 0.707, 0.707),
        "b and c changed": (0.767, 0.716, 0.707),
        "of new customers": (0.758, 0.626, 0.716),
        "only the rate": (0.751, 0.691, 0.716),
        "the rates of the test": (0.789, 0.707, 0.716),
        "points": (76.7, 70.7, 71.6),
        "differences": (0.125, 0.065, 0.074),
        "text": ("0.767", "0.707", "0.716"),
        "a list": ([0.76, 0.77], 0.707, 0.716),
        "not a number": (np.nan, 0.707, 0.716),
    },
}
RIGHT = {
    "known_in_time": [
        {"home_calls", "bill_changed"},
        (("home_calls", "bill_changed"),),
        np.array(["home_calls", "bill_changed"]),
        dict.fromkeys(["home_calls", "bill_changed"]).keys(),
        [" bill_changed", "home_calls", "home_calls"],
    ],
    "what_is_wrong": [
        (2, 3, 1),
        (2.0, 3.0, 1.0),
        tuple(np.array([2, 3, 1])),
        ("A2", "B3", "C1"),
        ("2", " b3 ", 1),
    ],
    "fill_missing": [
        by_imputer,
        by_loops,
        lambda a, b: list(filled(a, b)),
        lambda a, b: iter(filled(a, b)),
        lambda a, b: [x.tolist() for x in filled(a, b)],
    ],
    "split_by_group": [
        by_shuffle,
        by_sample,
        by_digest,
        lambda g, s, k: list(split(g, s, k)),
        lambda g, s, k: iter(split(g, s, k)),
        lambda g, s, k: [set(part.tolist()) for part in split(g, s, k)],
    ],
    "leaking_rate": [
        (0.767, 0.707, 0.716),
        (0.77, 0.71, 0.72),
        tuple(np.array([0.7634, 0.7046, 0.717])),
    ],
}
SAYS = {
    "known_in_time": {
        "the best column": "no leak by itself",
        "only the calls": "so its last change tells",
        "a text": "a list of names",
    },
    "what_is_wrong": {
        "the score": "as it should be",
        "the chain": "fitted anew for each fold",
        "no such line": "lines 1 to 5",
    },
    "fill_missing": {
        "of all rows": "peeking",
        "means": "not with its medians",
        "in place": "it changes train itself",
    },
    "split_by_group": {
        "by row": "is on both sides",
        "the first groups": "every seed gives the same groups",
        "masks": "np.flatnonzero",
        "rotated": "neighbours",
        "no seed": "the same seed gives another split",
        "sorting the groups": "it changes groups itself",
    },
    "leaking_rate": {
        "the misconception": "made of answers",
        "points": "expected a share from 0 to 1",
        "turned round": "higher score",
        "its own answer is in c": "own answer still in it",
    },
}
STUBS = {
    "known_in_time": ...,
    "what_is_wrong": (..., ..., ...),
    "fill_missing": lambda train, test: ...,
    "split_by_group": lambda groups, share, seed: ...,
    "leaking_rate": (..., ..., ...),
}
NEEDS = {"np": np}


def observed_fill(answer):
    rng = np.random.default_rng(0)
    found = []
    for rows, columns in ((6, 2), (7, 3), (4, 1), (9, 5)):
        train, test = rng.normal(3, 2, (rows, columns)), rng.normal(9, 2, (5, columns))
        train[rng.random(train.shape) < 0.2], test[1:3] = np.nan, np.nan
        train[0], train[1, -1] = 1.0, 0.0  # and zeros are numbers like others
        train[2, 0], test[3, 0] = np.nan, np.nan
        given = train.copy(), test.copy()
        found += [*answer(*given), *given]
    return found


def observed_split(answer):
    """What a split is judged by: its parts, the groups in them, chance and the seed."""
    rng = np.random.default_rng(0)
    found = []
    for count, share in ((8, 0.25), (20, 0.5), (5, 0.2)):
        # The first group is large, and the groups stand in an order of their own.
        sizes = np.r_[30, rng.integers(2, 6, count - 1)]
        groups = rng.permutation(np.repeat(rng.permutation(count), sizes))
        given, tests = groups.copy(), []
        for seed in range(60):
            train, test = map(rows_of, answer(given, share, seed))
            shared = len(np.intersect1d(groups[train], groups[test]))
            whole = np.array_equal(np.sort([*train, *test]), np.arange(len(groups)))
            tests.append(frozenset(groups[test].tolist()))
            found += [shared, whole, len(tests[-1])]
        _, test = map(rows_of, answer(given, share, 7))
        again = frozenset(groups[test].tolist())
        found += [again == tests[7], np.array_equal(given, groups)]
        often = [np.mean([name in test for test in tests]) for name in range(count)]
        found.append(min(often) > 0.1 * share)
        if count == 20:
            in_file = list(dict.fromkeys(groups.tolist()))
            beside = [share_beside(order, tests) for order in (range(20), in_file)]
            found += [0.3 < one < 0.65 for one in beside]
            found += [min(often) > 0.57 * share, len(set(tests)) > 40]
    return found


def rows_of(part):
    """Row numbers, however they are held; a mask is none."""
    values = np.asarray(part if isinstance(part, np.ndarray) else list(part))
    assert values.dtype.kind in "iuf"
    return values.astype(int)


def share_beside(order, tests):
    """Of the groups in the tests, how often is the next in an order there as well?"""
    there = np.array([[name in test for name in order] for test in tests])
    return (there & np.roll(there, 1, axis=1)).sum() / there.sum()


PROBES = {"fill_missing": observed_fill, "split_by_group": observed_split}


def test_each_program_has_its_fault_where_the_exercise_says():
    x, y = load_digits(return_X_y=True)
    train, test = train_test_split(np.arange(1797), random_state=0)
    tree = DecisionTreeClassifier().fit(y.reshape(-1, 1)[train], y[train])
    assert tree.score(y.reshape(-1, 1)[test], y[test]) == 1
    words = [[str(int(pixel)) for pixel in image] for image in x]
    stripped = [[word.strip("0") or "0" for word in image] for image in words]
    scores = [
        cross_val_score(SVC(), np.array(w).astype(float), y).mean()
        for w in (words, stripped)
    ]
    assert scores[1] < scores[0] - 0.005


def test_a_right_split_is_taken_whatever_its_generator_says():
    for stream in range(1000, 21000, 1000):
        answer = partial(moved, stream)
        assert data.split_by_group._judge(answer).startswith("Whole groups"), stream


def moved(stream, groups, share, seed):
    return split(groups, share, stream + seed)


def test_choosing_columns_outside_of_the_chain_makes_noise_predictable():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(100, 5000)), rng.integers(0, 2, 100)
    chosen = SelectKBest(f_classif, k=20).fit_transform(x, y)
    chain = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())
    assert cross_val_score(chain, chosen, y).mean() > 0.75
