"""The exercises of lesson 08: answers that are wrong, right, and not attempted."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from course import convolution, nn


def windows(x, size, stride):
    return convolution.windows(x, size, stride)


def by_slices(x, size):
    whole = x[..., : x.shape[-1] // size * size]
    return sum(whole[..., k::size] for k in range(size)) / size


def from_above(layers):
    reach = 1
    for size, stride in reversed(layers):
        reach = (reach - 1) * stride + size
    return np.int64(reach)


def without_strides(layers):
    return 1 + sum(size - 1 for size, _ in layers)


def own_stride_first(layers):
    reach, step = 1, 1
    for size, stride in layers:
        step *= stride
        reach += (size - 1) * step
    return reach


WRONG = {
    "shape": {
        "a kernel for every position": (19, 2375),
        "no padding": (18, 150),
        "no stride": (38, 150),
        "half": (20, 150),
        "no biases": (19, 125),
        "biases only": (19, 25),
        "text": ("many", 150),
    },
    "mean_pool": {
        "overlapping": lambda x, size: windows(x, size, 1).mean(axis=3),
        "the largest": convolution.max_pool,
        "the sum": lambda x, size: windows(x, size, size).sum(axis=3),
        "over the channels": lambda x, size: windows(x, size, size).mean(axis=1),
        "over everything": lambda x, size: x.mean(),
        "the median": lambda x, size: np.median(windows(x, size, size), axis=3),
        "size 3 built in": lambda x, size: by_slices(x, 3),
        "nothing": lambda x, size: None,
    },
    "receptive_field": {
        "sum of sizes": lambda layers: sum(size for size, _ in layers),
        "product": lambda layers: np.prod([size for size, _ in layers]),
        "no strides": without_strides,
        "own stride first": own_stride_first,
        "last layer": lambda layers: layers[-1][0] if layers else 1,
        "nothing": lambda layers: None,
    },
    "reversed_signals": {
        "worse": (0.98, "worse"),
        "better": (0.98, "better"),
        "test not reversed": (0.41, "worse"),
        "the MLP": (0.63, "same"),
        "the small CNN": (0.91, "same"),
        "percent": (98.0, "same"),
        "a sentence": (0.98, "it depends"),
    },
}
RIGHT = {
    "shape": [(19, 150), (np.int64(19), 150.0)],
    "mean_pool": [by_slices],
    "receptive_field": [from_above],
    "reversed_signals": [(0.985, "same"), (np.float64(0.97), " Same ")],
}
SAYS = {
    "shape": {"a kernel for every position": "same kernel everywhere"},
    "receptive_field": {
        "sum of sizes": "the sum of the sizes",
        "no strides": "every stride were 1",
    },
    "reversed_signals": {"worse": "neighbours are still"},
}
STUBS = {
    "shape": (..., ...),
    "mean_pool": lambda x, size: ...,
    "receptive_field": lambda layers: ...,
    "reversed_signals": (..., ...),
}

RNG = np.random.default_rng(0)
SIGNAL, KERNEL = RNG.normal(size=(2, 3, 20)), RNG.normal(size=(4, 3, 5))
STACK = [
    RNG.normal(size=s) for s in [(4, 1, 5), (4,), (6, 4, 3), (6,), (30, 10), (10,)]
]
ONE_CHANNEL = RNG.normal(size=(2, 1, 20))
# The lesson's definitions are compared with those of course.convolution on these.
NEEDS = {"np": np, "nn": nn, "sliding_window_view": sliding_window_view}
ARGUMENTS = {
    "conv2d": [SIGNAL[0], KERNEL[0, :, :2]],
    "windows": [SIGNAL, 5, 2],
    "pad": [SIGNAL, 2],
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
