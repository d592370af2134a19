"""The exercises of lesson 05: answers that are wrong, right, and not attempted."""

import ast
import time
import timeit
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from definitions import lesson_of, statements
from mutation import names_for

from course import autograd
from course.autograd import Node, multiply, power
from course.expressions import evaluate, random_expression


def quotient(slope_a, slope_b, value=lambda a, b: a / b):
    """An answer to `divide` from the formulas of its value and slopes."""

    def divide(a, b):
        slopes = [f(a.value, b.value) for f in (slope_a, slope_b)]
        return Node(value(a.value, b.value), list(zip((a, b), slopes, strict=True)))

    return divide, Node


def doubled(a, b):
    """Right, and doubles the value of a on the way out."""
    result = quotient(lambda a, b: 1 / b, right_b)[0](a, b)
    a.value = 2 * a.value
    return result


def by_functions(a, b):
    """Right, with slopes that are functions, as those of a matrix product."""
    edges = [(a, lambda g: g / b.value), (b, lambda g: -g * a.value / b.value**2)]
    return Node(a.value / b.value, edges)


def deaf_functions(a, b):
    """Slopes that are functions, but of no gradient."""
    edges = [(a, lambda g: 1 / b.value), (b, lambda g: -a.value / b.value**2)]
    return Node(a.value / b.value, edges)


def layer(gradient, x, W, b):
    before = gradient * (x @ W + b > 0)
    return before @ W.T, x.T @ before, before.sum(axis=0)


def layer_by_sums(gradient, x, W, b):
    before = np.where(x @ W + b > 0, gradient, 0)
    outer = np.einsum("ni,nu->iu", x, before)
    return [np.einsum("nu,iu->ni", before, W), outer, np.ones(len(x)) @ before]


def layer_by_engine(gradient, x, W, b):
    nodes = [Node(part) for part in (x, W, b)]
    y = autograd.relu(nodes[0] @ nodes[1] + nodes[2])
    autograd.backward(autograd.total(y * gradient))
    return tuple(node.gradient for node in nodes)


def layer_in_torch(gradient, x, W, b):
    leaves = [
        torch.tensor(part, dtype=torch.double, requires_grad=True) for part in (x, W, b)
    ]
    y = torch.relu(leaves[0] @ leaves[1] + leaves[2])
    y.backward(torch.tensor(gradient, dtype=torch.double))
    return tuple(leaf.grad for leaf in leaves)


def changed(**parts):
    """The layer's way back with some of its three gradients computed otherwise."""

    def layer_back(gradient, x, W, b):
        right = dict(zip("xWb", layer(gradient, x, W, b), strict=True))
        right |= {name: part(gradient, x, W, b) for name, part in parts.items()}
        return tuple(right.values())

    return layer_back


def in_place(gradient, x, W, b):
    gradient *= x @ W + b > 0
    return gradient @ W.T, x.T @ gradient, gradient.sum(axis=0)


def with_edges(edges):
    """A quotient whose edges are those that the function makes."""

    def divide(a, b):
        result = Node(a.value / b.value)
        result.edges = edges(a, b)
        return result

    return divide, Node


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
        "a little too much": (6.02, 2),
        "b a little too little": (6, 1.99),
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
        "size of b": quotient(lambda a, b: 1 / np.abs(b), right_b),
        "size of the quotient": quotient(
            lambda a, b: 1 / b, lambda a, b: -np.abs(a) / b**2
        ),
        "changes a": (doubled, Node),
        "functions of no gradient": (deaf_functions, Node),
        "a floor below b": quotient(
            lambda a, b: np.sign(b) / np.maximum(np.abs(b), 0.2), right_b
        ),
        "slopes cut off": quotient(
            lambda a, b: 1 / b, lambda a, b: np.clip(right_b(a, b), -50, 50)
        ),
        "no slope above 100": quotient(lambda a, b: np.clip(1 / b, -100, 100), right_b),
        "edges without slopes": with_edges(lambda a, b: [a, b]),
        "edges to numbers": with_edges(lambda a, b: [(a.value, 1 / b.value)]),
        "no list of edges": with_edges(lambda a, b: None),
        "no class of nodes": (lambda a, b: a / b, object),
        "a slope in words": (lambda a, b: Node(a.value / b.value, [(a, "1/b")]), Node),
        "for numbers alone": quotient(
            lambda a, b: 1 / np.max(b), lambda a, b: -np.max(a / b**2)
        ),
        "a twice": (lambda a, b: Node(a.value / b.value, [(a, 1 / b.value)] * 2), Node),
        "a number": (lambda a, b: a.value / b.value, Node),
        "nothing": (lambda a, b: None, Node),
        "no function": (1.5, Node),
    },
    "layer_back": {
        "no bend": lambda g, x, W, b: (g @ W.T, x.T @ g, g.sum(axis=0)),
        "the bend for x alone": changed(
            W=lambda g, x, W, b: x.T @ g, b=lambda g, x, W, b: g.sum(axis=0)
        ),
        "the bend by the gradient": lambda g, x, W, b: (
            np.maximum(g, 0) @ W.T,
            x.T @ np.maximum(g, 0),
            np.maximum(g, 0).sum(axis=0),
        ),
        "the bend a little late": lambda g, x, W, b: layer(g, x, W, b - 0.01),
        "the bend a millionth late": lambda g, x, W, b: layer(g, x, W, b - 1e-6),
        "cut off at 20": lambda *a: tuple(np.clip(part, -20, 20) for part in layer(*a)),
        "the bend without b": lambda g, x, W, b: layer(g, x, W, 0 * b),
        "the bend of y times y": lambda g, x, W, b: layer(
            g * np.maximum(x @ W + b, 0), x, W, b
        ),
        "the mean for b": changed(b=lambda g, x, W, b: layer(g, x, W, b)[2] / len(x)),
        "b for each image": changed(b=lambda g, x, W, b: g * (x @ W + b > 0)),
        "b as a row": changed(b=lambda g, x, W, b: layer(g, x, W, b)[2][None]),
        "the mean for W": changed(W=lambda g, x, W, b: layer(g, x, W, b)[1] / len(x)),
        "W turned": changed(W=lambda g, x, W, b: layer(g, x, W, b)[1].T),
        "W not turned": changed(x=lambda g, x, W, b: g * (x @ W + b > 0) @ W),
        "one for all": changed(b=lambda g, x, W, b: layer(g, x, W, b)[2].sum()),
        "another order": lambda g, x, W, b: layer(g, x, W, b)[::-1],
        "only W": lambda g, x, W, b: layer(g, x, W, b)[1],
        "in place": in_place,
        "nothing": lambda g, x, W, b: None,
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
    "used_twice": [
        (6, 2),
        (6.0, np.float64(2)),
        (6.0000000000393, 2.0000000000131),
        (torch.tensor(6.0, requires_grad=True), torch.tensor(2.0)),
    ],
    "divide": [
        (lambda a, b: multiply(a, power(b, -1)), Node),
        quotient(lambda a, b: b**-1, lambda a, b: -a * b**-2),
        quotient(lambda a, b: np.array(1 / b), right_b),
        (by_functions, Node),
        (autograd.divide, Node),
    ],
    "layer_back": [layer_by_sums, layer_by_engine, layer_in_torch],
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
        "edges without slopes": "a list of pairs",
        "edges to numbers": "a list of pairs",
        "changes a": "changes the value of a or b itself",
    },
    "layer_back": {
        "no bend": "ReLU is missing",
        "the bend for x alone": "so do W and b",
        "the bend by the gradient": "not on the sign of the gradient",
        "the mean for b": "their sum, not their mean",
        "in place": "it changes gradient itself",
    },
    "first_above_a_million": {
        "only the last steps": "the steps on the way",
        "as backward": "right for `backward`",
    },
}
STUBS = {
    "used_twice": (..., ...),
    "divide": (lambda a, b: ..., Node),
    "layer_back": lambda gradient, x, W, b: (..., ..., ...),
    "first_above_a_million": ...,
}


def quotients(answer, node):
    """Values and gradients of a few quotients, signs and arrays among them."""
    seen = []
    for x, z in [
        (3.0, 2.0),
        (-1.5, -0.5),
        (2.0, 0.02),
        (2.0, 1e-3),
        (np.array([1.0, -2]), np.array([-4.0, 3])),
    ]:
        a, b = node(x), node(z)
        result = answer(a, b)
        autograd.backward(autograd.total(result * 0.7))  # a gradient that is not 1
        same = np.array_equal(a.value, x) and np.array_equal(b.value, z)
        seen += [result.value, a.gradient, b.gradient, same]
    return seen


def layers(answer):
    """The gradients of a few layers, and what is left of the arguments."""
    rng, seen = np.random.default_rng(0), []
    for n, inputs, units in [(5, 4, 3), (1, 2, 1), (3, 3, 3)]:
        shapes = [(n, units), (n, inputs), (inputs, units), (units,)]
        given = [1e-7 * rng.normal(size=shape) for shape in shapes]
        given[0] *= 1e10
        found = answer(*given)
        seen += [*(np.asarray(part) for part in found), len(found), given]
    return seen


PROBES = {"divide": quotients, "layer_back": layers}


def push(node):
    """The steps that the lesson's `push` takes, counted without taking them."""
    counted = {}

    def steps(one):
        if id(one) not in counted:
            counted[id(one)] = sum(1 + steps(parent) for parent, _ in one.edges)
        return counted[id(one)]

    return steps(node)


NEEDS = {"np": np, "Node": Node, "as_node": autograd.as_node, "push": push}


def test_steps_are_counted_as_the_lesson_takes_them():
    theirs = names_for("push", lesson_of("backpropagation"), {"Node": Node})["push"]
    u = Node(1.0)
    for n in range(1, 9):
        u = u + u
        assert push(u) == theirs(u) == 2 ** (n + 1) - 2


# The lesson's engine is compared with course.autograd below, as a whole.
ENGINE = (
    *("as_node", "add", "subtract", "multiply", "power", "exp", "log", "tanh", "relu"),
    *("matmul", "total", "history", "unbroadcast", "backward", "divide"),
)
ARGUMENTS = dict.fromkeys(ENGINE)
INSIDE = {*ENGINE, "Node", "not_yet", "constant_matmul"}


@pytest.fixture(scope="module")
def engine() -> SimpleNamespace:
    """The engine of the lesson as its cells define it; later definitions replace."""
    defined = {"np": np}
    for node in statements(lesson_of("backpropagation")):
        text = ast.unparse(node)
        name = getattr(node, "name", "")
        if name in INSIDE or text.startswith("Node.__"):
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


SIDES = {
    "on the left": lambda a: a * 2 + a - 1,
    "on the right": lambda a: 1 - 2 * a + 3 * a,
    "below a minus": lambda a: 3 - -a * 2,
    "beside arrays": lambda a: np.ones(3) - np.arange(3.0) * a + np.arange(3) * a,
    "in a product of matrices": lambda a: np.ones((2, 3)) @ (a * np.ones((3, 2))),
    "before a matrix": lambda a: (a * np.ones((3, 2))) @ np.ones((2, 3)),
}


@pytest.mark.parametrize("name", SIDES)
def test_the_engine_of_the_lesson_takes_a_node_on_either_side(engine, name):
    found = []
    for each in (engine, autograd):
        a = each.Node(3.0)
        result = SIDES[name](a)
        assert isinstance(result, each.Node)
        each.backward(each.total(result * result))
        found.append((result.value, a.gradient))
    np.testing.assert_allclose(found[0][0], found[1][0])
    np.testing.assert_allclose(found[0][1], found[1][1])


@pytest.mark.parametrize(
    "f",
    [lambda a: a / 2, lambda a: 2 / a, lambda a: np.ones(2) / a],
    ids=["/2", "2/", "array/"],
)
def test_the_engine_of_the_lesson_says_why_it_does_not_divide(engine, f):
    with pytest.raises(TypeError, match=r"before exercise 2; multiply by b \*\* -1.0"):
        f(engine.Node(3.0))


def test_the_history_of_the_lesson_takes_the_same_time_for_each_node(engine):
    def seconds(length):
        u = engine.Node(1.0)
        for _ in range(length):
            u = u + u
        run = {"number": 1, "repeat": 5, "timer": time.process_time}
        return min(timeit.repeat(lambda: engine.history(u), **run))

    seconds(100)
    assert seconds(16_000) < 3 * 16 * seconds(1_000)  # a list would take 256 times
