"""The exercises of lesson 08: answers that are wrong, right, and not attempted."""

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view

from course import convolution, nn


def windows(x, size, stride):
    return convolution.windows(np.asarray(x), size, stride)


def by_slices(x, size):
    x = np.asarray(x)
    whole = x[..., : x.shape[-1] // size * size]
    return sum(whole[..., k::size] for k in range(size)) / size


def by_reshape(x, size):
    x = np.asarray(x)
    whole = x[..., : x.shape[-1] // size * size]
    return whole.reshape(*x.shape[:2], -1, size).mean(axis=-1)


def by_torch(x, size):
    return torch.nn.functional.avg_pool1d(torch.tensor(x, dtype=torch.float64), size)


def into_the_same_type(x, size):
    result = np.empty_like(x[..., : x.shape[-1] // size])
    result[:] = by_slices(x, size)
    return result


def in_place(x, size):
    mean = by_slices(x, size)
    x[..., : mean.shape[-1]] = mean
    return mean


def rest_too(x, size):
    ends = range(0, x.shape[-1], size)
    return np.stack([x[..., k : k + size].mean(axis=-1) for k in ends], axis=-1)


def from_above(layers):
    reach = 1
    for size, stride in reversed(layers):
        reach = (reach - 1) * stride + size
    return np.int64(reach)


def last_and_first(layers):
    """The distance of the outermost inputs that the output depends on."""
    right = 0
    for size, stride in layers[::-1]:
        right = right * stride + size - 1
    return float(right + 1)


def by_asking(layers):
    """Which inputs matter is tried out, as Boolean windows."""
    seen = {0}
    for size, stride in reversed(layers):
        seen = {place * stride + k for place in seen for k in range(size)}
    return max(seen) + 1


def without_strides(layers):
    return 1 + sum(size - 1 for size, _ in layers)


def own_stride_first(layers):
    reach, step = 1, 1
    for size, stride in layers:
        step *= stride
        reach += (size - 1) * step
    return reach


def last_stride_only(layers):
    reach, step = 1, 1
    for size, stride in layers:
        reach, step = reach + (size - 1) * step, stride
    return reach


def sum_of_strides(layers):
    reach, step = 1, 0
    for size, stride in layers:
        reach, step = reach + (size - 1) * max(step, 1), step + stride
    return reach


def every_stride_two(layers):
    return 1 + sum((size - 1) * 2**k for k, (size, _) in enumerate(layers))


def used_up(layers):
    return from_above([layers.pop() for _ in range(len(layers))][::-1])


TABLE = {(): 1, ((5, 2), (3, 2), (3, 2)): 17, ((2, 1), (2, 2), (5, 1)): 11}


WRONG = {
    "shape": {
        "one channel in": (400, 416),
        "one channel, no biases": (400, 400),
        "no biases": (400, 2400),
        "a bias for each channel": (400, 2496),
        "a kernel for every place": (400, 2416 * 100),
        "a kernel for every pooled place": (400, 2400 * 25),
        "not pooled": (1600, 2416),
        "padded": (784, 2416),
        "one channel out": (25, 2416),
        "channels in": (150, 2416),
        "channels in times out": (2400, 2416),
        "side of the image": (16 * 6 * 6, 2416),
        "exchanged": (2416, 400),
        "text": ("many", 2416),
    },
    "mean_pool": {
        "overlapping": lambda x, size: windows(x, size, 1).mean(axis=3),
        "the largest": convolution.max_pool,
        "the sum": lambda x, size: windows(x, size, size).sum(axis=3),
        "over the channels": lambda x, size: windows(x, size, size).mean(axis=1),
        "over everything": lambda x, size: x.mean(),
        "the median": lambda x, size: np.median(windows(x, size, size), axis=3),
        "size 3 built in": lambda x, size: by_slices(x, 3),
        "three windows built in": lambda x, size: by_slices(x, size)[..., :3],
        "only whole numbers of windows": lambda x, size: x.reshape(
            *x.shape[:2], -1, size
        ).mean(axis=-1),
        "with the rest": rest_too,
        "four at most": lambda x, size: by_slices(x, min(size, 4)),
        "up to five only": lambda x, size: by_slices(x, size) if size < 6 else x,
        "three samples": lambda x, size: by_slices(x, size)[:3],
        "three channels": lambda x, size: by_slices(x, size)[:, :3],
        "a long signal cut": lambda x, size: by_slices(x[..., :700], size),
        "middle of the range": lambda x, size: (
            (convolution.max_pool(x, size) - convolution.max_pool(-x, size)) / 2
        ),
        "half precision": lambda x, size: by_slices(x, size).astype("float16"),
        "first of each": lambda x, size: x[..., ::size],
        "from the end": lambda x, size: by_slices(x[..., x.shape[-1] % size :], size),
        "integers stay integers": into_the_same_type,
        "input changed": in_place,
        "nothing": lambda x, size: None,
    },
    "receptive_field": {
        "sum of sizes": lambda layers: sum(size for size, _ in layers),
        "product": lambda layers: np.prod([size for size, _ in layers]),
        "no strides": without_strides,
        "own stride first": own_stride_first,
        "last stride only": last_stride_only,
        "sum of strides": sum_of_strides,
        "every stride 2": every_stride_two,
        "from the other end": lambda layers: from_above(layers[::-1]),
        "last layer": lambda layers: layers[-1][0] if layers else 1,
        "a table": lambda layers: TABLE.get(tuple(layers), from_above(layers[:1])),
        "three layers built in": lambda layers: from_above(layers[:3]),
        "twelve layers at most": lambda layers: from_above(layers[:12]),
        "sizes up to seven": lambda layers: from_above(
            [(min(size, 7), stride) for size, stride in layers]
        ),
        "strides up to three": lambda layers: from_above(
            [(size, min(stride, 3)) for size, stride in layers]
        ),
        "input used up": used_up,
        "one too many": lambda layers: from_above(layers) + 1,
        "at most a thousand": lambda layers: min(from_above(layers), 1000),
        "at most ten thousand": lambda layers: min(from_above(layers), 10_000),
        "half precision": lambda layers: np.float16(from_above(layers)),
        "nothing": lambda layers: None,
    },
    "no_neighbours": {
        "the misconception": (0.93, "same"),
        "of the CNN": (0.93, "worse"),
        "better": (0.49, "better"),
        "same": (0.49, "same"),
        "the small CNN": (0.71, "worse"),
        "MLP with more steps": (0.62, "worse"),
        "a line": (0.32, "worse"),
        "guessing": (0.1, "worse"),
        "errors": (0.58, "worse"),
        "percent": (49.0, "worse"),
        "not a number": (np.nan, "worse"),
        "a sentence": (0.49, "it depends"),
        "exchanged": ("worse", 0.49),
    },
}
RIGHT = {
    "shape": [(400, 2416), (np.int64(400), 2416.0), (16 * 25, np.float32(2416))],
    "mean_pool": [
        by_slices,
        by_reshape,
        by_torch,
        lambda x, size: [
            [list(map(torch.tensor, r)) for r in b] for b in by_slices(x, size)
        ],
    ],
    "receptive_field": [from_above, last_and_first, by_asking],
    "no_neighbours": [(0.49, "worse"), (np.float32(0.47), " Worse "), (0.504, "WORSE")],
}
SAYS = {
    "shape": {
        "one channel in": "reaches over 6",
        "a kernel for every place": "the same everywhere",
        "not pooled": "pool them",
        "channels in times out": "sums over the channels",
    },
    "mean_pool": {
        "overlapping": "windows overlap",
        "the sum": "this is the sum",
        "input changed": "x",
    },
    "receptive_field": {
        "sum of sizes": "the sum of the sizes",
        "no strides": "every stride were 1",
        "own stride first": "strides *below*",
    },
    "no_neighbours": {
        "the misconception": "reached with neighbours only",
        "same": "Only the neighbours are gone",
        "MLP with more steps": "more than single positions give",
        "a line": "less than it reaches",
    },
}
STUBS = {
    "shape": (..., ...),
    "mean_pool": lambda x, size: ...,
    "receptive_field": lambda layers: ...,
    "no_neighbours": (..., ...),
}
RNG = np.random.default_rng(0)
SIGNAL, KERNEL = RNG.normal(size=(2, 3, 20)), RNG.normal(size=(4, 3, 5))
STACK = [
    RNG.normal(size=s) for s in [(4, 1, 5), (4,), (6, 4, 3), (6,), (30, 10), (10,)]
]
ONE_CHANNEL = RNG.normal(size=(2, 1, 20))
# What each answer is compared on, to tell mutants from the solution.
WHOLE = np.arange(24).reshape(1, 2, 12)
LONG = RNG.normal(size=(4, 4, 800))
POOLED = [
    (LONG, 6),
    (SIGNAL, 1),
    (SIGNAL, 4),
    (SIGNAL[:, :2, :11], 3),
    (WHOLE, 2),
    (SIGNAL, 5),
]
STACKS = [*TABLE, ((3, 3), (1, 2), (4, 5), (2, 2)), ((8, 3), (2, 1)), [(3, 2)] * 14]


def asked(answer, given, *more):
    """What is answered, and what the first argument has become."""
    given = given.copy()
    return [answer(given, *more), given]


PROBES = {
    "mean_pool": lambda answer: [asked(answer, x, size) for x, size in POOLED],
    "receptive_field": lambda answer: [asked(answer, [*layers]) for layers in STACKS],
}
# The lesson's definitions are compared with those of course.convolution on these.
NEEDS = {"np": np, "nn": nn, "sliding_window_view": sliding_window_view}
ARGUMENTS = {
    "conv2d": [SIGNAL[0], KERNEL[0, :, :2]],
    "windows": [SIGNAL, 5, 2],
    "conv1d": [SIGNAL, KERNEL, KERNEL[:, 0, 0], 2, 1],
    "d_conv1d": [RNG.normal(size=(2, 4, 9)), SIGNAL, KERNEL, 2, 1],
    "max_pool": [SIGNAL, 3],
    "batch_norm": [SIGNAL, KERNEL[0, :, 0], KERNEL[1, :, 0]],
    "forward": [STACK, ONE_CHANNEL],
    "backward": [
        STACK,
        *convolution.forward(STACK, ONE_CHANNEL),
        np.array([3, 7]),
    ],
}
