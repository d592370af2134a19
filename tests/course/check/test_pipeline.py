"""The exercises of lesson 29: answers that are wrong, right, and not attempted."""

import itertools
import math

import numpy as np

from course.check import pipeline as check


def z(new, present):
    apart = np.asarray(new, float) - np.asarray(present, float)
    return apart.mean(), apart.std() / np.sqrt(len(apart))


def by_counts(new, present, margin):
    """McNemar's way: only letters that one of the two reads right count."""
    won = int(np.sum(np.asarray(new) & ~np.asarray(present)))
    lost = int(np.sum(np.asarray(present) & ~np.asarray(new)))
    n, gain = len(new), (won - lost) / len(new)
    return gain > margin * math.sqrt(((won + lost) / n - gain**2) / n)


def in_plain_python(new, present, margin):
    apart = [int(a) - int(b) for a, b in zip(new, present, strict=True)]
    gain = sum(apart) / len(apart)
    variance = sum((d - gain) ** 2 for d in apart) / len(apart)
    return gain > margin * (variance / len(apart)) ** 0.5


def unpaired(new, present, margin):
    variance = np.mean(new) * (1 - np.mean(new)) + np.mean(present) * (
        1 - np.mean(present)
    )
    return np.mean(new) - np.mean(present) > margin * np.sqrt(variance / len(new))


def above(factor, margin, new, present):
    gain, error = z(new, present)
    return gain > factor * margin * error


RIGHT_ORDER = [
    *("load", "drop copies", "split", "measure the pixels", "train"),
    *("fetch the present model", "evaluate", "gate", "register", "approve", "deploy"),
]


def swapped(one, other):
    names = list(RIGHT_ORDER)
    i, j = names.index(one), names.index(other)
    names[i], names[j] = names[j], names[i]
    return (names,)


WRONG = {
    "gate": {
        "no margin": lambda new, present, margin: np.mean(new) > np.mean(present),
        "unpaired": unpaired,
        "of one letter": lambda n, p, m: np.mean(n) - np.mean(p) > m * np.std(n ^ p),
        "not worse": lambda new, present, margin: above(-1, margin, new, present),
        "an accuracy": lambda n, p, margin: np.mean(n) - np.mean(p) > margin,
        "turned round": lambda new, present, margin: above(1, margin, present, new),
        "half the margin": lambda new, present, margin: above(
            0.5, margin, new, present
        ),
        "twice the margin": lambda new, present, margin: above(2, margin, new, present),
        "either way": lambda n, p, m: abs(z(n, p)[0]) > m * z(n, p)[1],
        "equal is enough": lambda n, p, m: z(n, p)[0] >= m * z(n, p)[1],
        "its own error": lambda n, p, m: (
            np.mean(n) - np.mean(p) > m * np.std(n) / np.sqrt(len(n))
        ),
        "only where they differ": lambda n, p, m: (
            np.mean(n) - np.mean(p) > m * np.sqrt(0.25 / len(n))
        ),
        "as if there were no gain": lambda n, p, m: (
            np.sum(n) - np.sum(p) > m * np.sum(n != p) ** 0.5
        ),
        "never a margin of 0": lambda n, p, m: z(n, p)[0] > max(m, 0.1) * z(n, p)[1],
        "always": lambda new, present, margin: True,
        "never": lambda new, present, margin: False,
        "the gain": lambda new, present, margin: z(new, present)[0],
        "nothing": lambda new, present, margin: None,
        "a word": lambda new, present, margin: "yes",
    },
    "passed": {
        "the misconception": (5000, 1600, 230),
        "refused": (8410, 9770, 9990),
        "shares": (0.16, 0.02, 0.001),
        "none": (0, 0, 0),
        "all": (10_000, 10_000, 10_000),
        "turned round": (13, 230, 1590),
        "one for all": (1590, 1590, 1590),
        "halved": (800, 115, 7),
        "two points": (230, 13, 0),
        "a margin too few": (1590, 1590, 230),
        "not worse": (1590, 5000, 8410),
        "of a thousand": (159, 23, 1),
        "words": ("many", "some", "few"),
        "nothing": (None, None, None),
        "not numbers": (math.nan, math.nan, math.nan),
        "lists": ([1590], [230], [13]),
    },
    "order": {
        "as found": (
            [
                *("load", "measure the pixels", "split", "train", "deploy", "evaluate"),
                *("register", "drop copies", "gate", "approve"),
                "fetch the present model",
            ],
        ),
        "the misconception": swapped("split", "measure the pixels"),
        "copies afterwards": swapped("drop copies", "split"),
        "at once": swapped("approve", "deploy"),
        "registers all": swapped("gate", "register"),
        "gate before its report": swapped("evaluate", "gate"),
        "nothing to compare with": swapped("fetch the present model", "evaluate"),
        "backwards": (RIGHT_ORDER[::-1],),
        "one left out": (RIGHT_ORDER[:-1],),
        "one twice": ([*RIGHT_ORDER, "deploy"],),
        "another step": ([*RIGHT_ORDER[:-1], "celebrate"],),
        "numbers": (list(range(11)),),
        "a text": (", ".join(RIGHT_ORDER),),
        "nothing": (None,),
        "empty": ([],),
    },
}
RIGHT = {
    "gate": [
        by_counts,
        in_plain_python,
        lambda new, present, margin: np.bool_(above(1, margin, new, present)),
    ],
    "passed": [
        (1586.6, 227.5, 13.5),
        (np.int64(1470), 205, 11),
        (1500, np.float32(190), 20.0),
    ],
    "order": [
        (tuple(RIGHT_ORDER),),
        (["fetch the present model", *(n for n in RIGHT_ORDER if "fetch" not in n)],),
        ([name.upper() for name in RIGHT_ORDER],),
    ],
}
SAYS = {
    "gate": {
        "no margin": "has no margin",
        "unpaired": "of the differences",
        "not worse": "ask for proof",
        "an accuracy": "counts errors",
        "either way": "does not pass",
    },
    "passed": {
        "the misconception": "a point worse",
        "refused": "how many pass",
        "shares": "of 10,000",
    },
    "order": {
        "the misconception": "has seen those that are held out",
        "copies afterwards": "has been trained on",
        "at once": "before anybody has agreed",
        "registers all": "must not become a version",
        "one left out": "deploy",
    },
}
STUBS = {
    "gate": lambda new, present, margin: ...,
    "passed": (..., ..., ...),
    "order": (...,),
}
NEEDS = {"np": np}
ARGUMENTS = {}
_RNG = np.random.default_rng(5)


def _pair(gained, lost):
    """Two readers that mostly agree: the new one gains some letters and loses some."""
    present = _RNG.random(200) < 0.6
    new = np.where(present, _RNG.random(200) > lost, _RNG.random(200) < gained)
    return new, present


ASKED = [
    (*_pair(gained, 0.05), margin)
    for gained, margin in itertools.product((0.1, 0.15, 0.2, 0.25), (0.3, 1.0, 1.5, 2))
]
SAME = np.arange(90) % 3 > 0
ASKED += [(SAME, SAME, 1.0), (np.arange(90) < 30, np.arange(90) > 35, 1.5)]
ASKED += [(np.arange(90) < 36, np.zeros(90, bool), 7.0)]
ASKED += [(np.arange(401) < 201, np.arange(401) > 200, 0.0)]
PROBES = {"gate": lambda answer: [bool(answer(*each)) for each in ASKED]}


def test_the_steps_are_those_of_the_exercise():
    assert sorted(check.STEPS) == sorted(RIGHT_ORDER)


def test_the_bounds_hold_what_the_normal_distribution_says():
    for margin, (low, high) in check.PASSED.items():
        expected = 10_000 * (1 - math.erf((1 + margin) / math.sqrt(2))) / 2
        assert low < expected < high
