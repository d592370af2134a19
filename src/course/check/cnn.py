"""The exercises of lesson 08: what a convolution sees and what it rests on."""

import numpy as np

from course import convolution
from course.check import (
    as_comparison,
    as_number,
    as_share,
    exercise,
    expect,
    expect_same,
    numbers,
)

Layers = list[tuple[int, int]]


@exercise(
    "Where can the upper left corner of a 5 × 5 window stand in 14 × 14?",
    "10 × 10 places for each kernel; pooling leaves a quarter of them.",
    "Each kernel reaches over all 6 channels: it has 6 · 5 · 5 weights, and a bias.",
)
def shape(values, learned):
    """Values out and numbers learned: 16 kernels of 5 × 5 on (6, 14, 14), pooled."""
    out, found = as_number(values, "values"), as_number(learned, "learned")
    expect(out != 16 * 10 * 10, "1,600 values come out of the convolution: pool them.")
    expect(out != 16 * 7 * 7, "784 values: that would be with padding, here is none.")
    expect(out != 25, "25 values are one channel. How many kernels are there?")
    expect(
        out not in (6 * 25, 16 * 6 * 25),
        f"{out:g} values: a kernel sums over the channels that come in, and gives one.",
    )
    expect(out == 400, f"{out:g} values is not it: list where a window can stand.")
    expect(
        found not in (16 * 25, 16 * 26),
        f"{found:g} numbers: that is for one channel. Here a kernel reaches over 6.",
    )
    expect(found != 16 * 6 * 25, "2,400 are the weights; each kernel has a bias too.")
    expect(
        found != 16 * 6 * 26,
        "2,496 gives a kernel a bias for each channel: it has one for its sum.",
    )
    expect(
        found
        not in [places * kernels for places in (25, 100) for kernels in (2400, 2416)],
        f"{found:g} counts a kernel anew at every place. It is the same everywhere: "
        "that is the point of a convolution.",
    )
    expect(found == 2416, f"{found:g} numbers is not it: 16 kernels of how many?")
    return "A kernel is as deep as its input has channels, whatever the image's size."


def _mean_pool(x: np.ndarray, size: int) -> np.ndarray:
    return convolution.windows(x, size, size).mean(axis=3)


def _signals(rng: np.random.Generator, size: int) -> dict:
    """So many windows of a random width, and what is left over at the end.

    Where there are many windows, they are wide enough for a mean to be no other middle.
    """
    width = int(rng.integers(1, 6)) if size < 10 else 10 - size % 3
    length = size * width + int(rng.integers(width))
    batch, channels = rng.integers(8, 12, 2) if size == 12 else rng.integers(1, 4, 2)
    return {"x": numbers(rng, (batch, channels, length)), "size": width}


@exercise(
    "`windows` with a stride lays out neighbours that do not overlap.",
    "windows(x, size, size) has the shape (batch, channels, positions, size).",
    "Take the mean over its last axis.",
)
def mean_pool(answer):
    """A function (x, size) -> the mean of each `size` neighbours."""
    expect_same(
        answer,
        _mean_pool,
        _signals,
        mistakes={
            "these windows overlap. Move on by `size`, not by one.": lambda x, size: (
                convolution.windows(x, size).mean(axis=3)
            ),
            "this is the largest of the neighbours, not their mean.": (
                convolution.max_pool
            ),
            "this is the sum: divide it by the number of neighbours.": lambda x, size: (
                size * _mean_pool(x, size)
            ),
        },
        what="a mean",
    )
    return "A mean asks how much there is; a maximum asks whether it is there."


def _reach(layers: Layers) -> int:
    reach, step = 1, 1
    for size, stride in layers:
        reach, step = reach + (size - 1) * step, step * stride
    return reach


def _strides_first(layers: Layers) -> int:
    reach, step = 1, 1
    for size, stride in layers:
        step *= stride
        reach += (size - 1) * step
    return reach


def _stack(rng: np.random.Generator, size: int) -> dict:
    """Up to eight layers, some of size 1; three of any stride; dozens without one."""
    largest, spread, count = 8, 4, min(size, 8)
    if size in (10, 12):
        largest, spread, count = 20, 10, 3
    elif size > 16:
        largest, spread, count = 4, 2, int(rng.integers(20, 40))
    sizes, strides = rng.integers(1, largest, count), rng.integers(1, spread, count)
    return {"layers": [*zip(sizes.tolist(), strides.tolist(), strict=True)]}


@exercise(
    "One output of the first layer sees `size` inputs.",
    "The windows of the second layer are `stride` inputs apart, not one.",
    "Go upwards: reach += (size − 1) · step, then step *= stride, from 1 and 1.",
)
def receptive_field(answer):
    """A function [(size, stride), ...] -> inputs that one output depends on."""
    stacks: tuple[list, ...] = (
        [],
        [(5, 2), (3, 2), (3, 2)],
        [(2, 1), (2, 2), (5, 1)],
        [(1, 3), (4, 1)],
        [(11, 2), (9, 1)],
        [(3, 2)] * 14,  # 32,767 inputs
    )
    expect_same(
        answer,
        _reach,
        _stack,
        cases=[{"layers": layers} for layers in stacks],
        mistakes={
            "this is the sum of the sizes. But windows of a layer overlap, and a "
            "stride below spreads them out.": lambda layers: sum(s for s, _ in layers),
            "this is the product of the sizes, which is right only where windows do "
            "not overlap.": lambda layers: np.prod([s for s, _ in layers]),
            "this is as if every stride were 1: above a stride of 2 neighbours are "
            "two inputs apart.": lambda layers: 1 + sum(s - 1 for s, _ in layers),
            "a stride spreads what is above it: windows of a layer are as far apart "
            "as the strides *below* it say.": _strides_first,
        },
        what="the receptive field",
    )
    return "17 of 40 for the small CNN: depth and strides are how it sees the whole."


@exercise(
    "A kernel of 1 sees one position: size 1, stride 1, padding 0.",
    'Three times ("conv", channels, 1, 1, 0), ("norm",), ("relu",), with 16, 32, 32.',
    'No pooling, which compares neighbours; then ("flat",), ("dense", 10).',
)
def no_neighbours(accuracy, conclusion):
    """Test accuracy with kernels of 1, and "better", "worse" or "same"."""
    share = as_share(accuracy)
    expect(
        share < 0.75,
        f"{share:.2f} is reached with neighbours only: has each of the convolutions "
        "size 1, and is the pooling left out?",
    )
    expect(
        share <= 0.56,
        f"{share:.2f} is more than single positions give: is a larger kernel or a "
        "pooling left, or were there more than 200 steps?",
    )
    expect(
        share >= 0.42,
        f"{share:.2f} is less than it reaches: train on all signals, 200 steps with a "
        "rate of 0.01, and ask for the test signals.",
    )
    word = as_comparison(conclusion)
    expect(
        word == "worse",
        "depth, channels, normalisation and shared weights are all still there. Only "
        "the neighbours are gone. Compare with the CNN's row in the table again.",
    )
    return (
        "Nearly half right: that much the single values say, added up. Shuffled, where "
        "they still meet, it was a few points more; the rest is neighbours."
    )
