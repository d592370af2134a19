"""Recurrent cells on the engine of lesson 05, and names as padded rows of numbers.

A cell is a function (x, state, W, U, b) -> the next state. x is (batch, inputs) and
the state (batch, units). W and U hold one matrix for each gate, (inputs, units) and
(units, units), and b one row (units,) for each bias; each may hold arrays or nodes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from course.autograd import Node, tanh

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
