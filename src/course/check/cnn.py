"""The exercises of lesson 08: what a convolution sees and what it rests on."""

import numpy as np

from course import convolution
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
    "With padding the signal has 42 values. Where can a window of 5 begin?",
    "At 0, 2, 4, ... as long as five values are left.",
    "(40 + 2·1 − 5) // 2 + 1 positions; each kernel has 5 weights and a bias.",
)
def shape(positions, numbers):
    """Positions and numbers of 25 kernels of 5 on 40 values, stride 2, padding 1."""
    places, learned = as_number(positions, "positions"), as_number(numbers, "numbers")
    expect(places != 18, "18 positions: that is without the padding at both ends.")
    expect(places != 38, "38 positions: that is without the stride of 2.")
    expect(places != 20, "20 is half of 40, but the last window must fit in whole.")
    expect(places == 19, f"{places:g} positions is not it: list where windows begin.")
    expect(
        learned not in (25 * 5 * 19, 25 * 6 * 19, 25 * 5 * 40),
        f"{learned:g} counts the kernel anew at every position. It is the same kernel "
        "everywhere: that is the point of a convolution.",
    )
    expect(learned != 25 * 5, "125 are the weights; each kernel has a bias as well.")
    expect(learned == 150, f"{learned:g} numbers is not it: 25 kernels of how many?")
    return "19 positions, and 150 numbers however long the signal is."


@exercise(
    "`windows` with a stride lays out neighbours that do not overlap.",
    "windows(x, size, size) has the shape (batch, channels, positions, size).",
    "Take the mean over its last axis.",
)
def mean_pool(answer):
    """A function (x, size) -> the mean of each `size` neighbours."""
    x = np.random.default_rng(8).normal(size=(2, 4, 11))
    result = as_numbers(call(answer, x=x, size=3), "what it returns")
    expect(
        result.shape != (2, 4, 9),
        "9 positions: these windows overlap. Move on by `size`, not by one.",
    )
    expect(
        result.shape == (2, 4, 3),
        f"the shape is {result.shape}, expected (2, 4, 3): three windows of 3 fit into "
        "11 values, and the two left over are dropped.",
    )
    if np.allclose(result, convolution.max_pool(x, 3)):
        raise Wrong("this is the largest of the neighbours, not their mean.")
    expected = x[:, :, :9].reshape(2, 4, 3, 3).mean(axis=3)
    if np.allclose(result, 3 * expected):
        raise Wrong("this is the sum: divide it by the number of neighbours.")
    expect_array(result, expected, "a mean")
    twos = call(answer, x=x, size=2)  # another size: 3 must not be built in
    expected = x[:, :, :10].reshape(2, 4, 5, 2).mean(axis=3)
    expect_array(twos, expected, "with size = 2 the answer")
    return "A mean asks how much there is; a maximum asks whether it is there."


@exercise(
    "One output of the first layer sees `size` inputs.",
    "The windows of the second layer are `stride` inputs apart, not one.",
    "Go upwards: reach += (size − 1) · step, then step *= stride, from 1 and 1.",
)
def receptive_field(answer):
    """A function [(size, stride), ...] -> inputs that one output depends on."""
    cases = {
        ((5, 1),): 5,
        ((3, 1), (3, 1)): 5,
        ((5, 2), (3, 2), (3, 2)): 17,
        ((2, 1), (2, 2), (5, 1)): 11,
        (): 1,
    }
    for layers, expected in cases.items():
        got = as_number(call(answer, layers=list(layers)), "what it returns")
        expect(
            len(layers) < 2 or got != sum(size for size, _ in layers),
            f"for {list(layers)} this is the sum of the sizes. But windows of a layer "
            "overlap, and a stride below spreads them out.",
        )
        expect(
            len(layers) < 2 or got != np.prod([size for size, _ in layers]),
            f"for {list(layers)} this is the product of the sizes, which is right only "
            "where windows do not overlap.",
        )
        expect(
            got == expected or got != 1 + sum(size - 1 for size, _ in layers),
            f"for {list(layers)} it returns {got:g}, as if every stride were 1: above "
            "a stride of 2 neighbours are two inputs apart.",
        )
        expect(
            got == expected,
            f"for {list(layers)} it returns {got:g}, expected {expected}.",
        )
    return "17 of 40 for the small CNN: depth and strides are how it sees the whole."


@exercise(
    "Reverse training and test signals in the same way: x[:, :, ::-1].copy().",
    "Compare with the accuracy that the table gives; two points are within chance.",
    "Who was a neighbour before, and who is one now?",
)
def reversed_signals(accuracy, conclusion):
    """Test accuracy on reversed signals, and "better", "worse" or "same"."""
    share = as_share(accuracy)
    expect(
        share >= 0.75,
        f"{share:.2f} is far less than it reaches: were training and test signals both "
        "reversed, along the last axis?",
    )
    expect(
        share >= 0.94,
        f'{share:.2f} is less than "CNN with norm" reaches: was it that network?',
    )
    word = as_comparison(conclusion)
    expect(
        word != "worse",
        "every position has changed, as with shuffling, but neighbours are still "
        "neighbours. Compare the two accuracies again.",
    )
    expect(word == "same", "a difference within two points is chance: try other seeds.")
    return "It needs neighbours, not a direction: the mirrored kernels do as well."
