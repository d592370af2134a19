"""Train networks that read a sequence and name its class, in each framework.

The networks of PyTorch are those of lesson 09; Keras and NumPy get the same here. In
NumPy the gradients are those of the engine of lesson 05.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from course import nn
from course.autograd import Node, backward, take, total
from course.optimizers import Adam, batches
from course.recurrent import PAD, gru_step, lstm_step, rnn_step

if TYPE_CHECKING:
    import torch

#: Of each cell: its step, the number of matrices of W and of U, and of biases.
CELLS: dict[str, tuple[Callable, int, int]] = {
    "rnn": (rnn_step, 1, 1),
    "gru": (gru_step, 3, 4),
    "lstm": (lstm_step, 4, 4),
}
PART = 256  # sequences that are read at once where nothing is learned
LATER = 0.3  # share of the learning rate in the last epochs


@dataclass(frozen=True)
class Reader:
    """A trained reader: `scores` maps sequences to (samples, classes).

    `accuracy` holds the share of test samples that it had right after each epoch.
    """

    scores: Callable[[np.ndarray], np.ndarray]
    accuracy: list[float]


def train(
    kind: str,
    x: np.ndarray,
    y: np.ndarray,
    test: tuple[np.ndarray, np.ndarray],
    *,
    framework: str = "torch",
    network: torch.nn.Module | None = None,
    classes: int,
    units: int = 64,
    embedding: int = 0,
    dropout: float = 0.0,
    epochs: tuple[int, int] = (10, 4),
    learning_rate: float = 1e-2,
    batch_size: int = 64,
    seed: int = 0,
) -> Reader:
    """Train a cell "rnn", "gru" or "lstm", and scores from the state that it ends in.

    x is (samples, time, inputs) of float32; or, with `embedding` trained values for
    each, (samples, time) numbers from 0, where 0 is padding at the end and leaves the
    state as it is. y holds class indices (samples,), and `test` a pair like x and y.
    `dropout` is the share of the embedded values and of the last state that is left
    out in training. Adam's learning rate falls to 0.3 of it after `epochs[0]` epochs.

    `framework` is "torch", where `network` is what is trained and says its own sizes,
    "keras", or "numpy". Raises ValueError for another, or for another kind of cell.
    """
    ways = {"torch": _train_torch, "keras": _train_keras, "numpy": _train_numpy}
    asked = [("framework", framework, [*ways]), ("kind", kind, [*CELLS])]
    for name, value, known in asked:
        if value not in known:
            raise ValueError(f'{name} is "{value}", expected {" or ".join(known)}.')
    if framework == "torch" and network is None:
        raise ValueError("PyTorch needs the network to train: give network=...")
    first, last = epochs
    rates = [learning_rate] * first + [LATER * learning_rate] * last
    sizes = _Sizes(kind, classes, units, embedding, dropout, network)
    return ways[framework](sizes, x, y, test, rates, batch_size, seed)


@dataclass(frozen=True)
class _Sizes:
    """What is to be trained: for PyTorch the network, otherwise its sizes."""

    kind: str
    classes: int
    units: int
    embedding: int
    dropout: float
    network: torch.nn.Module | None


def _train_torch(sizes, x, y, test, rates, batch_size, seed) -> Reader:
    import torch

    from course.training import fit

    network = sizes.network
    x, y, *test = (torch.tensor(part) for part in (x, y, *test))
    adam, accuracy = torch.optim.Adam(network.parameters()), []
    for epoch, rate in enumerate(rates):
        adam.param_groups[0]["lr"] = rate
        settings = {"batch_size": batch_size, "seed": seed + epoch}
        history = fit(
            network, x, y, epochs=1, optimizer=adam, validation=test, **settings
        )
        accuracy += history.validation_accuracy
    network.eval()

    def scores(x: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            parts = torch.tensor(x).split(PART)
            return torch.cat([network(part) for part in parts]).numpy()

    return Reader(scores, accuracy)


def _train_keras(sizes, x, y, test, rates, batch_size, seed) -> Reader:
    import keras

    keras.utils.set_random_seed(seed)
    network = _keras_network(sizes, _count(x, test[0]) if sizes.embedding else 0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    steps = -(-len(x) // batch_size) * np.arange(1, len(rates))
    falling = keras.optimizers.schedules.PiecewiseConstantDecay(steps.tolist(), rates)
    adam = keras.optimizers.Adam(falling)
    network.compile(adam, loss, metrics=["accuracy"], steps_per_execution=10)
    given = {"epochs": len(rates), "batch_size": batch_size, "validation_data": test}
    history = network.fit(x, y, **given, verbose=0)
    return Reader(
        lambda x: network.predict(x, batch_size=PART, verbose=0),
        history.history["val_accuracy"],
    )


def _keras_network(sizes, count: int):
    """The layers of a reader of so many different letters; of none where it is 0."""
    import keras

    made = keras.layers
    cells = {"rnn": made.SimpleRNN, "gru": made.GRU, "lstm": made.LSTM}
    layers = [cells[sizes.kind](sizes.units), made.Dropout(sizes.dropout)]
    layers.append(made.Dense(sizes.classes))
    if count:
        letters = made.Embedding(count, sizes.embedding, mask_zero=True)
        layers = [letters, made.Dropout(sizes.dropout), *layers]
    return keras.Sequential(layers)


def _train_numpy(sizes, x, y, test, rates, batch_size, seed) -> Reader:
    rng = np.random.default_rng(seed)
    inputs = sizes.embedding or x.shape[2]
    weights = _start(sizes.kind, inputs, sizes.units, sizes.classes, rng)
    if sizes.embedding:
        table = rng.normal(size=(_count(x, test[0]), inputs))
        weights["letters"] = [Node(table.astype("float32"))]
    reader = _NumPy(sizes.kind, weights)
    truth = np.eye(sizes.classes, dtype="float32")
    parameters = [node for nodes in weights.values() for node in nodes]
    rules = [Adam(rates[0]) for _ in parameters]
    accuracy = []
    for rate in rates:
        for i in batches(len(x), batch_size, rng):
            result = reader.read(x[i], lambda shape: _kept(shape, sizes.dropout, rng))
            slope = (nn.softmax(result.value) - truth[y[i]]) / len(i)
            backward(total(result * slope))  # of the cross-entropy of the scores
            for node, rule in zip(parameters, rules, strict=True):
                rule.learning_rate = rate
                node.value = rule.step(node.value, node.gradient)
        right = reader.scores(test[0]).argmax(axis=1) == test[1]
        accuracy.append(float(right.mean()))
    return Reader(reader.scores, accuracy)


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


def _start(kind, inputs, units, classes, rng) -> dict[str, list[Node]]:
    """Random weights as PyTorch starts them: uniform, up to 1 / √units."""
    _, gates, biases = CELLS[kind]
    shapes: dict[str, list[tuple]] = {
        "W": gates * [(inputs, units)],
        "U": gates * [(units, units)],
        "b": biases * [(units,)],
        "score": [(units, classes), (classes,)],
    }
    bound = 1 / np.sqrt(units)
    return {
        name: [Node(rng.uniform(-bound, bound, s).astype("float32")) for s in rows]
        for name, rows in shapes.items()
    }


def _kept(shape, dropout, rng) -> np.ndarray | float:
    """What dropout multiplies with: 0, or what keeps the mean."""
    if not dropout:
        return 1.0
    return (rng.random(shape) >= dropout).astype("float32") / np.float32(1 - dropout)


def _count(*numbers: np.ndarray) -> int:
    return 1 + max(int(part.max()) for part in numbers)
