"""The exercises of lesson 13: what trains, what moves, and what is rare."""

from itertools import pairwise

import numpy as np

from course.check import as_number, exercise, expect, expect_same

CHANNELS = 8 + 16 + 32  # of the body's normalisations: each has a mean and a variance
NORMALISATIONS = 3  # each counts its batches, too


def _trained(widths: list[int], frozen: int) -> int:
    of_layers = [i * o + o for i, o in pairwise(widths)]
    return sum(of_layers[frozen:])


def _layers(rng: np.random.Generator, size: int) -> dict:
    """A network of `size` dense layers, at most 12, of which none to all are frozen."""
    layers = min(size, 12)
    widths = rng.integers(2, 90, layers + 1).tolist()
    return {"widths": widths, "frozen": int(rng.integers(0, layers + 1))}


@exercise(
    "A dense layer of a inputs and b units has a weights for each unit, and one bias.",
    "Layer k has widths[k] inputs and widths[k + 1] units: begin with k = frozen.",
)
def trains(answer):
    """A function (widths, frozen) -> how many numbers training changes."""
    expect_same(
        answer,
        _trained,
        _layers,
        cases=[
            {"widths": [64, 32, 10], "frozen": 1},
            {"widths": [64, 32, 10], "frozen": 0},
            {"widths": [64, 32, 10], "frozen": 2},
            {"widths": [16, 16, 16, 16, 10], "frozen": 1},
            {"widths": [784, 512, 512, 10], "frozen": 0},
            {"widths": [3, 5, 2, 7, 4, 6, 3, 8, 2, 9, 5], "frozen": 1},
        ],
        mistakes={
            "the biases of the layers that train, too.": lambda widths, frozen: (
                _trained(widths, frozen) - sum(widths[frozen + 1 :])
            ),
            "that is the whole network.": lambda widths, frozen: _trained(widths, 0),
            "those are the frozen ones.": lambda widths, frozen: (
                _trained(widths, 0) - _trained(widths, frozen)
            ),
            "the first layers are frozen, not the last.": lambda widths, frozen: (
                _trained(widths[: len(widths) - frozen], 0)
            ),
        },
        what="the count",
    )
    return "A head on few features trains in no time: there is little to change."


@exercise(
    "Print the accuracy for each of the five cuts, and not only for the last.",
    "Average over all of `draws`: a single draw may be off by a few hundredths.",
    "The gain is the best cut's accuracy less that of kept[18].",
)
def cut(best, gain):
    """The cut whose features are best with five letters, and its gain over cut 18."""
    place, more = as_number(best, "the cut"), as_number(gain, "the gain")
    expect(
        place != 18,
        "the last is not the best here: compare all five.",
    )
    expect(
        place in (6, 10, 14, 16),
        f"{place:g} is no cut: kept has 6, 10, 14, 16 and 18.",
    )
    expect(place > 10, f"after {place:g} parts it is less often right: go deeper.")
    expect(
        place == 14,
        "16 comes near, but it is not the best: average over all of `draws`.",
    )
    expect(more < 1, f"{more:g} is no difference of accuracies: in hundredths of 1?")
    expect(more > 0, f"a gain of {more:g}? The best less that of cut 18.")
    expect(
        0.06 <= more <= 0.14,
        f"{more:g} is not what it gains over 18 on the letters of the pool that were "
        "not drawn: average over `draws`, with five each.",
    )
    return "Neither the first nor the last: where to cut is a setting like any other."


@exercise(
    "body.state_dict() has more than the weights: print its keys.",
    "running_mean and running_var move with each batch in the mode train().",
    "Compare a copy from before with what is there after, number by number.",
)
def moved(training, alone):
    """How many of the body's numbers differ: in `train()`, and if it is left alone."""
    count, still = as_number(training, "training"), as_number(alone, "alone")
    expect(
        (count, still) != (0, 0),
        "frozen weights stand still, but are they all? Compare state_dict() from "
        "before, a deep copy, with what is there after.",
    )
    expect(count != 0, "are they exchanged? In the mode train() something moves.")
    expect(
        still == 0,
        f"{still:g} differ although the body was not trained: compute its features in "
        "eval(), without gradients, and fit the head on these.",
    )
    expect(
        count != CHANNELS,
        f"{CHANNELS} channels: each has a running mean and a running variance.",
    )
    numbers = (2 * CHANNELS, 2 * CHANNELS + NORMALISATIONS)
    expect(
        count in numbers,
        f"{count:g} is not what differs: freeze the weights of the body, train the "
        "head, and compare body.state_dict() number by number.",
    )
    return "requires_grad_(False) freezes weights; eval() freezes statistics."


def _tfidf(counts: np.ndarray) -> np.ndarray:
    having = np.sum(counts > 0, axis=0)
    return _of_length_1(counts * (1 + np.log((1 + len(counts)) / (1 + having))))


def _of_length_1(rows: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1)


def _counts(rng: np.random.Generator, size: int) -> dict:
    """Counts of frequent and rare words, one in no text, and a text of no word."""
    words = int(rng.integers(2, 9))
    rates = rng.uniform(0.1, 3, words)
    counts = rng.poisson(rates, (size, words)).astype(float)
    counts[:, 0] = 0
    counts[:, 1] += 1
    if size > 3:
        counts[rng.integers(size)] = 0
    return {"counts": counts}


def _plain(counts: np.ndarray) -> np.ndarray:
    having = np.sum(counts > 0, axis=0)
    return counts * (1 + np.log((1 + len(counts)) / (1 + having)))


@exercise(
    "d_w counts texts, not words: (counts > 0).sum(axis=0).",
    "Each row is divided by its own length: keepdims=True, and no row by zero.",
)
def tfidf(answer):
    """A function counts (texts, words) -> tf-idf, each row of length 1 or zero."""
    expect_same(
        answer,
        _tfidf,
        _counts,
        cases=[{"counts": np.array([[3.0, 0], [0, 0], [1, 1]])}],
        mistakes={
            "the rows have another length than 1.": _plain,
            "d_w is the number of texts that have the word, however often.": (
                lambda counts: _of_length_1(
                    counts * (1 + np.log((1 + len(counts)) / (1 + counts.sum(axis=0))))
                )
            ),
            "1 + ln ..., else a word of all texts weighs nothing.": lambda counts: (
                _of_length_1(
                    counts
                    * np.log((1 + len(counts)) / (1 + np.sum(counts > 0, axis=0)))
                )
            ),
            "the logarithm is the natural one.": lambda counts: _of_length_1(
                counts
                * (1 + np.log2((1 + len(counts)) / (1 + np.sum(counts > 0, axis=0))))
            ),
            "divided by the length, the root of the sum of squares, not by the sum.": (
                lambda counts: (
                    _plain(counts)
                    / np.maximum(_plain(counts).sum(axis=1, keepdims=True), 1e-300)
                )
            ),
            "only whether a word occurs is counted, not how often.": lambda counts: (
                _of_length_1(_plain(1.0 * (counts > 0)) if len(counts) else counts)
            ),
        },
        what="tf-idf",
    )
    return "This is what scikit-learn's TfidfVectorizer does."
