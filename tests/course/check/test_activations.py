"""The exercises of lesson 03: answers that are wrong, right, and not attempted."""

import numpy as np
from scipy.special import erf


def scaled(W1, b1, W2, b2):
    return 3 * (W1 @ W2), W2.T @ (3 * b1 + 2) + b2


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
    },
    "softplus": {
        "naive": lambda x: np.log(1 + np.exp(x)),
        "ReLU": lambda x: np.maximum(x, 0),
        "only the large side": lambda x: x + np.log1p(np.exp(-x)),
        "clipped": lambda x: np.log1p(np.exp(np.minimum(x, 20))),
        "base two": lambda x: np.logaddexp2(0, x),
        "its slope": lambda x: 1 / (1 + np.exp(-x)),
        "summed": lambda x: np.logaddexp(0, x).sum(),
        "nothing": lambda x: None,
    },
    "smallest_width": {
        "one": 1,
        "as many as dimensions": 2,
        "as the diamond": 4,
        "many": 16,
        "none": 0,
        "negative": -3,
        "a fraction": 2.5,
        "text": "three",
        "a list": [3],
    },
}
RIGHT = {
    "collapse": [scaled, lambda *a: list(scaled(*a))],
    "hat": [
        (np.array([1, 0, -1]), np.array([1, -2, 1])),
        ([-1.0, 0, 0, 1], [1.0, -1, -1, 1]),
    ],
    "softplus": [
        lambda x: np.logaddexp(x, 0),
        lambda x: np.where(x > 30, x, np.log1p(np.exp(np.minimum(x, 30)))),
    ],
    "smallest_width": [3, 3.0, np.int64(3)],
}
SAYS = {
    "collapse": {
        "forgot the function": "where is the 3?",
        "added the biases": "multiplies all that it receives",
    },
    "hat": {
        "never comes back": "weights must add up to 0",
    },
    "softplus": {
        "naive": "x = 1000",
        "ReLU": "log 2",
    },
    "smallest_width": {
        "as many as dimensions": "wedge",
        "as the diamond": "fewer do too",
    },
}
STUBS = {
    "collapse": lambda W1, b1, W2, b2: ...,
    "hat": (..., ...),
    "softplus": lambda x: ...,
    "smallest_width": ...,
}

X = np.linspace(-6, 6, 25)

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
    "softplus": [X],
}
