"""The exercises of lesson 05: answers that are wrong, right, and not attempted."""

import ast
from types import SimpleNamespace

import numpy as np
import pytest
from definitions import lesson_of, statements

from course import autograd
from course.autograd import Node, multiply, power
from course.expressions import evaluate, random_expression


def quotient(slope_a, slope_b, value=lambda a, b: a / b):
    """An answer to `divide` from the formulas of its value and slopes."""

    def divide(a, b):
        slopes = [f(a.value, b.value) for f in (slope_a, slope_b)]
        return Node(value(a.value, b.value), list(zip((a, b), slopes, strict=True)))

    return divide, Node


def overwritten(gradient, index, shape):
    table = np.zeros(shape)
    table[index] += gradient
    return table


def averaged(gradient, index, shape):
    counts = np.maximum(np.bincount(index, minlength=shape[0]), 1)
    return one_hot(gradient, index, shape) / counts[:, None]


def one_hot(gradient, index, shape):
    return np.eye(shape[0])[index].T @ gradient


def first_only(gradient, index, shape):
    table = np.zeros(shape)
    table[index[::-1]] = gradient[::-1]
    return table


def right_b(a, b):
    return -a / b**2


WRONG = {
    "used_twice": {
        "the last use overwrites": (1, 2),
        "only the product": (5, 2),
        "exchanged": (2, 6),
        "value instead of slope": (6, 12),
        "multiplied the uses": (5 * 1 * 2, 2),
        "b as used in the sum": (6, 3),
        "lists": ([6], [2]),
        "text": ("6", "2"),
        "not a number": (np.nan, 2),
    },
    "divide": {
        "sign of b": quotient(lambda a, b: 1 / b, lambda a, b: a / b**2),
        "slopes of a product": quotient(lambda a, b: b, lambda a, b: a),
        "forgot the square": quotient(lambda a, b: 1 / b, lambda a, b: -a / b),
        "forgot a": quotient(lambda a, b: 1 / b, lambda a, b: -1 / b**2),
        "slopes exchanged": quotient(right_b, lambda a, b: 1 / b),
        "the other way round": quotient(
            lambda a, b: 1 / b, right_b, value=lambda a, b: b / a
        ),
        "no edges": (lambda a, b: Node(a.value / b.value), Node),
        "one edge": (lambda a, b: Node(a.value / b.value, [(a, 1 / b.value)]), Node),
        "a number": (lambda a, b: a.value / b.value, Node),
        "nothing": (lambda a, b: None, Node),
        "no function": (1.5, Node),
    },
    "put_back": {
        "the last use overwrites": overwritten,
        "the first use stays": first_only,
        "the mean of the uses": averaged,
        "all rows get all": lambda g, i, s: np.zeros(s) + g.sum(axis=0),
        "not put back": lambda g, i, s: g,
        "taken again": lambda g, i, s: g[np.minimum(i, len(g) - 1)],
        "sorted away": lambda g, i, s: np.resize(g, s),
        "nothing": lambda g, i, s: None,
    },
    "first_above_a_million": {
        "only the last steps": 20,
        "one too few": 18,
        "as backward": 500_001,
        "far too many": 1_000_000,
        "half of them": 10,
        "one too many doublings": 21,
        "a fraction": 18.9,
        "negative": -19,
        "a list": [19],
        "text": "nineteen",
    },
}
RIGHT = {
    "used_twice": [(6, 2), (6.0, np.float64(2))],
    "divide": [
        (lambda a, b: multiply(a, power(b, -1)), Node),
        quotient(lambda a, b: b**-1, lambda a, b: -a * b**-2),
        quotient(lambda a, b: np.array(1 / b), right_b),
    ],
    "put_back": [one_hot, lambda g, i, s: one_hot(g, i, s).tolist()],
    "first_above_a_million": [19, 19.0, np.int64(19)],
}
SAYS = {
    "used_twice": {
        "the last use overwrites": "several uses add up",
        "only the product": "a second time",
        "exchanged": "exchanged",
    },
    "divide": {
        "sign of b": "wrong sign",
        "no edges": "no path of edges leads back to a",
    },
    "put_back": {
        "the last use overwrites": "Several uses add up",
        "the mean of the uses": "not their mean",
    },
    "first_above_a_million": {
        "only the last steps": "the steps on the way",
        "as backward": "right for `backward`",
    },
}
STUBS = {
    "used_twice": (..., ...),
    "divide": (lambda a, b: ..., Node),
    "put_back": lambda gradient, index, shape: ...,
    "first_above_a_million": ...,
}

# The lesson's engine is compared with course.autograd below, as a whole.
ENGINE = (
    *("as_node", "add", "subtract", "multiply", "power", "exp", "log", "tanh", "relu"),
    *("matmul", "total", "history", "unbroadcast", "backward", "divide"),
)
ARGUMENTS = dict.fromkeys(ENGINE)


@pytest.fixture(scope="module")
def engine() -> SimpleNamespace:
    """The engine of the lesson as its cells define it; later definitions replace."""
    defined = {"np": np}
    for node in statements(lesson_of("backpropagation")):
        text = ast.unparse(node)
        name = getattr(node, "name", "")
        if name in {*ENGINE, "Node"} or text.startswith("Node.__"):
            exec(text, defined)
    return SimpleNamespace(**defined)


def gradients(engine, f, arrays) -> list[np.ndarray]:
    nodes = [engine.Node(array) for array in arrays]
    result = f(engine, *nodes)
    engine.backward(result)
    return [result.value, *(node.gradient for node in nodes)]


def network(engine, x, W, b, c):
    hidden = engine.relu(x @ W + b) * 0.5 - c
    shares = engine.exp(engine.tanh(hidden)) ** 0.5
    return engine.total(engine.log(engine.divide(shares, engine.total(shares, axis=1))))


def test_the_engine_of_the_lesson_and_the_module_agree_on_numbers(engine):
    rng = np.random.default_rng(0)
    for _ in range(100):
        steps, start = random_expression(rng), rng.normal(size=3).tolist()
        found = [
            gradients(each, lambda math, *a, s=steps: evaluate(s, a, math), start)
            for each in (engine, autograd)
        ]
        np.testing.assert_allclose(*found, rtol=1e-12)


def test_the_engine_of_the_lesson_and_the_module_agree_on_arrays(engine):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in [(6, 4), (4, 3), (3,), (6, 1)]]
    found, expected = (gradients(each, network, arrays) for each in (engine, autograd))
    for ours, theirs, like in zip(found, expected, [0.0, *arrays], strict=True):
        assert np.shape(ours) == np.shape(theirs) == np.shape(like)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
