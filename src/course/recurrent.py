"""Recurrent cells on the engine of lesson 05; names as rows of numbers, bits a letter.

A cell is a function (x, state, W, U, b) -> the next state. x is (batch, inputs) and
the state (batch, units). W and U hold one matrix for each gate, (inputs, units) and
(units, units), and b one row (units,) for each bias; each may hold arrays or nodes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from course import nn
from course.autograd import Node, backward, tanh, total

PAD, UNKNOWN = 0, 1  # the numbers of no letter, and of a letter never seen before


def sigmoid(a) -> Node:
    """1 / (1 + e^-a), written with tanh so that it cannot overflow."""
    return (tanh(a * 0.5) + 1.0) * 0.5


def rnn_step(x, h, W, U, b) -> Node:
    """The simple recurrent cell (Elman 1990): tanh(x W + h U + b)."""
    return tanh(x @ W[0] + h @ U[0] + b[0])


def gru_step(x, h, W, U, b) -> Node:
    """The gated recurrent unit (Cho et al. 2014) as the frameworks compute it.

    The gates are reset, update, candidate; b has a fourth row, the candidate's bias
    inside the reset, as cuDNN, PyTorch, and Keras with `reset_after` have it.
    """
    r = sigmoid(x @ W[0] + h @ U[0] + b[0])
    z = sigmoid(x @ W[1] + h @ U[1] + b[1])
    n = tanh(x @ W[2] + b[2] + r * (h @ U[2] + b[3]))
    return (1.0 - z) * n + z * h


def lstm_step(x, state, W, U, b) -> tuple[Node, Node]:
    """Long short-term memory (Hochreiter & Schmidhuber 1997; Gers et al. 2000).

    The state is a pair: what the cell shows, and what it keeps. The gates are input,
    forget, candidate, output, the order of both frameworks.
    """
    h, c = state
    i = sigmoid(x @ W[0] + h @ U[0] + b[0])
    f = sigmoid(x @ W[1] + h @ U[1] + b[1])
    g = tanh(x @ W[2] + h @ U[2] + b[2])
    o = sigmoid(x @ W[3] + h @ U[3] + b[3])
    c = f * c + i * g
    return o * tanh(c), c


def unroll(step: Callable, xs: Iterable, state, W, U, b) -> list:
    """The states after each x of xs, (time, batch, inputs), with the same weights."""
    states = []
    for x in xs:
        state = step(x, state, W, U, b)
        states.append(state)
    return states


#: Of each cell: its step, the number of matrices of W and of U, and of biases.
CELLS: dict[str, tuple[Callable, int, int]] = {
    "rnn": (rnn_step, 1, 1),
    "gru": (gru_step, 3, 4),
    "lstm": (lstm_step, 4, 4),
}


def start(
    kind: str, inputs: int, units: int, seed: int, dtype: str = "float64"
) -> list[np.ndarray]:
    """Random W, U and b of a cell, uniform up to 1 / √units, as PyTorch starts them."""
    _, gates, biases = CELLS[kind]
    shapes = (gates, inputs, units), (gates, units, units), (biases, units)
    rng, bound = np.random.default_rng(seed), 1 / np.sqrt(units)
    return [rng.uniform(-bound, bound, shape).astype(dtype) for shape in shapes]


def _read(step: Callable, weights: Sequence, xs: np.ndarray) -> tuple[list, list]:
    """The weights as nodes, and the state after each step of xs, as a tuple of nodes.

    A cell with four gates, the LSTM, has a pair of states.
    """
    nodes = [[Node(part) for part in parts] for parts in weights]
    zero = Node(np.zeros((xs.shape[1], weights[1].shape[1]), xs.dtype))
    pair = len(weights[0]) == CELLS["lstm"][1]
    states = unroll(step, xs, (zero, zero) if pair else zero, *nodes)
    return nodes, [state if pair else (state,) for state in states]


def in_numpy(step: Callable, weights: Sequence, xs: np.ndarray) -> list[np.ndarray]:
    """A cell's outputs for xs, and the slopes of the sum of their squares: W, U, b."""
    nodes, states = _read(step, weights, xs)
    backward(sum((total(state[0] * state[0]) for state in states), Node(0.0)))
    slopes = [np.stack([part.gradient for part in parts]) for parts in nodes]
    return [np.stack([state[0].value for state in states]), *slopes]


def gradient_norms(step: Callable, weights: Sequence, xs: np.ndarray) -> np.ndarray:
    """Norms (time,) of the slopes of the last output, summed, at each step's state."""
    _, states = _read(step, weights, xs)
    backward(total(states[-1][0]))
    slopes = [[part.gradient for part in state] for state in states]
    return np.array([np.linalg.norm(pair) for pair in slopes])


def alphabet(texts: Iterable[str]) -> dict[str, int]:
    """A number from 2 on for each character; 0 is padding and 1 any other character."""
    return {letter: n for n, letter in enumerate(sorted(set("".join(texts))), start=2)}


def encode(texts: Sequence[str], numbers: Mapping[str, int], length: int) -> np.ndarray:
    """The texts as rows of int64 (texts, length), cut or padded with 0 at the end.

    Raises ValueError for a length below 1 and for an empty text, which would leave
    a row without a last letter.
    """
    if length < 1:
        raise ValueError(f"length is {length!r}, expected a whole number above 0.")
    rows = np.full((len(texts), length), PAD, np.int64)
    for row, text in zip(rows, texts, strict=True):
        if not text:
            raise ValueError("a text is '', expected at least one letter.")
        part = text[:length]
        row[: len(part)] = [numbers.get(letter, UNKNOWN) for letter in part]
    return rows


def bits_a_letter(scores: np.ndarray, rows: np.ndarray) -> float:
    """The mean of -log2 p of the letters in rows, and of the end, the first padding.

    scores (names, time, letters) are those of what stands in rows (names, time), given
    all before it; what follows the end does not count. Two to the power of this is the
    perplexity.
    """
    log_p = nn.log_softmax(scores)
    right = np.take_along_axis(log_p, rows[..., None], axis=-1)[..., 0]
    counted = np.arange(rows.shape[1]) <= (rows != PAD).sum(axis=1, keepdims=True)
    return -right[counted].mean() / np.log(2)


#: Keras's gates in our order, which is PyTorch's, and the names of its layers.
_KERAS = {
    "rnn": ("SimpleRNN", [0]),
    "gru": ("GRU", [1, 0, 2]),
    "lstm": ("LSTM", [0, 1, 2, 3]),
}


def torch_layer(kind: str, weights: Sequence[np.ndarray]):
    """A PyTorch layer "rnn", "gru" or "lstm" with our W, U and b in it.

    It takes (time, batch, inputs). PyTorch has a second bias at every gate, which is
    0 here but for the GRU's candidate.
    """
    import torch

    W, U, b = weights
    layer = getattr(torch.nn, kind.upper())(W.shape[1], W.shape[2])
    inner = np.zeros_like(b[: len(W)])
    inner[2:3] = b[3:] if kind == "gru" else 0
    values = np.hstack([*W]).T, np.hstack([*U]).T, b[: len(W)].ravel(), inner.ravel()
    for parameter, value in zip(layer.parameters(), values, strict=True):
        parameter.data = torch.tensor(value)
    return layer


def in_torch(kind: str, weights: Sequence[np.ndarray], xs: np.ndarray) -> list:
    """PyTorch's outputs for xs, and the slopes of the sum of their squares: W, U, b."""
    import torch

    layer, gates = torch_layer(kind, weights), len(weights[0])
    outputs, _ = layer(torch.tensor(xs))
    outputs.square().sum().backward()
    dW, dU, db, inner = (parameter.grad.numpy() for parameter in layer.parameters())
    rows = np.vstack([db.reshape(gates, -1), inner.reshape(gates, -1)[-1]])
    split = [np.stack(np.split(d.T, gates, axis=1)) for d in (dW, dU)]
    return [outputs.detach().numpy(), *split, rows[: len(weights[2])]]


def keras_layer(kind: str, weights: Sequence[np.ndarray]):
    """A Keras layer "rnn", "gru" or "lstm" with our W, U and b in it.

    It takes (batch, time, inputs), and returns the states of all steps.
    """
    import keras

    (W, U, b), (name, order) = weights, _KERAS[kind]
    options = {"return_sequences": True, "dtype": W.dtype.name}
    layer = getattr(keras.layers, name)(U.shape[1], **options)
    layer.build((None, None, W.shape[1]))
    bias = b[order].ravel()
    if kind == "gru":
        bias = np.stack([bias, np.concatenate([0 * b[0], 0 * b[0], b[3]])])
    layer.set_weights([np.hstack([*W[order]]), np.hstack([*U[order]]), bias])
    return layer


def keras_weights(kind: str, found: Sequence[np.ndarray]) -> list[np.ndarray]:
    """W, U and b as we have them, of what a Keras layer holds, or of its gradients."""
    dW, dU, db = found
    places = np.argsort(_KERAS[kind][1])
    W, U = (np.stack(np.split(d, len(places), axis=1))[places] for d in (dW, dU))
    rows = db.reshape(-1, dU.shape[0])  # one for each bias
    first = rows[: len(places)][places]
    return [W, U, np.vstack([first, rows[-1]]) if kind == "gru" else first]


def in_keras(kind: str, weights: Sequence[np.ndarray], xs: np.ndarray) -> list:
    """Keras's outputs for xs, and the slopes of the sum of their squares: W, U, b."""
    import tensorflow as tf

    layer = keras_layer(kind, weights)
    with tf.GradientTape() as tape:
        outputs = layer(xs.swapaxes(0, 1))
        loss = tf.reduce_sum(outputs**2)
    found = tape.gradient(loss, layer.trainable_variables)
    slopes = keras_weights(kind, [np.asarray(gradient) for gradient in found])
    return [np.asarray(outputs).swapaxes(0, 1), *slopes]
