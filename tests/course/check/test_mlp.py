"""The exercises of lesson 06: answers that are wrong, right, and not attempted."""

import ast

import numpy as np
from definitions import functions, lesson_of


def doubled(W1, b1, W2):
    return np.hstack([W1, W1]), np.tile(b1, 2), np.vstack([W2, W2])


def halved_twice(W1, b1, W2):
    V1, c1, V2 = doubled(W1, b1, W2)
    return V1 / 2, c1 / 2, V2 / 2


def weights_only(W1, b1, W2):
    V1, c1, V2 = doubled(W1, b1, W2)
    return V1 / 2, c1, V2


def halved_before_the_bend(W1, b1, W2):
    V1, c1, V2 = doubled(W1, b1, W2)
    return V1 / 2, c1 / 2, V2


def interleaved(W1, b1, W2):
    return [np.repeat(W1, 2, axis=1), np.repeat(b1, 2), np.repeat(W2, 2, axis=0) / 2]


WRONG = {
    "count": {
        "no biases": 17_024,
        "units": 202,
        "no last layer": 16_576,
        "one bias a layer": 17_027,
        "a list": [17_226],
        "text": "many",
    },
    "widen": {
        "no halving": doubled,
        "halved twice": halved_twice,
        "biases not halved": weights_only,
        "not wider": lambda W1, b1, W2: (W1, b1, W2),
        "two arrays": lambda W1, b1, W2: (W1, b1),
        "nothing": lambda W1, b1, W2: None,
    },
    "different_units": {
        "all of them": 16,
        "none": 0,
        "one a class": 10,
        "two": 2,
        "a fraction": 0.5,
        "text": "one",
    },
    "shuffled_pixels": {
        "worse": (0.96, "worse"),
        "better": (0.96, "better"),
        "test not shuffled": (0.12, "worse"),
        "in percent": (96, "same"),
        "not trained": (0.5, "same"),
        "another word": (0.96, "equal"),
        "no word": (0.96, None),
    },
}
RIGHT = {
    "count": [17_226, 65 * 128 + 129 * 64 + 65 * 10.0],
    "widen": [interleaved, halved_before_the_bend],
    "different_units": [1, np.int64(1)],
    "shuffled_pixels": [(0.95, "same"), (np.float64(0.97), " Same ")],
}
SAYS = {
    "count": {
        "no biases": "biases as well",
    },
    "widen": {
        "no halving": "only half",
    },
    "different_units": {
        "all of them": "equal gradients",
    },
    "shuffled_pixels": {
        "worse": "never saw a picture",
    },
}
STUBS = {
    "count": ...,
    "widen": lambda W1, b1, W2: ...,
    "different_units": ...,
    "shuffled_pixels": (..., ...),
}


def test_the_loop_of_the_lesson_is_that_of_fit():
    import torch  # not where the tables are read from: it takes seconds

    from course import training

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 8)).astype("float32"), rng.integers(10, size=50)
    lesson = {"np": np, "torch": torch, "seed": 3, "x": x}
    nodes = functions(lesson_of("mlp"))
    for name in ("start", "torch_network", "train_torch"):
        exec(ast.unparse(nodes[name]), lesson)
    weights, losses = lesson["train_torch"](lesson["start"]([16]), x, y, 5, 0.1, 16)
    network = lesson["torch_network"](lesson["start"]([16]))
    step = torch.optim.SGD(network.parameters(), lr=0.1)
    given = {"epochs": 5, "batch_size": 16, "optimizer": step, "seed": 3}
    history = training.fit(network, torch.tensor(x), torch.tensor(y), **given)
    np.testing.assert_allclose(history.loss, losses, rtol=1e-6)
    for ours, theirs in zip(weights, network.parameters(), strict=True):
        np.testing.assert_array_equal(ours, theirs.detach().numpy().T)
