"""The exercises of lesson 05: slopes that add up, and what the walk back costs."""

from functools import partial

import numpy as np

from course.check import (
    Wrong,
    as_number,
    as_numbers,
    call,
    exercise,
    expect,
    expect_array,
)


@exercise(
    "Nudge a by a tiny h: which terms of f = a b + a change, and by how much?",
    "a is used twice: times b, and alone. Each use contributes a slope.",
    "Along the product a gets b = 5, along the sum it gets 1; both reach f.",
)
def used_twice(gradient_a, gradient_b):
    """The gradients of a and b in f = a b + a, at a = 2 and b = 5."""
    a, b = as_number(gradient_a, "gradient_a"), as_number(gradient_b, "gradient_b")
    expect(
        a != 5,
        "gradient_a = 5 is what a receives through the product; a is used a second "
        "time, and gradients of several uses add up.",
    )
    expect(
        a != 1,
        "gradient_a = 1 is what a receives as the second term; a is used in the "
        "product too, and gradients of several uses add up.",
    )
    expect(
        (a, b) != (2, 6),
        "the two are exchanged: the slope of a product for one factor is the other.",
    )
    expect(
        b != 12, "that is the value of f; asked is how fast f changes when b changes."
    )
    expect(a == 6, f"gradient_a is {a:g}, which is not right.")
    expect(b == 2, f"gradient_b is {b:g}; in a b the slope for b is a.")
    return "Two uses of a, two contributions: 5 + 1."


@exercise(
    "Which are the slopes of a / b, once with b fixed, once with a fixed?",
    "For a it is 1 / b. For b write a / b as a b^-1: the slope is -a b^-2.",
    "Node(a.value / b.value, [(a, ...), (b, ...)]) with those two slopes.",
)
def divide(answer, node):
    """A function (a, b) -> Node, and your Node: a quotient with its two edges."""
    expect(isinstance(node, type), "the second value is your class `Node` itself.")
    for value_a, value_b in [(3.0, 2.0), (-1.5, 0.5)]:
        a, b = node(value_a), node(value_b)
        result = _call_with(answer, a, b)
        given = f"for a = {value_a:g}, b = {value_b:g}"
        quotient = value_a / value_b
        value = as_number(result.value, "the value of the result")
        expect(
            np.isclose(value, quotient),
            f"the value is {value:g}, expected {quotient:g} {given}.",
        )
        slopes = _slope(result, a), _slope(result, b)
        _judge_slopes(*slopes, 1 / value_b, -quotient / value_b, given)
    return "Value and slopes: a new operation needs nothing else."


def _judge_slopes(slope_a, slope_b, right_a, right_b, given):
    expect(slope_a is not None, "no path of edges leads back to a.")
    expect(slope_b is not None, "no path of edges leads back to b.")
    expect(
        np.isclose(slope_a, right_a),
        f"the slope for a is {slope_a:.4g}, expected {right_a:.4g} {given}.",
    )
    expect(
        not np.isclose(slope_b, -right_b),
        "the slope for b has the wrong sign: a larger divisor makes a positive "
        "quotient smaller.",
    )
    expect(
        np.isclose(slope_b, right_b),
        f"the slope for b is {slope_b:.4g}, expected {right_b:.4g} {given}.",
    )


@exercise(
    "Start from zeros of the table's shape. Row i of the gradient belongs to row "
    "index[i] of the table.",
    "A row that was picked twice was used twice: what happens to gradients then?",
    "`table[index] += gradient` counts a repeated row once. Loop over the rows, or "
    "look up np.add.at.",
)
def put_back(answer):
    """A function (gradient, index, shape): the gradient of a table of picked rows."""
    rng = np.random.default_rng(5)
    for rows, shape in [([1, 0], (3, 2)), ([2, 0, 2, 2], (4, 3))]:
        index, gradient = np.array(rows), rng.normal(size=(len(rows), shape[1]))
        right = np.zeros(shape)
        np.add.at(right, index, gradient)
        got = as_numbers(call(answer, gradient=gradient, index=index, shape=shape))
        if got.shape == shape and len(set(rows)) < len(rows):
            last = np.zeros(shape)
            last[index] = gradient
            expect(
                not np.allclose(got, last),
                f"for index {rows} row 2 was picked three times, but only "
                "the last of the three gradients is left. Several uses add up; "
                "NumPy's `table[index] += ...` does not add repeated rows.",
            )
            picks = np.bincount(index, minlength=shape[0])[:, None]
            expect(
                not np.allclose(got, right / np.maximum(picks, 1)),
                "a row that was picked three times gets the sum of its three "
                "gradients, not their mean.",
            )
        expect_array(got, right, f"the gradient of the table for {rows}")
    return "Picking a row twice is using it twice, so its gradients add up."


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


def _call_with(answer, a, b):
    """The node that the answer makes from these very nodes, which `call` would copy."""
    result = call(partial(answer, a, b) if callable(answer) else answer)
    missing = [name for name in ("value", "edges") if not hasattr(result, name)]
    if missing:
        raise Wrong(f"return a Node; it returned {type(result).__name__}.")
    return result


def _slope(node, start):
    """The slope of a node with respect to a start; None without a path to it."""
    if node is start:
        return 1.0
    parts = [(_slope(parent, start), slope) for parent, slope in node.edges]
    found = [part * slope for part, slope in parts if part is not None]
    return sum(found) if found else None
