"""The exercises of lesson 05: slopes that add up, and what the walk back costs."""

from functools import partial

import numpy as np

from course.check import (
    Wrong,
    as_number,
    as_numbers,
    call,
    describe,
    exercise,
    expect,
    expect_array,
    expect_same,
    numbers,
)

NEAR = 1e-3  # relative: what a finite difference, also a rough one, may be off


@exercise(
    "Nudge a by a tiny h: which terms of f = a b + a change, and by how much?",
    "a is used twice: times b, and alone. Each use contributes a slope.",
    "Along the product a gets b = 5, along the sum it gets 1; both reach f.",
)
def used_twice(gradient_a, gradient_b):
    """The gradients of a and b in f = a b + a, at a = 2 and b = 5."""
    a, b = as_number(gradient_a, "gradient_a"), as_number(gradient_b, "gradient_b")
    expect(
        not _near(a, 5),
        "gradient_a = 5 is what a receives through the product; a is used a second "
        "time, and gradients of several uses add up.",
    )
    expect(
        not _near(a, 1),
        "gradient_a = 1 is what a receives as the second term; a is used in the "
        "product too, and gradients of several uses add up.",
    )
    expect(
        not (_near(a, 2) and _near(b, 6)),
        "the two are exchanged: the slope of a product for one factor is the other.",
    )
    expect(
        not _near(b, 12),
        "that is the value of f; asked is how fast f changes when b changes.",
    )
    expect(_near(a, 6), f"gradient_a is {a:g}, which is not right.")
    expect(_near(b, 2), f"gradient_b is {b:g}; in a b the slope for b is a.")
    return "Two uses of a, two contributions: 5 + 1."


def _near(number, right):
    return np.isclose(number, right, rtol=NEAR)


@exercise(
    "Which are the slopes of a / b, once with b fixed, once with a fixed?",
    "For a it is 1 / b. For b write a / b as a b^-1: the slope is -a b^-2.",
    "Node(a.value / b.value, [(a, ...), (b, ...)]) with those two slopes.",
)
def divide(answer, node):
    """A function (a, b) -> Node, and your Node: a quotient with its two edges."""
    expect(isinstance(node, type), "the second value is your class `Node` itself.")
    rng = np.random.default_rng()
    for shape in [(), (), (), (), (3,), (2, 2)]:
        x, z = numbers(rng, shape, -5, 5), rng.uniform(0.3, 4, shape)
        for sign in (1, -1):
            _judge_quotient(answer, node, x, sign * z)
    for divisor in (0.02, -0.03, 1e-4, 50.0):  # steep, and flat
        _judge_quotient(answer, node, rng.uniform(1, 5), divisor)
    return "Value and slopes: a new operation needs nothing else."


def _judge_quotient(answer, node, x, z):
    """One quotient of two arrays; of two floats, if they have no axes."""
    x, z = (each.copy() if each.ndim else float(each) for each in map(np.array, (x, z)))
    a, b = _made(node, x), _made(node, z)
    result = _call_with(answer, a, b)
    with_these = f"for a = {describe(x)}, b = {describe(z)}"
    same = np.array_equal(a.value, x) and np.array_equal(b.value, z)
    expect(same, f"it changes the value of a or b itself {with_these}.")
    what = f"{with_these} the value"
    expect_array(result.value, x / z, what)
    slopes = {"a": (a, 1 / z), "b": (b, -x / z**2)}
    for name, (start, right) in slopes.items():
        gradient = np.random.default_rng().uniform(0.5, 2, np.shape(x))
        found = _gradient(result, start, gradient)
        expect(found is not None, f"no path of edges leads back to {name}.")
        slope = found / gradient
        expect(
            name == "a" or not np.any(x) or not np.allclose(slope, -right),
            "the slope for b has the wrong sign: a larger divisor makes a quotient of "
            "positive numbers smaller.",
        )
        expect_array(slope, right, f"{with_these} the slope for {name}")


@exercise(
    "First bring the gradient back through ReLU: where was x W + b above zero?",
    "What is left is the gradient of x W + b. The way back of a product has two "
    "products; b was used once for each image.",
    "before @ W.T, x.T @ before, before.sum(axis=0)",
)
def layer_back(answer):
    """A function (gradient, x, W, b): the gradients of x, W and b of a ReLU layer."""
    mistakes = {
        "ReLU is missing: where x W + b is below zero, its slope is 0, and no gradient "
        "comes through.": lambda g, x, W, b: _affine_back(g, x, W),
        "x gets what came back through ReLU; so do W and b.": lambda g, x, W, b: (
            _layer_back(g, x, W, b)[0],
            *_affine_back(g, x, W)[1:],
        ),
        "b is used once for each image, and the gradients of several uses add up: "
        "their sum, not their mean.": lambda g, x, W, b: (
            *_layer_back(g, x, W, b)[:2],
            _layer_back(g, x, W, b)[2] / len(x),
        ),
        "the slope of ReLU depends on x W + b, not on the sign of the gradient.": (
            lambda g, x, W, b: _affine_back(g * (g > 0), x, W)
        ),
    }
    what = tuple(f"the gradient of {name}" for name in ("x", "W", "b"))
    rng = np.random.default_rng()
    whole = [_whole(_layer(rng, size)) for size in (1, 3, 6)]
    # Nearly nothing reaches ReLU; of five units some surely get both signs of it.
    small = _layer(rng, 20, (3, 5))
    whole.append(small | {"W": 1e-9 * small["W"], "b": 1e-9 * small["b"]})
    whole.append(small | {"gradient": 100 * small["gradient"]})
    expect_same(
        answer, _layer_back, _layer, cases=whole, forms=(), mistakes=mistakes, what=what
    )
    return "Three lines are the way back of a layer, in every framework."


def _layer(rng, images, shape=None):
    """A gradient and a layer; nothing before ReLU is exactly zero."""
    inputs, units = rng.integers(1, 6, 2) if shape is None else shape
    return {
        "gradient": numbers(rng, (images, units), -3, 3),
        "x": numbers(rng, (images, inputs), -3, 3),
        "W": rng.normal(size=(inputs, units)),
        "b": rng.normal(size=units),
    }


def _whole(layer):
    """The same in integers, but for b, which keeps the sums off zero."""
    whole = {name: np.rint(2 * part).astype(int) for name, part in layer.items()}
    return whole | {"b": whole["b"] + 0.5}


def _layer_back(gradient, x, W, b):
    return _affine_back(gradient * (x @ W + b > 0), x, W)


def _affine_back(gradient, x, W):
    return gradient @ W.T, x.T @ gradient, gradient.sum(axis=0)


@exercise(
    "Build the chain with a loop, u = u + u, and let push(u) count; start small.",
    "The number of steps roughly doubles with each n. Do not forget that all the "
    "steps on the way count, not only those that reach the start.",
    "It takes 2 + 4 + ... + 2^n = 2^(n+1) - 2 steps. When is that above 1,000,000?",
)
def first_above_a_million(number):
    """The smallest n for which `push` takes more than a million steps."""
    n = as_number(number, "the answer")
    expect(n >= 1 and n.is_integer(), f"{n:g} is no number of doublings.")
    expect(
        n != 20,
        "2^20 is the first power of two above a million, but the steps on the way "
        "count too, 2 + 4 + ... + 2^n: the million is reached earlier.",
    )
    expect(
        n != 500_001,
        "this would be right for `backward`, which takes 2 n steps. `push` walks the "
        "same edges again for every path.",
    )
    expect(n != 18, "close: 18 doublings take 524,286 steps, about half a million.")
    expect(n > 18, f"{n:g} doublings take less than half a million steps.")
    expect(n == 19, f"{n:g} doublings take more than a million steps; do fewer, too?")
    return "1,048,574 steps for 19 doublings; sorted by depth, it is 38."


def _made(node, value):
    """A node of a copy of the value."""
    made = call(partial(node, np.copy(value) if np.ndim(value) else value))
    expect(hasattr(made, "value"), "the second value is your class `Node` itself.")
    return made


def _call_with(answer, a, b):
    """The node that the answer makes from these very nodes, which `call` would copy."""
    result = call(partial(answer, a, b) if callable(answer) else answer)
    if not (hasattr(result, "value") and hasattr(result, "edges")):
        raise Wrong(f"return a Node; it returned {type(result).__name__}.")
    return result


def _gradient(node, start, gradient):
    """What goes back from a node to a start, for this gradient; None without a path."""
    if node is start:
        return gradient
    found = []
    for parent, slope in _edges(node):
        way = call(slope, gradient=gradient) if callable(slope) else slope
        share = as_numbers(way, "a slope") * (1 if callable(slope) else gradient)
        found.append(_gradient(parent, start, share))
    found = [part for part in found if part is not None]
    return sum(found) if found else None


def _edges(node):
    """The edges of a node; Wrong unless they are pairs of another node and a slope."""
    edges = node.edges
    expect(
        isinstance(edges, list | tuple)
        and all(isinstance(edge, list | tuple) and len(edge) == 2 for edge in edges)
        and all(hasattr(parent, "edges") for parent, _ in edges),
        "the edges are a list of pairs: (a, the slope for a), (b, the slope for b).",
    )
    expect(
        all(parent is not node for parent, _ in edges),
        "an edge leads from the quotient back to itself.",
    )
    return edges
