"""The exercises of lesson 06: answers that are wrong, right, and not attempted."""

import ast

import numpy as np
from definitions import functions, lesson_of

from course.check import mlp


def shared(first, second=None):
    """Copies that share the rows of W2; without a second share, in equal parts."""
    second = first if second is None else second

    def widened(W1, b1, W2):
        return (
            np.hstack([W1, W1]),
            np.hstack([b1, b1]),
            np.vstack([first * W2, second * W2]),
        )

    return widened


def halved_twice(W1, b1, W2):
    V1, c1, V2 = shared(1)(W1, b1, W2)
    return V1 / 2, c1 / 2, V2 / 2


def halved_before_the_bend(W1, b1, W2):
    V1, c1, V2 = shared(1)(W1, b1, W2)
    return V1 / 2, c1 / 2, V2


def scaled_twins(W1, b1, W2):
    """Copies of two sizes with shares that keep them in step for ever."""
    V1, c1 = np.hstack([W1, 2 * W1]), np.hstack([b1, 2 * b1])
    return V1, c1, np.vstack([0.2 * W2, 0.4 * W2])


def padded(W1, b1, W2):
    return np.hstack([W1, 0 * W1]), np.hstack([b1, 0 * b1]), np.vstack([W2, 0 * W2])


def deaf(W1, b1, W2):
    """New units that hear nothing: ReLU of 0, whose slope is 0."""
    return np.hstack([W1, 0 * W1]), np.hstack([b1, 0 * b1]), np.vstack([W2, W2])


def noisy(W1, b1, W2):
    V1, c1, V2 = shared(0.5)(W1, b1, W2)
    return V1 + np.random.default_rng(0).normal(0, 1e-2, V1.shape), c1, V2


def only_two_classes(W1, b1, W2):
    V1, c1, V2 = shared(0.3, 0.7)(W1, b1, W2)
    return V1, c1, V2[:, :2]


def up_to_five(W1, b1, W2):
    """Right for at most five hidden units."""
    return shared(0.3, 0.7 if len(W2) <= 5 else 0.6)(W1, b1, W2)


def twins_beyond(most, part=1, axis=1):
    """Right for so many units, inputs or outputs; beyond that, twins.

    They are counted along an axis of the first or the third array.
    """

    def answer(W1, b1, W2):
        few = (W1 if part == 1 else W2).shape[axis] <= most
        return shared(0.3 if few else 0.5)(W1, b1, W2)

    return answer


def interleaved(W1, b1, W2):
    shares = np.tile([[0.25], [0.75]], (len(W2), 1))
    return [
        np.repeat(W1, 2, axis=1),
        np.repeat(b1, 2, axis=1),
        shares * np.repeat(W2, 2, 0),
    ]


def opposite_noise(W1, b1, W2):
    V1, c1, V2 = shared(0.5)(W1, b1, W2)
    noise = np.random.default_rng(0).normal(0, 0.1, W2.shape)
    return V1, c1, V2 + np.vstack([noise, -noise])


def silent(W1, b1, W2):
    """New units at random without a say yet: the first step gives them one."""
    new = np.random.default_rng(0).normal(size=W1.shape)
    return np.hstack([W1, new]), np.hstack([b1, 0 * b1]), np.vstack([W2, 0 * W2])


def rows_one_by_one(W1, order):
    return [list(W1[pixel]) for pixel in order]


def sorting(W1, order):
    order.sort()
    return W1[order]


def in_place(W1, order):
    W1[:] = W1[order]
    return W1


WRONG = {
    "count": {
        "no biases": 17_024,
        "units": 202,
        "no last layer": 16_576,
        "one bias a layer": 17_027,
        "a list": [17_226],
        "text": "many",
        "biases of the inputs": 17_226 + 64,
        "no first layer": 17_226 - 65 * 128,
        "layers exchanged": 65 * 64 + 65 * 128 + 129 * 10,
        "nearly": 17_225,
        "infinite": np.inf,
    },
    "different_units": {
        "the misconception": 16,
        "none": 0,
        "one a class": 10,
        "two": 2,
        "a fraction": 0.5,
        "text": "one",
        "negative": -1,
        "a list": [1],
        "one a pixel": 64,
        "not a number": np.nan,
    },
    "widen": {
        "no shares": shared(1),
        "halved twice": halved_twice,
        "a quarter": shared(0.25),
        "twins": shared(0.5),
        "twins, halved before the bend": halved_before_the_bend,
        "twins of two sizes": scaled_twins,
        "padded with zeros": padded,
        "deaf units": deaf,
        "noise in W1": noisy,
        "shares of 1.1": shared(0.4, 0.7),
        "not wider": lambda W1, b1, W2: (W1, b1, W2),
        "two arrays": lambda W1, b1, W2: (W1, b1),
        "up to five units only": up_to_five,
        "two classes only": only_two_classes,
        "twins from ten units on": twins_beyond(10),
        "twins from ten inputs on": twins_beyond(10, axis=0),
        "twins from eleven classes on": twins_beyond(10, part=2),
        "nothing": lambda W1, b1, W2: None,
    },
    "reorder": {
        "turned back": lambda W1, order: W1[np.argsort(order)],
        "unchanged": lambda W1, order: W1.copy(),
        "columns": lambda W1, order: W1[:, np.argsort(order[: W1.shape[1]])],
        "turned round": lambda W1, order: W1[::-1],
        "sorted": lambda W1, order: W1[np.sort(order)],
        "sorts its argument": sorting,
        "changes W1": in_place,
        "transposed": lambda W1, order: W1[order].T,
        "the order": lambda W1, order: order,
        "not where there is one unit": lambda W1, order: (
            W1[order] if W1.shape[1] > 1 else W1[::-1]
        ),
        "not where there are as many units": lambda W1, order: (
            W1[order] if W1.shape[0] != W1.shape[1] else W1[::-1]
        ),
        "one row": lambda W1, order: W1[order[0]],
        "64 rows at most": lambda W1, order: np.append(W1[order][:64], W1[64:], axis=0),
        "turned back where there are three": lambda W1, order: W1[
            np.argsort(order) if len(order) == 3 else order
        ],
        "up to twelve units only": lambda W1, order: W1[order][:, :12],
        "twice": lambda W1, order: W1[order][order],
        "nothing": lambda W1, order: None,
    },
}
RIGHT = {
    "count": [17_226, 65 * 128 + 129 * 64 + 65 * 10.0],
    "different_units": [1, np.int64(1)],
    "widen": [interleaved, opposite_noise, silent, shared(1.5, -0.5)],
    "reorder": [
        rows_one_by_one,
        lambda W1, order: np.take(W1, order, axis=0),
        lambda W1, order: np.eye(len(order))[order] @ W1,
    ],
}
SAYS = {
    "count": {"no biases": "biases as well"},
    "different_units": {"the misconception": "equal gradients"},
    "widen": {
        "no shares": "add up to 1",
        "twins": "still compute the same",
        "twins of two sizes": "still compute the same",
        "padded with zeros": "has not moved",
    },
    "reorder": {
        "turned back": "opposite order",
        "unchanged": "nothing has been moved",
        "changes W1": "work on a copy",
    },
}
STUBS = {
    "count": ...,
    "different_units": ...,
    "widen": lambda W1, b1, W2: ...,
    "reorder": lambda W1, order: ...,
}
NEEDS = {"np": np}


def networks(answer):
    """The scores of two widened networks, and whether they can use their room."""
    found = []
    for inputs, hidden, outputs in (
        (4, 3, 2),
        (3, 2, 10),
        (3, 6, 2),
        (12, 3, 2),
        (4, 12, 11),
    ):
        rng = np.random.default_rng(hidden)
        shapes = (inputs, hidden), (1, hidden), (hidden, outputs)
        wide = answer(*(rng.normal(size=shape) for shape in shapes))
        x, y = rng.normal(size=(60, inputs)), rng.integers(outputs, size=60)
        found += [
            np.shape(wide[0]),
            mlp.scores(wide, x),
            mlp.after_training(wide, x, y),
        ]
    return found


def rows(answer):
    """The rows for two orders, and the arguments afterwards."""
    found = []
    for order, units in (
        ([2, 0, 3, 1], 13),
        ([1, 2, 0], 3),
        ([1, 2, 0], 1),
        (range(69, -1, -1), 2),
    ):
        W1 = np.arange(1.0 * units * len(order)).reshape(-1, units)
        order = np.array(order)
        found += [np.asarray(answer(W1, order)), W1, order]
    return found


PROBES = {"widen": networks, "reorder": rows}


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
