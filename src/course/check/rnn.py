"""The exercises of lesson 09: what a recurrent network holds, keeps and ignores."""

from functools import partial

import numpy as np

from course.check import (
    SIZES,
    as_comparison,
    as_number,
    as_share,
    exercise,
    expect,
    expect_same,
    labels,
    numbers,
)


@exercise(
    "The weights are the same at every step: the length of a name does not matter.",
    "Three gates, each with a matrix for the input and one for the state.",
    "3 × (32 × 64 + 64 × 64), and four rows of 64 biases.",
)
def count(number):
    """How many weights and biases a GRU with 32 inputs and 64 units has."""
    got = as_number(number)
    right = 3 * (32 * 64 + 64 * 64) + 4 * 64
    expect(
        got not in (32 * right, 32 * (right - 4 * 64)),
        f"{got:g} counts the weights once for each letter, but every step uses the "
        "same ones.",
    )
    expect(got != right - 4 * 64, f"{got:g} leaves out the biases.")
    expect(
        got not in (32 * 64 + 64 * 64 + 64, 32 * 64 + 64 * 64),
        f"{got:g} is what one gate has; the GRU has three.",
    )
    expect(
        got != right + 2 * 64,
        f"{got:g} is PyTorch's count, with two biases at every gate; ours has four "
        "rows of biases.",
    )
    expect(
        got != right - 64,
        f"{got:g} has one bias a gate; the proposal has a second one inside r.",
    )
    expect(got == right, f"{got:g} is not it: go through gru_step line by line.")
    return "18,688, however long the names are."


@exercise(
    "Which states belong to no letter?",
    "Set the states at the padding to zero before you add up.",
    "Divide by the number of real letters of each name, not by the length.",
)
def masked_mean(answer):
    """A function (states, numbers) -> the mean state over the real letters."""
    expect_same(
        answer,
        _masked_mean,
        _names,
        sizes=(*SIZES, 150),
        forms=("integers", "float32"),
        mistakes={
            "this is the mean over all steps: the padding is in it.": (
                lambda states, numbers: states.mean(axis=1)
            ),
            "the padding adds nothing now, but it is still counted when you divide.": (
                lambda states, numbers: (states * _real(numbers)).mean(axis=1)
            ),
            "this is the sum over the real letters: divide by how many there are.": (
                lambda states, numbers: (states * _real(numbers)).sum(axis=1)
            ),
            "each name has its own number of letters: do not divide by that of all.": (
                lambda states, numbers: (
                    (states * _real(numbers)).sum(axis=1) / _real(numbers).sum()
                )
            ),
        },
    )
    return "However much padding follows, the mean stays the same."


def _real(numbers):
    return (np.asarray(numbers) != 0)[..., None]


def _masked_mean(states, numbers):
    mask = _real(numbers)
    return (states * mask).sum(axis=1) / mask.sum(axis=1)


def _names(rng, size):
    """So many names of all lengths: some letters unknown, no padding, one letter."""
    length, units = rng.integers(1, 9, 2) if size < 100 else rng.integers(20, 40, 2)
    lengths = rng.integers(1, length + 1, size)
    lengths[0] = length  # the longest has no padding
    letters = rng.integers(1, 90, (size, length))
    letters[np.arange(length) >= lengths[:, None]] = 0
    return {"states": numbers(rng, (size, length, units)), "numbers": letters}


PARTS = [f"gradient {k + 1}" for k in range(6)]


@exercise(
    "The norm is the root of the sum of all squares, over all arrays.",
    "One share for all: most / norm where the norm is larger than most, otherwise 1.",
    "Multiply each array by that share: the direction stays.",
)
def clip(answer):
    """A function (gradients, most) -> the list of gradients, clipped together."""
    for count in (3, 1, 2, 6):
        zeros = [np.zeros((2, 2)), *[np.zeros(3), np.zeros(1)] * 3][:count]
        whole = [np.array([[3.0, -4], [0, 12]]), *[np.array([84.0]), np.array([0.0])]]
        whole = [*whole, np.full((1, 2, 3), -36.0), *whole][:count]
        expect_same(
            answer,
            _clipped,
            partial(_gradients, count=count),
            cases=[
                {"gradients": whole, "most": 1},
                {"gradients": whole, "most": 1000},
                {"gradients": whole, "most": 13.0},
                {"gradients": [1e8 * each for each in whole], "most": 0.25},
                {"gradients": [each.astype(int) for each in whole], "most": 2},
                {"gradients": zeros, "most": 1.0},
            ],
            mistakes=CLIPPED_WRONG,
            what=tuple(PARTS[:count]),
        )
    return "A long gradient keeps its direction, and a short one is left alone."


def _norm(*arrays):
    return np.sqrt(sum(float(np.sum(np.square(array))) for array in arrays))


def _clipped(gradients, most):
    norm = _norm(*gradients)
    return tuple(g * (most / norm if norm > most else 1.0) for g in gradients)


CLIPPED_WRONG = {
    "this cuts each number off, which turns the gradient: multiply all by one share.": (
        lambda gradients, most: tuple(np.clip(g, -most, most) for g in gradients)
    ),
    "each array has a share of its own here: the norm is that of all together.": (
        lambda gradients, most: tuple(_clipped([g], most)[0] for g in gradients)
    ),
    "a gradient that is short already grows here: leave it as it is.": (
        lambda gradients, most: tuple(g * most / _norm(*gradients) for g in gradients)
    ),
    "the square of the norm is compared here: take the root.": (
        lambda gradients, most: tuple(
            g * min(1, most / max(_norm(*gradients) ** 2, 1e-300)) for g in gradients
        )
    ),
}


def _gradients(rng, size, count):
    shapes = [(size, 2), (size,), (1, 3), (2, 1, 2), (3,), (2, 2)][:count]
    gradients = [numbers(rng, shape, low=-9, high=9) for shape in shapes]
    gradients[0].flat[0] = 1.5  # so that there is a norm
    return {"gradients": gradients, "most": _norm(*gradients) * rng.uniform(0.2, 1.8)}


@exercise(
    "name[::-1] is a name backwards; read takes a list of names.",
    "The bag of letters cannot tell a name from its reverse: its accuracy stays.",
    "With turned = [name[::-1] for name in names.x_test], compare "
    "np.mean(read(turned) == names.y_test) with bag_accuracy.",
)
def backwards(accuracy, conclusion):
    """Accuracy on reversed names; then "better", "worse" or "same" as the bag."""
    share, word = as_share(accuracy), as_comparison(conclusion)
    expect(
        word != "same",
        "the letters are the same, but the reader's state depends on their order: "
        "compare the two accuracies.",
    )
    expect(
        abs(share - 0.558) > 0.02,
        f"{share:.3f} is what the bag of letters reaches: give that of the reader.",
    )
    expect(
        share < 0.5,
        f"{share:.2f} is what the reader reaches on names written forwards: were the "
        "names turned around?",
    )
    expect(
        share >= 0.12,
        f"{share:.2f} is about guessing, less than the reader reaches: were names and "
        "languages still in the same order?",
    )
    expect(share <= 0.42, f"{share:.2f} is more than the reader reaches backwards.")
    expect(word == "worse", "the bag still has more right: compare the two accuracies.")
    return "A reader that was trained forwards is worse backwards than one that counts."


@exercise(
    "Count how many mistakes fell on each pair; a pair that none fell on counts, too.",
    "np.bincount(hit, minlength=pairs) counts, np.sort(counts)[-top:] are the fullest.",
    "They hold counts.sum() / len(hit) of the mistakes; their share is top / pairs.",
)
def fullest(answer):
    """A function (hit, pairs, top) -> how many times their share the fullest hold."""
    expect_same(
        answer,
        _fullest,
        _hits,
        cases=[{"hit": np.array([0]), "pairs": 1, "top": 1}],
        sizes=(*SIZES, 400, 400),
        mistakes={
            "that is the part of the mistakes that they hold: divide by their share.": (
                lambda hit, pairs, top: _fullest(hit, pairs, top) * top / pairs
            ),
            "these are the emptiest pairs.": (
                lambda hit, pairs, top: (
                    np.sort(np.bincount(hit, minlength=pairs))[:top].sum()
                    / len(hit)
                    / (top / pairs)
                )
            ),
            "these are the first pairs, not the fullest.": (
                lambda hit, pairs, top: (
                    np.bincount(hit, minlength=pairs)[:top].sum()
                    / len(hit)
                    / (top / pairs)
                )
            ),
        },
    )
    return (
        "400 mistakes thrown at 105 pairs give about 2, not 1: the fullest ten were "
        "chosen after looking. Only what goes beyond that is news."
    )


def _fullest(hit, pairs, top):
    counts = np.sort(np.bincount(hit, minlength=pairs))
    return float(counts[pairs - top :].sum() / len(hit) / (top / pairs))


def _hits(rng, size):
    """So many mistakes on pairs, some of which are hit more than others, or never."""
    pairs = int(rng.integers(2, 12)) if size < 400 else int(rng.integers(106, 200))
    return {
        "hit": labels(rng, size, pairs),
        "pairs": pairs + int(rng.integers(3)),
        "top": int(rng.integers(1, pairs)),
    }
