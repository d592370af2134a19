"""The recurrent cells equal PyTorch's and Keras's; texts become padded rows."""

import numpy as np
import pytest
import torch

from course import recurrent
from course.autograd import Node, backward, total

STEPS, BATCH, INPUTS, UNITS = 12, 3, 4, 5
# kind -> gates, biases, PyTorch's layer, PyTorch's gates in our order, Keras's
KINDS = {
    "rnn": (1, 1, torch.nn.RNN, [0], [0]),
    "gru": (3, 4, torch.nn.GRU, [0, 1, 2], [1, 0, 2]),
    "lstm": (4, 4, torch.nn.LSTM, [0, 1, 2, 3], [0, 1, 2, 3]),
}


def weights(kind, dtype="float64"):
    gates, biases, *_ = KINDS[kind]
    rng = np.random.default_rng(3)
    shapes = (gates, INPUTS, UNITS), (gates, UNITS, UNITS), (biases, UNITS)
    return [rng.normal(0, 0.5, shape).astype(dtype) for shape in shapes]


def sequence(dtype="float64"):
    x = np.random.default_rng(4).normal(size=(STEPS, BATCH, INPUTS))
    return x.astype(dtype)


def by_hand(kind, W, U, b, x):
    """All outputs (time, batch, units), and the slopes of the sum of their squares."""
    nodes = [[Node(part) for part in parts] for parts in (W, U, b)]
    zero = np.zeros((BATCH, UNITS), x.dtype)
    state = (zero, zero) if kind == "lstm" else zero
    xs = [Node(part) for part in x]
    states = recurrent.unroll(getattr(recurrent, f"{kind}_step"), xs, state, *nodes)
    shown = [state[0] if kind == "lstm" else state for state in states]
    backward(sum((total(h * h) for h in shown), Node(0.0)))
    slopes = [np.stack([part.gradient for part in parts]) for parts in (*nodes, xs)]
    return [np.stack([h.value for h in shown]), *slopes]


def in_torch(kind, W, U, b, x):
    _, biases, layer, order, _ = KINDS[kind]
    network = layer(INPUTS, UNITS).to(getattr(torch, x.dtype.name))
    inner = np.zeros_like(b[: len(W)])
    if biases == 4 and kind == "gru":
        inner[2] = b[3]
    values = np.hstack(W[order]).T, np.hstack(U[order]).T, b[: len(W)], inner
    for weight, value in zip(network.parameters(), values, strict=True):
        weight.data = torch.tensor(value.reshape(weight.shape))
    inputs = torch.tensor(x, requires_grad=True)
    outputs, _ = network(inputs)
    outputs.square().sum().backward()
    dW, dU, db, inner = (weight.grad.numpy() for weight in network.parameters())
    db = db.reshape(len(W), UNITS)
    if kind == "gru":
        db = np.vstack([db, inner.reshape(3, UNITS)[2]])
    back = (len(W), UNITS, -1)
    slopes = [d.reshape(back).swapaxes(1, 2) for d in (dW, dU)]
    return [outputs.detach().numpy(), *slopes, db, inputs.grad.numpy()]


def in_keras(kind, W, U, b, x):
    keras = pytest.importorskip("keras")
    import tensorflow as tf

    *_, order = KINDS[kind]
    names = {"rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}
    more = {"unit_forget_bias": False} if kind == "lstm" else {}
    layer = getattr(keras.layers, names[kind])(
        UNITS, return_sequences=True, dtype=x.dtype.name, **more
    )
    layer.build((BATCH, STEPS, INPUTS))
    bias = b[order].ravel()
    if kind == "gru":
        inner = np.stack([0 * b[0], 0 * b[0], b[3]])
        bias = np.stack([bias, inner.ravel()])
    layer.set_weights([np.hstack(W[order]), np.hstack(U[order]), bias])
    inputs = tf.constant(x.swapaxes(0, 1))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs)
        loss = tf.reduce_sum(outputs**2)
    found = tape.gradient(loss, [*layer.trainable_variables, inputs])
    dW, dU, db, dx = (np.asarray(gradient) for gradient in found)
    places = np.argsort(order)
    split = [np.stack(np.split(d, len(W), axis=1))[places] for d in (dW, dU)]
    rows = db.reshape(-1, UNITS)
    db = rows[: len(W)][places]
    if kind == "gru":
        db = np.vstack([db, rows[-1]])
    return [np.asarray(outputs).swapaxes(0, 1), *split, db, dx.swapaxes(0, 1)]


@pytest.mark.parametrize("framework", [in_torch, in_keras])
@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_equals_the_framework_over_a_sequence_gradients_too(kind, framework):
    for dtype, tolerance in [("float64", 1e-10), ("float32", 1e-5)]:
        given = *weights(kind, dtype), sequence(dtype)
        ours, theirs = by_hand(kind, *given), framework(kind, *given)
        for one, other in zip(ours, theirs, strict=True):
            assert one.dtype == other.dtype == dtype
            np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def test_a_letter_has_a_number_and_an_unseen_one_the_number_for_unknown():
    numbers = recurrent.alphabet(["abba", "cab"])
    assert numbers == {"a": 2, "b": 3, "c": 4}
    rows = recurrent.encode(["cab", "xa", "abbac"], numbers, 4)
    assert rows.tolist() == [[4, 2, 3, 0], [1, 2, 0, 0], [2, 3, 3, 2]]
    assert rows.dtype == np.int64


def test_a_text_that_leaves_nothing_to_read_is_refused():
    with pytest.raises(ValueError, match="at least one letter"):
        recurrent.encode(["a", ""], {"a": 2}, 4)
    with pytest.raises(ValueError, match="length is 0"):
        recurrent.encode(["a"], {"a": 2}, 0)
