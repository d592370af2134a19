"""The exercises of lesson 10: what a block holds, sees, knows of order, and draws."""

import numpy as np

from course import nn
from course.check import (
    as_comparison,
    as_number,
    exercise,
    expect,
    expect_same,
    numbers,
)


@exercise(
    "Four matrices of 64 × 64: for queries, keys, values and answers of all heads.",
    "Each layer has a row of biases; a normalisation has a gain and a shift.",
    "4 × (64 × 64 + 64), 64 × 256 + 256, 256 × 64 + 64, and 4 × 64.",
)
def weights(number):
    """How many numbers training adjusts in a block of width 64, 256 units inside."""
    got = as_number(number)
    look, think = 4 * (64 * 64 + 64), 2 * 64 * 256 + 256 + 64
    right = look + think + 4 * 64
    expect(
        got not in (4 * look + think + 4 * 64, right + 3 * 3 * (64 * 64 + 64)),
        f"{got:g} has full matrices for each head, but a head makes only 64 / 4 = 16 "
        "numbers of each row: four heads share 64 columns.",
    )
    expect(
        got != right - 4 * 64,
        f"{got:g} leaves out 256 numbers: the gains and shifts of the normalisations, "
        "or the biases of the hidden units.",
    )
    expect(
        got != right - 2 * 64,
        f"{got:g} has one row for each normalisation; it has a gain and a shift.",
    )
    expect(
        got not in (4 * 64 * 64 + 2 * 64 * 256, 4 * 64 * 64 + 2 * 64 * 256 + 4 * 64),
        f"{got:g} leaves out the biases.",
    )
    expect(
        got != right - (64 * 64 + 64),
        f"{got:g} leaves out a matrix of 64 × 64 and its biases: perhaps Wo, that the "
        "answers of the heads meet.",
    )
    expect(got == right, f"{got:g} is not it: go through `block` line by line.")
    return (
        "49,984, with one head or with 64: heads cost no weights. The smallest GPT-2 "
        "piles up 12 such blocks, of width 768."
    )


def _causal(scores):
    allowed = np.tri(scores.shape[-1], dtype=bool)
    return nn.softmax(np.where(allowed, scores, -np.inf))


def _softmax_first(scores):
    return nn.softmax(scores) * np.tri(scores.shape[-1])


def _down(scores):
    closed = np.where(np.tri(scores.shape[-1]) > 0, scores, -np.inf)
    return nn.softmax(closed.swapaxes(-1, -2)).swapaxes(-1, -2)


def _square(rng, size):
    """Scores of one to six rows, alone, of some heads, or of heads in a batch."""
    lead = [(), (size,), (min(size, 5), 2)][int(rng.integers(3))]
    n = int(rng.integers(2, 7)) if size > 1 else 1
    return {"scores": numbers(rng, (*lead, n, n))}


LARGE = np.array([[1000.0, 2000.0, 0.0], [1000.0, 999.0, 3000.0], [-1.0, -2000.0, 1.0]])
LOW = LARGE - 20_000  # what is closed by a low score instead of -inf would win


@exercise(
    "np.tri(n) is 1 where a query may look: at its own column and those before.",
    "A share must be 0 after the softmax, and the row must still add up to 1.",
    "Set what is closed to -np.inf before the softmax: e to that power is 0.",
)
def causal_shares(answer):
    """A function scores (..., n, n) -> shares that see nothing that comes later."""
    expect_same(
        answer,
        _causal,
        _square,
        cases=[{"scores": each} for each in (LARGE, np.stack([LARGE.T, LARGE]), LOW)],
        forms=("integers", "float32"),
        mistakes={
            "the mask comes after the softmax here: the rows no longer add up to 1, as "
            "what comes later has taken its share. Close it before.": _softmax_first,
            "a score of 0 is not closed: e to the power 0 is 1. Take -np.inf.": (
                lambda scores: nn.softmax(scores * np.tri(scores.shape[-1]))
            ),
            "nothing is closed here: each query sees all.": nn.softmax,
            "this is turned round: each query sees itself and what comes later.": (
                lambda scores: nn.softmax(
                    np.where(np.tri(scores.shape[-1]).T > 0, scores, -np.inf)
                )
            ),
            "the columns add up to 1 here; each query is a row.": _down,
        },
        what="the shares",
    )
    return "One pass then trains every place at once, and none has seen its answer."


def _difference(layer, x, order):
    return float(np.abs(layer(x[order]) - layer(x)[order]).max())


def _layers(rng, width):
    """Layers (rows, width) -> (rows, width), some of which know the order."""
    W, U = rng.normal(size=(2, width, width))
    where = rng.normal(size=(200, width))

    def look(x):
        return nn.softmax(x @ W @ x.T / 30) @ x @ U

    return [
        look,
        lambda x: np.tanh(x @ W) + x.mean(axis=0),
        lambda x: look(x + where[: len(x)]),
        lambda x: np.cumsum(x @ U, axis=0),
        lambda x: x * np.arange(1, len(x) + 1)[:, None],
        lambda x: x[::-1] - 2 * x,
    ]


def _shuffles(rng, size):
    width = int(rng.integers(1, 5))
    layers = _layers(rng, width)
    layer = layers[int(rng.integers(2, len(layers)))]  # they know the order
    x = numbers(rng, (size + 1, width), low=-3, high=3)
    x += rng.uniform(-0.5, 0.5, x.shape)  # no two rows alike
    return {"layer": layer, "x": x, "order": _turned(rng, size + 1)}


def _turned(rng, rows):
    """A permutation that is, where that can be, not its own inverse."""
    order = rng.permutation(rows)
    while rows > 2 and (order[order] == np.arange(rows)).all():
        order = rng.permutation(rows)
    return order


def _blind_cases():
    rng = np.random.default_rng()
    for layer in _layers(rng, 3)[:2]:
        yield {"layer": layer, "x": rng.normal(size=(6, 3)), "order": _turned(rng, 6)}
    # Of these differences, -2, 1 and 1, the largest in size is negative.
    yield {"layer": _placed, "x": rng.normal(size=(3, 2)), "order": np.array([2, 0, 1])}


def _placed(x):
    return np.asarray(x) + np.arange(len(x))[:, None]


@exercise(
    "x[order] shuffles rows: once before the layer, and once after it.",
    "Compare layer(x[order]) with layer(x)[order].",
    "np.abs(...).max() of their difference.",
)
def knows_order(answer):
    """A function (layer, x, order) -> by how much shuffling before and after differ."""
    mistakes = {
        "the rows of the second come in their old places, so they differ anyway: "
        "shuffle what the layer makes of x, too.": (
            lambda layer, x, order: float(np.abs(layer(x[order]) - layer(x)).max())
        ),
        "the largest difference may be negative: take absolute values first.": (
            lambda layer, x, order: float((layer(x[order]) - layer(x)[order]).max())
        ),
        "this is a mean; the largest difference is asked for.": (
            lambda layer, x, order: float(
                np.abs(layer(x[order]) - layer(x)[order]).mean()
            )
        ),
        "the one is shuffled, and the other shuffled back: use the same order.": (
            lambda layer, x, order: float(
                np.abs(layer(x[order]) - layer(x)[np.argsort(order)]).max()
            )
        ),
    }
    cases = list(_blind_cases())
    expect_same(answer, _difference, _shuffles, cases=cases, mistakes=mistakes)
    return "It is 0 for attention alone, and not with positions, or for a running sum."


def _heated(scores, T):
    return nn.softmax(scores / T)


def _rows(rng, size):
    """Scores of one row or of many, and a temperature below or above 1."""
    lead = () if rng.random() < 0.3 else (size,)
    scores = numbers(rng, (*lead, int(rng.integers(2, 9))), low=-9, high=9)
    return {"scores": scores, "T": float(np.exp(rng.uniform(-1.2, 1.2)))}


@exercise(
    "Dividing all probabilities by T and normalising again gives the old ones back.",
    "Divide the scores, before the softmax.",
    "z = scores / T; take the largest off before np.exp, so that nothing overflows.",
)
def heated(answer):
    """A function (scores, T) -> the probabilities at temperature T, row by row."""
    large = np.array([[1000.0, 999.0, -2000.0], [0.0, -3000.0, -3001.0]])
    expect_same(
        answer,
        _heated,
        _rows,
        cases=[
            {"scores": large, "T": 0.5},
            {"scores": large[0], "T": 4},
            {"scores": np.array([3, 1, 2]), "T": 2},
        ],
        forms=("integers", "float32"),
        mistakes={
            "T makes no difference here: what all are divided by is lost when they are "
            "normalised. Divide the scores.": lambda scores, T: nn.softmax(scores),
            "the rows add up to 1 / T here.": lambda scores, T: nn.softmax(scores) / T,
            "a high T makes the likely likelier here: divide by it.": (
                lambda scores, T: nn.softmax(scores * T)
            ),
            "only the logarithm of each row is right: these are no probabilities.": (
                lambda scores, T: nn.log_softmax(scores / T)
            ),
        },
        what="the probabilities",
    )
    return "Only a division before the softmax changes who gets how much."


@exercise(
    "(names.y_test + 1) % 15 is the next language of each name.",
    "gpt.bits(x_test, ...) takes the rows and the numbers of the languages.",
    "Compare with gpt.bits(x_test, names.y_test).",
)
def wrong_language(bits, conclusion):
    """Bits a letter when told the next language; then "better", "worse" or "same"."""
    number, word = as_number(bits, "the number of bits"), as_comparison(conclusion)
    expect(
        not 2.5 <= number < 3.3,
        "that is what it needs when told the right language, or nearly: the number of "
        "the language is read first, and each later letter sees it. Change it.",
    )
    expect(word != "same", "with the right language it needs less, by more than 0.1.")
    expect(number >= 2.5, f"{number:g} is less than with the right language.")
    expect(
        LEAST <= number <= MOST,
        f"{number:.3g} is not what it needs: were all names told the next language, "
        "and are these bits, not the perplexity?",
    )
    expect(word == "worse", "more bits are a greater surprise: is that better?")
    return "What it writes hangs on the first thing that it reads."


LEAST, MOST = 3.6, 5.5  # bits; even guessing needs 6.5
