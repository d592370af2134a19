"""The exercises of lesson 06: what a stack of layers holds and what it misses."""

import numpy as np

from course import nn
from course.check import (
    Wrong,
    as_comparison,
    as_number,
    as_numbers,
    as_share,
    call,
    exercise,
    expect,
    expect_array,
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
    "Use every hidden unit twice.",
    "Two copies of a unit put out the same number, so W2 receives it twice.",
    "Copy the columns of W1 and b1, copy the rows of W2, and halve these.",
)
def widen(answer):
    """A function (W1, b1, W2) -> those of an equal network that is twice as wide."""
    rng = np.random.default_rng(6)
    W1, b1, W2 = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=(3, 2))
    result = call(answer, W1=W1, b1=b1, W2=W2)
    expect(
        isinstance(result, tuple | list) and len(result) == 3,
        f"return three arrays, W1, b1 and W2; it returned a {type(result).__name__}.",
    )
    names, shapes = ("W1", "b1", "W2"), [(4, 6), (6,), (6, 2)]
    V1, c1, V2 = (as_numbers(a, name) for a, name in zip(result, names, strict=True))
    for array, name, shape in zip((V1, c1, V2), names, shapes, strict=True):
        expect(
            array.shape == shape,
            f"{name} has shape {array.shape}, expected {shape} for 6 hidden units "
            "instead of 3.",
        )
    x = rng.normal(size=(20, 4))
    expected, got = nn.relu(x @ W1 + b1) @ W2, nn.relu(x @ V1 + c1) @ V2
    if np.allclose(got, 2 * expected):
        raise Wrong(
            "the scores have doubled: both copies of a unit report to the next layer, "
            "so each may bring only half."
        )
    if np.allclose(got, expected / 2):
        raise Wrong("the scores are half of what they were: halve only once.")
    expect_array(got, expected, "a score")
    return "Same function, twice the room: Net2Net (Chen et al. 2016)."


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
    "Use the same order for training and test images.",
    "Compare with the test accuracy that `trained` has; two points are within chance.",
    "In x @ W, does it matter which pixel is called the first?",
)
def shuffled_pixels(accuracy, conclusion):
    """Test accuracy with shuffled pixels, and "better", "worse" or "same"."""
    share = as_share(accuracy)
    expect(
        share >= 0.3,
        f"{share:.2f} is about guessing: were the test pixels put into the same order "
        "as the training pixels?",
    )
    expect(
        share >= 0.7,
        f"{share:.2f} is less than this network reaches: train start([512]) "
        "for 50 epochs.",
    )
    word = as_comparison(conclusion)
    expect(
        word != "worse",
        "you could no longer read the digits, but the network never saw a picture: "
        "it sees a list of numbers. Compare the two accuracies again.",
    )
    expect(word == "same", "a difference within two points is chance: try other seeds.")
    return "To an MLP an image is a list; that neighbours matter it cannot know."
