"""The exercises of lesson 03: answers that are wrong, right, and not attempted."""

import numpy as np
from scipy.special import erf

from course import nn


def scaled(W1, b1, W2, b2):
    return 3 * (W1 @ W2), W2.T @ (3 * b1 + 2) + b2


def by_asking(W1, b1, W2, b2):
    """What the two layers give for nothing, and for each input alone."""

    def both(x):
        return (3 * (x @ W1 + b1) + 2) @ W2 + b2

    b = both(np.zeros(len(W1)))
    return [both(np.eye(len(W1))) - b, b]


def in_place(W1, b1, W2, b2):
    b1 *= 3
    b1 += 2
    return 3 * W1 @ W2, b1 @ W2 + b2


def table(W1, b1, W2, b2):
    """Right where there are three hidden units."""
    W, b = scaled(W1, b1, W2, b2)
    return (W, b) if len(b1) == 3 else (np.zeros_like(W), b)


def slopes(z):
    p = nn.softmax(z)
    return np.array(
        [[p[i] * ((i == j) - p[j]) for j in range(len(p))] for i in range(len(p))]
    )


def quotients(z, step=1e-5):
    rows = step * np.eye(len(z))
    return ((nn.softmax(z + rows) - nn.softmax(z - rows)) / (2 * step)).T


def overflowing(z):
    p = np.exp(z) / np.exp(z).sum()
    return np.diag(p) - np.outer(p, p)


def minus_least(z):
    """Safe for small logits only: the least is taken off, not the largest."""
    p = np.exp(z - z.min()) / np.exp(z - z.min()).sum()
    return np.diag(p) - np.outer(p, p)


def less(shift):
    """The slopes with something taken off the logits that is not the largest."""

    def matrix(z):
        p = np.exp(z - shift(z))
        return np.diag(p / p.sum()) - np.outer(p, p) / p.sum() ** 2

    return matrix


def shifting(z):
    z -= z.max()
    p = np.exp(z) / np.exp(z).sum()
    return np.diag(p) - np.outer(p, p)


def of_three(z):
    return slopes(z) if len(z) == 3 else np.zeros((len(z), len(z)))


WRONG = {
    "collapse": {
        "forgot the function": lambda W1, b1, W2, b2: (W1 @ W2, b1 @ W2 + b2),
        "added the biases": lambda W1, b1, W2, b2: (3 * W1 @ W2, 3 * b1 + 2 + b2),
        "left the 2 outside": lambda W1, b1, W2, b2: (
            3 * W1 @ W2,
            3 * b1 @ W2 + 2 + b2,
        ),
        "only the last bias": lambda W1, b1, W2, b2: (3 * W1 @ W2, b2),
        "wrong order": lambda W1, b1, W2, b2: (3 * W2 @ W1, (3 * b1 + 2) @ W2 + b2),
        "only W": lambda W1, b1, W2, b2: 3 * W1 @ W2,
        "function after the end": lambda W1, b1, W2, b2: (
            3 * W1 @ W2,
            3 * (b1 @ W2 + b2) + 2,
        ),
        "without the 2": lambda W1, b1, W2, b2: (3 * W1 @ W2, 3 * b1 @ W2 + b2),
        "turned": lambda W1, b1, W2, b2: ((3 * W1 @ W2).T, (3 * b1 + 2) @ W2 + b2),
        "2 only": lambda W1, b1, W2, b2: (W1 @ W2, (b1 + 2) @ W2 + b2),
        "b first": lambda *a: scaled(*a)[::-1],
        "three units only": table,
        "changes b1": in_place,
        "whole numbers": lambda *a: tuple(np.round(part) for part in scaled(*a)),
        "cut off at 40": lambda *a: tuple(np.clip(b, -40, 40) for b in scaled(*a)),
    },
    "hat": {
        "a plateau": ([-1, 0], [1, -1]),
        "never comes back": ([-1, 0], [1, -2]),
        "goes up again": ([-1, 0, 1], [1, -2, 2]),
        "slopes, not changes": ([-1, 0, 1], [1, -1, 0]),
        "kinks and weights exchanged": ([1, -2, 1], [-1, 0, 1]),
        "too high": ([-1, 0, 1], [2, -4, 2]),
        "lists of two lengths": ([-1, 0, 1], [1, -2]),
        "numbers": (0, 1),
        "starts again far away": ([-1, 0, 1, 50], [1, -2, 1, 1]),
        "starts too early": ([-1.1, 0, 1.1], [1, -2, 1]),
        "a dent between the points": (
            [-1, -0.01, 0, 0.01, 1],
            [1, -0.5, -1, -0.5, 1],
        ),
        "another hat far away": ([-1, 0, 1, 50, 51, 52], [1, -2, 1, 1, -2, 1]),
        "another hat out of sight": ([-1, 0, 1, 500, 600, 700], [1, -2, 1, 1, -2, 1]),
        "a thin spike": ([-1, 0, 0.3, 0.3001, 0.3002, 1], [1, -2, 1, -2, 1, 1]),
        "starts again very far away": ([-1, 0, 1, 1e7], [1, -2, 1, 1]),
        "no units": ([], []),
        "not a number": ([-1, 0, np.nan], [1, -2, 1]),
    },
    "d_softmax": {
        "the diagonal": lambda z: np.diag(nn.softmax(z) * (1 - nn.softmax(z))),
        "a row": lambda z: nn.softmax(z) * (1 - nn.softmax(z)),
        "no diagonal": lambda z: -np.outer(nn.softmax(z), nn.softmax(z)),
        "1 everywhere": lambda z: np.outer(nn.softmax(z), 1 - nn.softmax(z)),
        "signs": lambda z: -slopes(z),
        "the identity": lambda z: (
            np.eye(len(z)) - np.outer(nn.softmax(z), nn.softmax(z))
        ),
        "of the logarithm": lambda z: np.eye(len(z)) - nn.softmax(z),
        "overflows": overflowing,
        "takes the least off": minus_least,
        "takes the last off": less(lambda z: z[-1]),
        "takes the largest size off": less(lambda z: np.abs(z).max()),
        "takes 700 off": less(lambda z: 700 * (z.max() > 700)),
        "changes its argument": shifting,
        "three classes only": of_three,
        "sums": lambda z: slopes(z).sum(axis=0),
        "of sigmoids": lambda z: np.diag(nn.d_sigmoid(z)),
        "shares": lambda z: nn.softmax(z),
        "nothing": lambda z: None,
    },
    "smallest_width": {
        "one": 1,
        "the misconception": 2,
        "as the diamond": 4,
        "many": 16,
        "none": 0,
        "negative": -3,
        "a fraction": 2.5,
        "text": "three",
        "a list": [3],
        "not a number": np.nan,
        "the best accuracy": 0.998,
    },
    "leaks": {
        "the misconception": (0.01, 0.01),
        "also the same": (0.2, 0.2),
        "exchanged": (0.01, 0.2),
        "outputs": (-0.2, -0.01),
        "none": (0, 0),
        "in percent": (20, 1),
        "one over": (5, 100),
        "of Keras's layer": (0.3, 0.01),
        "about": (0.21, 0.011),
        "text": ("0.2", "0.01"),
        "a list": ([0.2], [0.01]),
        "not a number": (np.nan, 0.01),
    },
}
RIGHT = {
    "collapse": [scaled, lambda *a: list(scaled(*a)), by_asking],
    "hat": [
        (np.array([1, 0, -1]), np.array([1, -2, 1])),
        ([-1.0, 0, 0, 1], [1.0, -1, -1, 1]),
        ([-1, 0, 1, 7], [1, -2, 1, 0]),
    ],
    "d_softmax": [slopes, quotients, lambda z: nn.d_softmax(z).T.tolist()],
    "smallest_width": [3, 3.0, np.int64(3)],
    "leaks": [(0.2, 0.01), (np.float32(0.2), np.float32(0.01)), (0.20000000298, 0.01)],
}
SAYS = {
    "collapse": {
        "forgot the function": "where is the 3",
        "added the biases": "multiplies all that it receives",
        "left the 2 outside": "the 2 goes through W2",
        "changes b1": "work on a copy",
    },
    "hat": {
        "never comes back": "weights must add up to 0",
        "starts again far away": "weights must add up to 0",
        "another hat far away": "your sum for x = 50.5 is 0.5, expected 0",
        "a thin spike": "your sum for x = 0.3",
    },
    "d_softmax": {
        "the diagonal": "depends on the other logits",
        "1 everywhere": "on the diagonal only",
        "overflows": "nan is what",
    },
    "smallest_width": {
        "the misconception": "wedge",
        "as the diamond": "fewer do too",
    },
    "leaks": {
        "exchanged": "the other way round",
        "outputs": "outputs at -1",
        "the misconception": "Keras's leak",
    },
}
STUBS = {
    "collapse": lambda W1, b1, W2, b2: ...,
    "hat": (..., ...),
    "d_softmax": lambda z: ...,
    "smallest_width": ...,
    "leaks": (..., ...),
}

X = np.linspace(-6, 6, 25)
LAYERS = [
    [rng.normal(0, size, shape) for shape in [(2, n), n, (n, 4), 4]]
    for n, size, rng in (
        (3, 1, np.random.default_rng(0)),
        (5, 20, np.random.default_rng(1)),
    )
]


def parts(answer):
    """W and b for two pairs of layers, and the arguments afterwards."""
    found = []
    for layers in LAYERS:
        given = [a.copy() for a in layers]
        W, b = answer(*given)
        found += [np.asarray(W), np.asarray(b), *given]
    return found


def matrices(answer):
    """The slopes for rows of several lengths, and the rows afterwards."""
    rows = [X[:5].copy(), np.array([1000.0, 0.0]), np.array([0.5, -1.0, 2.0, 900.0])]
    rows += [np.array([-1000.0, -1001.0]), np.array([2000.0, 0.0])]
    found = []
    for z in rows:
        found += [np.asarray(answer(z)), z]
    return found


PROBES = {"collapse": parts, "d_softmax": matrices}

# The lesson's definitions are compared with those of course.nn on these.
NEEDS = {"np": np, "erf": erf}
ARGUMENTS = {
    "relu": [X],
    "d_relu": [X],
    "sigmoid": [X],
    "d_sigmoid": [X],
    "tanh": [X],
    "d_tanh": [X],
    "leaky_relu": [X],
    "d_leaky_relu": [X],
    "gelu": [X],
    "d_gelu": [X],
    "softmax": [X.reshape(5, 5)],
    "log_softmax": [X.reshape(5, 5)],
    "d_softmax": [X[:5]],
}
