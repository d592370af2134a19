"""Train networks that read a sequence and name its class, in each framework.

PyTorch trains all seeds side by side (`course.replicas`); Keras and NumPy one by one,
in NumPy with the gradients of the engine of lesson 05.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from course import nn
from course.autograd import Node, backward, take, total
from course.optimizers import Adam, cosine
from course.recurrent import CELLS, PAD, keras_weights

PART = 256  # sequences that are read at once where nothing is learned


@dataclass(frozen=True)
class Reader:
    """A trained reader: `scores` maps sequences to (samples, classes).

    `accuracy` is the share of the test samples that it has right.
    `weights` are W, U and b of the cell as `course.recurrent` has them, V and v of the
    scores, and `letters` where it reads numbers.
    """

    scores: Callable[[np.ndarray], np.ndarray]
    accuracy: float
    weights: dict[str, np.ndarray]


def train(
    kind: str,
    x: np.ndarray,
    y: np.ndarray,
    test: tuple[np.ndarray, np.ndarray],
    *,
    seeds: Sequence[int],
    framework: str = "torch",
    units: int = 32,
    embedding: int = 0,
    dropout: float = 0.0,
    identity: bool = False,
    epochs: int = 6,
    learning_rate: float = 1e-2,
    batch_size: int = 32,
    most: float | None = 1.0,
) -> list[Reader]:
    """Train a cell "rnn", "gru" or "lstm" and scores from its last state, a seed each.

    x is (samples, time, inputs) of float32; or, with `embedding` trained values for
    each, (samples, time) numbers from 0, where 0 is padding at the end and leaves the
    state as it is. y holds class indices (samples,), and `test` a pair like x and y.
    `dropout` is the share of the embedded values and of the last state that is left
    out in training. With `identity` the state is passed on unchanged at first: U is
    the identity matrix, and the biases are 0.

    Adam's learning rate falls to 0 along a half cosine, and the gradient of all
    weights is clipped to a norm of `most`. `framework` is "torch", "keras" or "numpy";
    raises ValueError for another, or for another kind of cell.
    """
    ways = {"torch": _train_torch, "keras": _train_keras, "numpy": _train_numpy}
    asked = [("framework", framework, [*ways]), ("kind", kind, [*CELLS])]
    for name, value, known in asked:
        if value not in known:
            raise ValueError(f'{name} is "{value}", expected {" or ".join(known)}.')
    count = 1 + max(int(x.max()), int(test[0].max())) if embedding else 0
    inputs = embedding or x.shape[2]
    classes = 1 + max(int(y.max()), int(test[1].max()))
    sizes = _Sizes(kind, inputs, units, classes, count, dropout, identity)
    plan = _Plan(epochs, learning_rate, batch_size, most)
    return ways[framework](sizes, plan, x, y, test, seeds)


@dataclass(frozen=True)
class _Sizes:
    """What is to be trained; `letters` is 0 where no numbers are read."""

    kind: str
    inputs: int
    units: int
    classes: int
    letters: int
    dropout: float
    identity: bool


@dataclass(frozen=True)
class _Plan:
    """How it is trained."""

    epochs: int
    learning_rate: float
    batch_size: int
    most: float | None

    def rates(self, samples: int, epoch: int) -> list[float]:
        """The learning rate of each batch of an epoch, counted from 0."""
        count = -(-samples // self.batch_size)
        steps = np.arange(epoch * count, (epoch + 1) * count)
        progress = steps / (self.epochs * count)
        return [self.learning_rate * cosine(share) for share in progress]


def batches(
    lengths: np.ndarray, size: int, rngs: Sequence[np.random.Generator]
) -> Iterator[np.ndarray]:
    """One epoch: places (rngs, at most size) of samples of nearly the same length.

    Each occurs once in each row. What is padded to the longest of a batch then has
    little padding.
    """
    order = [np.argsort(lengths + rng.random(len(lengths))) for rng in rngs]
    parts = np.arange(0, len(lengths), size)
    for start in rngs[0].permutation(parts):
        yield np.stack([own[start : start + size] for own in order])


def _lengths(x: np.ndarray, sizes: _Sizes) -> np.ndarray:
    return (x != PAD).sum(axis=1) if sizes.letters else np.zeros(len(x))


def _share(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How many are right, along the last axis but one of the scores."""
    return (scores.argmax(axis=-1) == y).mean(axis=-1)


def _train_torch(sizes, plan, x, y, test, seeds) -> list[Reader]:
    import torch

    from course import replicas

    torch.manual_seed(seeds[0])  # for dropout
    network = replicas.Replicas(sizes, seeds)
    adam = torch.optim.Adam(network.weights.values())
    rngs = [np.random.default_rng(seed) for seed in seeds]
    for epoch in range(plan.epochs):
        places = batches(_lengths(x, sizes), plan.batch_size, rngs)
        rates = plan.rates(len(x), epoch)
        replicas.fit(network, x, y, places, adam, rates, plan.most)
    own = zip(network.apart(), _share(network.scores(test[0]), test[1]), strict=True)
    return [
        Reader(_torch_scores(one), float(share), one.arrays()) for one, share in own
    ]


def _torch_scores(network) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: network.scores(x)[0]


def _train_keras(sizes, plan, x, y, test, seeds) -> list[Reader]:
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    steps = plan.epochs * -(-len(x) // plan.batch_size)
    given = {"epochs": plan.epochs, "batch_size": plan.batch_size}
    readers = []
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        network = _keras_network(sizes)
        rate = keras.optimizers.schedules.CosineDecay(plan.learning_rate, steps)
        adam = keras.optimizers.Adam(rate, global_clipnorm=plan.most)
        network.compile(adam, loss)
        network.fit(x, y, **given, verbose=0)
        scores = _keras_scores(network)
        share = float(_share(scores(test[0]), test[1]))
        readers.append(Reader(scores, share, _arrays(sizes, network)))
    return readers


def _keras_scores(network) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: network.predict(x, batch_size=PART, verbose=0)


def _keras_network(sizes: _Sizes):
    import keras

    made = keras.layers
    cells = {"rnn": made.SimpleRNN, "gru": made.GRU, "lstm": made.LSTM}
    start = {"recurrent_initializer": "identity"} if sizes.identity else {}
    layers = [cells[sizes.kind](sizes.units, **start), made.Dropout(sizes.dropout)]
    layers.append(made.Dense(sizes.classes))
    if sizes.letters:
        letters = made.Embedding(sizes.letters, sizes.inputs, mask_zero=True)
        layers = [letters, made.Dropout(sizes.dropout), *layers]
    return keras.Sequential(layers)


def _arrays(sizes: _Sizes, network) -> dict[str, np.ndarray]:
    """The weights of a network of Keras in our order."""
    *letters, W, U, b, V, v = network.get_weights()
    if sizes.kind == "gru":  # z and r have a second bias, at the state
        b[0, : 2 * sizes.units] += b[1, : 2 * sizes.units]
    cell = keras_weights(sizes.kind, [W, U, b])
    return dict(zip([*"WUbVv", "letters"], [*cell, V, v, *letters], strict=False))


def _train_numpy(sizes, plan, x, y, test, seeds) -> list[Reader]:
    return [_one_numpy(sizes, plan, x, y, test, seed) for seed in seeds]


def _one_numpy(sizes, plan, x, y, test, seed) -> Reader:
    rng = np.random.default_rng(seed)
    reader = _NumPy(sizes.kind, _start(sizes, rng))
    parameters = [node for nodes in reader.weights.values() for node in nodes]
    rules = [Adam(plan.learning_rate) for _ in parameters]
    for epoch in range(plan.epochs):
        places = batches(_lengths(x, sizes), plan.batch_size, [rng])
        for (i,), rate in zip(places, plan.rates(len(x), epoch), strict=True):
            result = reader.read(x[i], lambda shape: _kept(shape, sizes.dropout, rng))
            truth = np.eye(sizes.classes, dtype="float32")[y[i]]
            slope = (nn.softmax(result.value) - truth) / len(i)
            backward(total(result * slope))  # of the cross-entropy of the scores
            _step(parameters, rules, rate, plan.most)
    share = float(_share(reader.scores(test[0]), test[1]))
    return Reader(reader.scores, share, reader.arrays())


def _step(parameters: list, rules: list, rate: float, most: float | None) -> None:
    """One step of Adam along the clipped gradient."""
    norm = np.sqrt(sum(float(np.sum(node.gradient**2)) for node in parameters))
    share = np.float32(min(1.0, most / max(norm, 1e-12)) if most else 1.0)
    for node, rule in zip(parameters, rules, strict=True):
        rule.learning_rate = rate
        node.value = rule.step(node.value, share * node.gradient)


@dataclass(frozen=True)
class _NumPy:
    """The network as nodes: `weights` has W, U, b of the cell, score and letters."""

    kind: str
    weights: dict[str, list[Node]]

    def read(self, x: np.ndarray, kept: Callable | None = None) -> Node:
        """The scores; `kept` gives what to multiply with for dropout."""
        mask = np.ones(x.shape[:2], "float32")
        if "letters" in self.weights:
            mask = (x != PAD).astype("float32")
            x = x[:, : int(mask.sum(axis=1).max())]  # no step beyond the longest text
        step, own = CELLS[self.kind][0], [self.weights[name] for name in "WUb"]
        zero = Node(np.zeros((len(x), self.weights["U"][0].shape[0]), "float32"))
        state = (zero, zero) if self.kind == "lstm" else (zero,)
        for t in range(x.shape[1]):
            given = self._input(x[:, t], kept)
            new = step(given, state if len(state) > 1 else state[0], *own)
            on = mask[:, t, None]  # where there is nothing to read, the old state stays
            news = new if isinstance(new, tuple) else (new,)
            state = tuple(
                n * on + s * (1 - on) if on.min() < 1 else n
                for n, s in zip(news, state, strict=True)
            )
        shown = state[0] * kept(zero.shape) if kept else state[0]
        return shown @ self.weights["score"][0] + self.weights["score"][1]

    def _input(self, x: np.ndarray, kept: Callable | None) -> Node | np.ndarray:
        if "letters" not in self.weights:
            return x
        rows = take(self.weights["letters"][0], x)
        return rows * kept(rows.shape) if kept else rows

    def scores(self, x: np.ndarray) -> np.ndarray:
        parts = [x[first : first + PART] for first in range(0, len(x), PART)]
        return np.concatenate([self.read(part).value for part in parts])

    def arrays(self) -> dict[str, np.ndarray]:
        """The weights as arrays, those of the cell stacked by gate."""
        values = {
            name: [node.value for node in nodes] for name, nodes in self.weights.items()
        }
        arrays = {name: np.stack(values[name]) for name in "WUb"}
        arrays |= dict(zip("Vv", values["score"], strict=True))
        return arrays | dict(zip(["letters"], values.get("letters", []), strict=False))


def _start(sizes: _Sizes, rng: np.random.Generator) -> dict[str, list[Node]]:
    """Random weights as PyTorch starts them: uniform, up to 1 / √units."""
    _, gates, biases = CELLS[sizes.kind]
    units, bound = sizes.units, 1 / np.sqrt(sizes.units)
    shapes: dict[str, list[tuple]] = {
        "W": gates * [(sizes.inputs, units)],
        "U": gates * [(units, units)],
        "b": biases * [(units,)],
        "score": [(units, sizes.classes), (sizes.classes,)],
    }
    weights = {
        name: [Node(rng.uniform(-bound, bound, s).astype("float32")) for s in rows]
        for name, rows in shapes.items()
    }
    if sizes.identity:
        weights["U"] = [Node(np.eye(units, dtype="float32")) for _ in range(gates)]
        weights["b"] = [Node(np.zeros(units, "float32")) for _ in range(biases)]
    if sizes.letters:
        table = rng.normal(size=(sizes.letters, sizes.inputs))
        weights["letters"] = [Node(table.astype("float32"))]
    return weights


def _kept(shape, dropout, rng) -> np.ndarray | float:
    """What dropout multiplies with: 0, or what keeps the mean."""
    if not dropout:
        return 1.0
    return (rng.random(shape) >= dropout).astype("float32") / np.float32(1 - dropout)
