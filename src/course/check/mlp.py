"""The exercises of lesson 06: what a stack of layers holds and what it misses."""

import numpy as np

from course import nn
from course.check import (
    as_number,
    as_numbers,
    as_parts,
    call,
    exercise,
    expect,
    expect_array,
    expect_same,
    numbers,
)


@exercise(
    "Each layer has a matrix of inputs times units.",
    "And one more number for each unit.",
    "64 × 128 + 128 for the first layer; add the two others in the same way.",
)
def count(number):
    """How many weights and biases an MLP 64-128-64-10 has."""
    got = as_number(number)
    expect(
        got != 64 * 128 + 128 * 64 + 64 * 10,
        f"{got:g} counts the weights, but training adjusts the biases as well.",
    )
    expect(
        got != 128 + 64 + 10,
        f"{got:g} is the number of units; each of them has many weights.",
    )
    expect(
        got != 64 * 128 + 128 + 128 * 64 + 64,
        f"{got:g} leaves out the last layer, from 64 units to 10 scores.",
    )
    expect(got == 17_226, f"{got:g} is not it: go through it layer by layer.")
    return "17,226, and half of them in the first layer."


@exercise(
    "Compare the columns of the trained W1, not the numbers within a column.",
    "At the start all hidden units compute the same. What gradient does each get?",
    "Equal units get equal gradients, take equal steps, and stay equal.",
)
def different_units(number):
    """How many different hidden units there are after a start with equal weights."""
    got = as_number(number)
    expect(
        got != 16,
        "16 would mean that training makes the units different. But equal units get "
        "equal gradients: compare the columns of W1 after training.",
    )
    expect(
        got != 0,
        "0 is the number of differences; count the different units themselves.",
    )
    expect(
        got != 10,
        "10 is the number of classes; the hidden units do not share them out here.",
    )
    expect(got == 1, f"{got:g} is not it: compare the columns of the trained W1.")
    return "All 16 stay one unit: chance is what lets units become different."


@exercise(
    "Use every hidden unit twice: W2 then receives its number twice.",
    "Copy the columns of W1 and b1. The two copies share the row of W2: with equal "
    "shares they get equal gradients, and stay twins.",
    "Unequal shares that add up to 1, such as 0.3 and 0.7 of W2.",
)
def widen(answer):
    """A function (W1, b1, W2) -> those of an equal network that is twice as wide."""
    rng = np.random.default_rng()
    drawn = rng.integers([3, 6, 2], [9, 10, 9]), rng.integers(14, 30, size=3)
    for inputs, hidden, outputs in ((4, 3, 2), (6, 1, 10), (2, 5, 3), *drawn):
        # biases above zero: each unit is alive for about half of the samples or more
        W1, b1 = rng.normal(size=(inputs, hidden)), rng.uniform(0, 1, (1, hidden))
        W2 = rng.normal(size=(hidden, outputs))
        x, y = rng.normal(size=(60, inputs)), rng.integers(outputs, size=60)
        _wider(call(answer, W1=W1, b1=b1, W2=W2), (W1, b1, W2), x, y)
        whole = [np.rint(a).astype(int) for a in (W1, b1, W2)]
        whole[0][:2] = np.arange(1, hidden + 1), np.ones(hidden)  # units that differ,
        whole[2][:, 0], whole[2][:, 1] = 1, -1  # each with a say
        wide = call(answer, **dict(zip(NAMES, whole, strict=True)))
        _wider(wide, whole, x, y)
    return "Same function, twice the room, no twins: Net2Net (Chen et al. 2016)."


NAMES = ("W1", "b1", "W2")


def _wider(result, old, x, y) -> None:
    """Wrong unless the new network scores as the old one and can use its room."""
    inputs, hidden = old[0].shape
    wide = [
        as_numbers(part, name)
        for part, name in zip(as_parts(result, NAMES), NAMES, strict=True)
    ]
    shapes = (inputs, 2 * hidden), (1, 2 * hidden), (2 * hidden, old[2].shape[1])
    for array, name, shape in zip(wide, NAMES, shapes, strict=True):
        expect(
            array.shape == shape,
            f"{name} has shape {array.shape}, expected {shape} for {2 * hidden} hidden "
            f"units instead of {hidden}.",
        )
    expected, got = scores(old, x), scores(wide, x)
    expect(
        not np.allclose(got, 2 * expected),
        "the scores have doubled: both copies of a unit report to the next layer, "
        "and their shares must add up to 1.",
    )
    expect(
        not np.allclose(got, expected / 2),
        "the scores are half of what they were: halve only once.",
    )
    expect_array(got, expected, "a score")
    moved, twins = after_training(wide, x, y)
    expect(
        moved,
        "the scores are right, but a hidden unit has not moved in five steps of "
        "training: with neither inputs nor a say it gets no gradient.",
    )
    expect(
        not twins,
        "the scores are right, but after five steps of training two hidden units still "
        "compute the same: copies with equal shares get equal gradients, for ever.",
    )


def scores(weights, x):
    """What a network with one hidden layer of ReLUs gives."""
    W1, b1, W2 = weights
    return nn.relu(x @ W1 + b1) @ W2


def after_training(weights, x, y) -> tuple[bool, bool]:
    """After five steps: has each hidden unit moved, and do two compute the same?

    Units whose weights differ by a positive factor compute the same, too.
    """
    W1, b1, W2 = before = [np.array(array, float) for array in weights]
    for _ in range(5):
        h = nn.relu(x @ W1 + b1)
        d = (nn.softmax(h @ W2) - np.eye(W2.shape[1])[y]) / len(y)
        dh = (d @ W2.T) * (h > 0)
        W1, b1, W2 = W1 - x.T @ dh / 2, b1 - dh.sum(axis=0) / 2, W2 - h.T @ d / 2
    start, end = (np.vstack([a, b, c.T]) for a, b, c in (before, (W1, b1, W2)))
    moved = np.abs(end - start).max(axis=0) > 1e-9
    units = np.vstack([W1, b1])
    units = units / np.maximum(np.linalg.norm(units, axis=0), 1e-12)
    apart = np.abs(units[:, :, None] - units[:, None]).max(axis=0)
    return bool(moved.all()), bool((apart + np.eye(len(apart)) < 1e-9).any())


@exercise(
    "In x @ W1, pixel i meets row i of W1.",
    "x[:, order] has in column i the pixel that was in column order[i].",
    "So row i of the new W1 is row order[i] of the old one.",
)
def reorder(answer):
    """A function (W1, order) -> the weights for images whose pixels are shuffled."""
    expect_same(
        answer,
        lambda W1, order: W1[order],
        _pixels,
        cases=[
            {"W1": np.arange(6.0).reshape(3, 2), "order": np.array([1, 2, 0])},
            *[_pixels(np.random.default_rng(), 12, units) for units in (1, 12)],
            _pixels(np.random.default_rng(), 90, 30),
        ],
        sizes=(4, 1, 2, 3, 9, 64),
        what="W1",
        mistakes={
            "these are the rows in the opposite order of the shuffle: column i of the "
            "shuffled images is pixel order[i].": lambda W1, order: W1[
                np.argsort(order)
            ],
            "nothing has been moved: pixel 0 still meets row 0.": lambda W1, order: W1,
        },
    )
    return "To an MLP an image is a list; that neighbours matter it cannot know."


def _pixels(rng, pixels, units=None):
    units = units or rng.integers(1, 6)
    return {"W1": numbers(rng, (pixels, units)), "order": rng.permutation(pixels)}
