"""The exercises of lesson 03: what a bend can build, and what it costs."""

import numpy as np

from course import nn
from course.check import (
    Wrong,
    as_number,
    as_numbers,
    call,
    exercise,
    expect,
    expect_array,
)


@exercise(
    "The first layer gives x W1 + b1, the function makes it 3 (x W1 + b1) + 2.",
    "Put that into the second layer, (...) W2 + b2, and multiply out.",
    "What multiplies x is the new W. Everything else is the new b: the 3 b1 + 2 "
    "goes through W2 as well.",
)
def collapse(answer):
    """A function (W1, b1, W2, b2) -> (W, b): two layers with 3 z + 2 between as one."""
    rng = np.random.default_rng(3)
    W1, b1 = rng.normal(size=(2, 3)), rng.normal(size=3)
    W2, b2 = rng.normal(size=(3, 3)), rng.normal(size=3)
    result = call(answer, W1=W1, b1=b1, W2=W2, b2=b2)
    expect(
        isinstance(result, tuple | list) and len(result) == 2,
        f"return two arrays, W and b; it returned one {type(result).__name__}.",
    )
    W, b = as_numbers(result[0], "W"), as_numbers(result[1], "b")
    expect(
        not _same(W, W1 @ W2),
        "W is W1 @ W2, as if nothing stood between the layers: where is the 3?",
    )
    expect_array(W, 3 * W1 @ W2, "W")
    expect(
        not _same(b, 3 * b1 + 2 + b2),
        "b adds 3 b1 + 2 to b2, but the second layer multiplies all that it "
        "receives by W2, and 3 b1 + 2 is part of that.",
    )
    expect_array(b, (3 * b1 + 2) @ W2 + b2, "b")
    return "A function without a bend adds nothing, whatever its slope."


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
    x = np.linspace(-3, 3, 49)
    sums = nn.relu(x[:, None] - kinks) @ weights
    if np.allclose(sums[x <= 1], np.maximum(0, 1 - np.abs(x))[x <= 1]):
        expect(
            np.allclose(sums, np.maximum(0, 1 - np.abs(x))),
            f"right up to x = 1, but it goes on to {sums[-1]:.4g} at x = 3: the slope "
            "has to return to 0, so the weights must add up to 0.",
        )
    expect_array(sums, np.maximum(0, 1 - np.abs(x)), "your sum", x=x)
    return "Put such hats side by side and you can draw any curve."


@exercise(
    "Where does the naive formula fail? Try x = 1000 and x = -1000.",
    "As in softmax, take the large part out of the exponential: "
    "log(1 + e^x) = x + log(e^-x + 1). When is that form safe?",
    "Both cases at once: max(x, 0) + log(1 + e^-|x|).",
)
def softplus(answer):
    """A function x -> log(1 + e^x), element by element, right even for |x| = 1000."""
    x = np.array([-2.0, -0.5, 0.0, 0.5, 3.0])
    result = as_numbers(call(answer, x=x))
    expect(
        result.shape != x.shape or not np.allclose(result, nn.relu(x)),
        "this is ReLU itself; softplus rounds its corner: at x = 0 it is log 2.",
    )
    expect_array(result, nn.softplus(x), x=x)
    grid = np.array([[-1000.0, -30.0], [30.0, 1000.0]])
    large = as_numbers(call(answer, x=grid))
    if large.shape == grid.shape and not np.isfinite(large).all():
        at = grid[~np.isfinite(large)][0]
        raise Wrong(
            f"right for small x, but for x = {at:g} it is no finite number: an "
            "exponential has left the range of floating-point numbers."
        )
    expect_array(large, nn.softplus(grid), x=grid)
    return "A ReLU with a rounded corner; its slope is the sigmoid."


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


def _same(a, b):
    """True if two arrays have one shape and the same values."""
    return a.shape == b.shape and np.allclose(a, b)
