"""The exercises of lesson 03: what a bend can build, and what it costs."""

import numpy as np

from course import nn
from course.check import (
    as_number,
    as_numbers,
    exercise,
    expect,
    expect_array,
    expect_same,
    numbers,
)


@exercise(
    "The first layer gives x W1 + b1, the function makes it 3 (x W1 + b1) + 2.",
    "Put that into the second layer, (...) W2 + b2, and multiply out.",
    "What multiplies x is the new W. Everything else is the new b: the 3 b1 + 2 "
    "goes through W2 as well.",
)
def collapse(answer):
    """A function (W1, b1, W2, b2) -> (W, b): two layers with 3 z + 2 between as one."""
    expect_same(
        answer,
        lambda W1, b1, W2, b2: (3 * W1 @ W2, (3 * b1 + 2) @ W2 + b2),
        _two_layers,
        # The commonest mistakes can be computed where as many go out as are hidden.
        cases=[_two_layers(np.random.default_rng(), 3, outputs=3), _large()],
        sizes=(3, 1, 2, 5),
        what=("W", "b"),
        mistakes={
            "it is right for layers with nothing between them: where is the 3 of "
            "3 z + 2?": lambda W1, b1, W2, b2: (W1 @ W2, b1 @ W2 + b2),
            "W is right. b adds 3 b1 + 2 to b2, but the second layer multiplies all "
            "that it receives by W2, and 3 b1 + 2 is part of that.": _added,
            "W is right, and b nearly: the 2 goes through W2 as well.": _left_outside,
        },
    )
    return "A function without a bend adds nothing, whatever its slope."


def _two_layers(rng, hidden, outputs=None):
    inputs, outputs = rng.integers(1, 6), outputs or rng.integers(1, 6)
    return {
        "W1": numbers(rng, (inputs, hidden), -3, 3),
        "b1": numbers(rng, hidden, -3, 3),
        "W2": numbers(rng, (hidden, outputs), -3, 3),
        "b2": numbers(rng, outputs, -3, 3),
    }


def _large():
    """Two layers with large weights: nothing may be cut off."""
    layers = _two_layers(np.random.default_rng(), 4)
    return {name: 100 * part + 50 for name, part in layers.items()}


def _added(W1, b1, W2, b2):
    return 3 * W1 @ W2, 3 * b1 + 2 + b2


def _left_outside(W1, b1, W2, b2):
    return 3 * W1 @ W2, 3 * b1 @ W2 + 2 + b2


@exercise(
    "Follow the slope from left to right: 0, then 1, then -1, then 0.",
    "A unit relu(x - kink) changes the slope by its weight at its kink, for good.",
    "The changes of slope are +1 at -1, then -2 at 0; what brings it back to 0?",
)
def hat(kinks, weights):
    """Numbers such that sum_i weights[i] relu(x - kinks[i]) = max(0, 1 - |x|)."""
    kinks, weights = as_numbers(kinks, "kinks"), as_numbers(weights, "weights")
    expect(
        kinks.ndim == 1 and kinks.shape == weights.shape,
        f"kinks and weights are two lists of one length; their shapes are "
        f"{kinks.shape} and {weights.shape}.",
    )
    x = _bends_and_between(kinks)
    sums = np.array([nn.relu(each - kinks) @ weights for each in x])
    if np.allclose(sums[x <= 1], np.maximum(0, 1 - np.abs(x))[x <= 1]):
        expect(
            np.isclose(sums[-1], 0),
            f"right up to x = 1, but it goes on to {sums[-1]:.4g} at x = {x[-1]:g}: "
            "the slope has to return to 0, so the weights must add up to 0.",
        )
    expect_array(sums, np.maximum(0, 1 - np.abs(x)), "your sum", x=x)
    return "Put such hats side by side and you can draw any curve."


def _bends_and_between(kinks):
    """Where straight pieces have to be compared: at bends, between and far outside."""
    bends = np.unique([*kinks[np.isfinite(kinks)], -1, 0, 1])
    between = (bends[1:] + bends[:-1]) / 2
    far = max(1e6, 2 * np.abs(bends).max())
    return np.sort([-far, *np.linspace(-3, 3, 49), *bends, *between, far])


@exercise(
    "The shares first: p = softmax(z). Entry (i, j) is p_i (1 - p_i) on the diagonal.",
    "Elsewhere it is -p_i p_j. np.outer(p, p) holds all products.",
    "np.diag(p) - np.outer(p, p): where i = j that is p_i - p_i p_i.",
)
def d_softmax(answer):
    """A function z (classes,) -> the slopes of softmax, (classes, classes)."""
    expect_same(
        answer,
        nn.d_softmax,
        lambda rng, classes: {"z": numbers(rng, classes, -5, 5)},
        cases=[
            {"z": np.array(row)}
            for row in (
                [1000.0, 1001.0],
                [-900.0, 0.0, 900.0],
                [-1000.0, -1001.0],
                [1e4, -1e4, 0.0],
            )
        ],
        sizes=(3, 1, 2, 10, 50),
        tolerance=1e-5,  # takes a difference quotient
        what="the matrix",
        mistakes={
            "it holds the diagonal only: a share depends on the other logits, too.": (
                lambda z: np.diag(np.diag(nn.d_softmax(z)))
            ),
            "it is p_i (1 - p_j) everywhere: the 1 stands on the diagonal only.": (
                lambda z: nn.softmax(z)[:, None] * (1 - nn.softmax(z))
            ),
            "every sign is turned round.": lambda z: -nn.d_softmax(z),
        },
    )
    return "Each column adds up to 0: what one class gains, the others lose."


@exercise(
    "Train each width from several starts: one bad start proves nothing.",
    "The best of the starts shows what a width can do. Look for the jump.",
    "Each unit contributes one fold. How many straight cuts enclose an area?",
)
def smallest_width(number):
    """The smallest number of hidden ReLU units that can enclose the inner circle."""
    width = as_number(number)
    expect(width >= 1 and width.is_integer(), f"{width:g} is no number of units.")
    expect(
        width != 1,
        "one unit bends along one line: that is a single straight cut.",
    )
    expect(
        width != 2,
        "the plane has two dimensions, but two units leave a wedge that is open on "
        "one side. Compare the best accuracy of two units with the next width.",
    )
    expect(
        width != 4,
        "four units work, as the diamond showed, but fewer do too. Did you keep the "
        "best of several starts?",
    )
    expect(width == 3, f"{width:g} units are enough, but far fewer are, too.")
    return "Two units leave a gap; three close it."


@exercise(
    "Ask both functions for one negative number, such as -1.",
    "Below zero leaky ReLU is leak times z.",
    "-keras.activations.leaky_relu(-1.0) is Keras's leak; PyTorch's is in "
    "torch.nn.functional.leaky_relu, and it wants a tensor.",
)
def leaks(in_keras, in_torch):
    """How large the leak of leaky ReLU is by default, in Keras and in PyTorch."""
    got = as_number(in_keras, "Keras's leak"), as_number(in_torch, "PyTorch's leak")
    right = 0.2, 0.01
    expect(
        not np.allclose(got, right[::-1], rtol=1e-3),
        "these are the two leaks, but the other way round: Keras's comes first.",
    )
    expect(
        not np.allclose(got, np.negative(right), rtol=1e-3),
        "these are the outputs at -1; the leak is what multiplies the -1.",
    )
    for name, one, leak in zip(("Keras", "PyTorch"), got, right, strict=True):
        expect(
            np.isclose(one, leak, rtol=1e-3, atol=0),
            f"{one:g} is not {name}'s leak: what does its function give for -1?",
        )
    return "One name, two functions: after a move from one to the other, compare."
