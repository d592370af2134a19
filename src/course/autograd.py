"""The engine of lesson 05: numbers and arrays that know where they came from.

Every operation returns a `Node` that keeps its value and one edge to each node that
it was computed from. An edge holds the slope of the result with respect to that node:
a number or an array where the operation works element by element, and a function
from gradient to gradient where it does not. `backward` walks the edges from the
result to the start, once each: reverse-mode differentiation (Linnainmaa 1970).

    w, x = Node(2.0, label="w"), Node(3.0, label="x")
    backward(tanh(w * x))
    w.gradient
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any

import numpy as np

Array = np.ndarray
Real = Any  # a float or an array of floats: every operation takes both
Slope = float | Array | Callable[[Array], Array]


class Node:
    """A value, the nodes that it was computed from, and (later) its gradient.

    `value` is a real number or an array; integers in an array become floats. `depth`
    is the number of operations on the longest way here from a start.
    """

    __array_ufunc__ = None  # an array on the left leaves the operation to us

    def __init__(
        self,
        value: float | Array | Sequence,
        edges: Sequence[tuple[Node, Slope]] = (),
        label: str = "",
    ):
        # Plain numbers stay plain, so that float32 times 2.0 stays float32.
        self.value: Real
        self.value = float(value) if isinstance(value, int | float) else _real(value)
        self.edges, self.label = edges, label
        self.gradient: Real = 0.0
        self.depth: int = 1 + max((parent.depth for parent, _ in edges), default=-1)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value; () for a number."""
        return np.shape(self.value)

    def __repr__(self) -> str:
        text = np.array2string(np.asarray(self.value), threshold=20)
        return f"Node({self.label or 'value'}: {text})"

    def __add__(self, other) -> Node:
        return add(self, other)

    def __mul__(self, other) -> Node:
        return multiply(self, other)

    def __pow__(self, exponent: float) -> Node:
        return power(self, exponent)

    def __rpow__(self, base) -> Node:
        return power(base, self)

    def __matmul__(self, other) -> Node:
        return matmul(self, other)

    def __rmatmul__(self, other) -> Node:
        return matmul(other, self)

    def __neg__(self) -> Node:
        return multiply(self, -1.0)

    def __sub__(self, other) -> Node:
        return subtract(self, other)

    def __rsub__(self, other) -> Node:
        return subtract(other, self)

    def __truediv__(self, other) -> Node:
        return divide(self, other)

    def __rtruediv__(self, other) -> Node:
        return divide(other, self)

    __radd__, __rmul__ = __add__, __mul__


def as_node(value: Node | float | Array) -> Node:
    """The node itself, or a number or array as a node without a past."""
    return value if isinstance(value, Node) else Node(value)


def add(a, b) -> Node:
    """a + b, with broadcasting."""
    a, b = as_node(a), as_node(b)
    return Node(a.value + b.value, [(a, 1.0), (b, 1.0)], "+")


def subtract(a, b) -> Node:
    """a - b, with broadcasting."""
    a, b = as_node(a), as_node(b)
    return Node(a.value - b.value, [(a, 1.0), (b, -1.0)], "−")


def multiply(a, b) -> Node:
    """a × b element by element, with broadcasting."""
    a, b = as_node(a), as_node(b)
    return Node(a.value * b.value, [(a, b.value), (b, a.value)], "×")


def divide(a, b) -> Node:
    """a / b element by element, with broadcasting."""
    a, b = as_node(a), as_node(b)
    quotient = a.value / b.value
    return Node(quotient, [(a, 1 / b.value), (b, -quotient / b.value)], "÷")


def power(a, exponent: float | Node) -> Node:
    """a to the power of a constant.

    Raises TypeError for an exponent that is a node.
    """
    if isinstance(exponent, Node):
        raise TypeError(
            f"the exponent is {exponent!r}, expected a number; "
            "write exp(log(a) * b) for a to the power of b"
        )
    a = as_node(a)
    slope = exponent * a.value ** (exponent - 1)
    return Node(a.value**exponent, [(a, slope)], f"power {exponent:g}")


def exp(a) -> Node:
    """e to the power of a."""
    a = as_node(a)
    result = np.exp(a.value)
    return Node(result, [(a, result)], "exp")


def log(a) -> Node:
    """The natural logarithm of a."""
    a = as_node(a)
    return Node(np.log(a.value), [(a, 1 / a.value)], "log")


def tanh(a) -> Node:
    """The hyperbolic tangent of a."""
    a = as_node(a)
    result = np.tanh(a.value)
    return Node(result, [(a, 1 - result**2)], "tanh")


def relu(a) -> Node:
    """max(a, 0); its slope at zero is 0, as in the frameworks."""
    a = as_node(a)
    return Node(np.maximum(a.value, 0.0), [(a, a.value > 0)], "relu")


def matmul(a, b) -> Node:
    """The matrix product (..., n, k) @ (..., k, m); leading axes are broadcast.

    A plain array is a constant: no edge leads to it, and `backward` saves a product.
    """
    learned = isinstance(a, Node), isinstance(b, Node)
    a, b = as_node(a), as_node(b)
    if min(len(a.shape), len(b.shape)) < 2:
        raise ValueError(
            f"matmul takes two matrices, got shapes {a.shape} and {b.shape}; "
            "give a vector a second axis of length 1"
        )
    edges = [
        (a, lambda gradient: gradient @ np.swapaxes(b.value, -1, -2)),
        (b, lambda gradient: np.swapaxes(a.value, -1, -2) @ gradient),
    ]
    return Node(a.value @ b.value, list(compress(edges, learned)), "@")


def transpose(a) -> Node:
    """a with its last two axes exchanged."""
    a = as_node(a)
    turned = np.swapaxes(a.value, -1, -2)
    return Node(turned, [(a, lambda gradient: np.swapaxes(gradient, -1, -2))], "T")


def total(a, axis: int | None = None) -> Node:
    """The sum over all elements, or along one axis, which stays with length 1."""
    a = as_node(a)
    result = np.sum(a.value, axis=axis, keepdims=axis is not None)
    return Node(result, [(a, lambda gradient: _spread(gradient, a.shape))], "sum")


def take(a, index) -> Node:
    """The parts a[index], as NumPy indexes; a part may be taken more than once."""
    a = as_node(a)

    def put_back(gradient: Array) -> Array:
        spread = np.zeros(a.shape, np.result_type(gradient))
        np.add.at(spread, index, gradient)  # += would count a repeated part once
        return spread

    return Node(a.value[index], [(a, put_back)], "take")


def log_softmax(logits) -> Node:
    """Logarithm of softmax along the last axis; no overflow.

    The largest logit is subtracted as a constant: the result does not depend on it.
    """
    logits = as_node(logits)
    shifted = logits - np.max(logits.value, axis=-1, keepdims=True)
    return shifted - log(total(exp(shifted), axis=-1))


def history(*results: Node) -> list[Node]:
    """All nodes that the results depend on and they themselves, before their parents.

    The time is proportional to the number of edges, but for the sorting.
    """
    found = dict.fromkeys(results)  # knows at once what is in it
    waiting = [*results]
    while waiting:
        parents = dict.fromkeys(parent for parent, _ in waiting.pop().edges)
        new = [parent for parent in parents if parent not in found]
        found.update(dict.fromkeys(new))
        waiting += new
    return sorted(found, key=lambda node: -node.depth)


def backward(result: Node) -> None:
    """Set `gradient` of every node in the result's history: ∂ result / ∂ node.

    The result must be one number. Unlike PyTorch's, gradients start from zero on
    every call.
    """
    if np.size(result.value) != 1:
        raise ValueError(
            f"backward starts from one number, got shape {result.shape}; "
            "sum the result first"
        )
    nodes = history(result)
    for node in nodes:
        node.gradient = 0.0
    result.gradient = np.ones_like(result.value)
    for node in nodes:
        for parent, slope in node.edges:
            share = slope(node.gradient) if callable(slope) else slope * node.gradient
            parent.gradient = parent.gradient + unbroadcast(share, parent.shape)


def unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum a gradient over the axes along which `shape` was stretched to it."""
    if np.shape(gradient) == shape:  # nothing was: most calls
        return gradient
    added = tuple(range(np.ndim(gradient) - len(shape)))
    gradient = np.sum(gradient, axis=added)
    stretched = tuple(axis for axis, length in enumerate(shape) if length == 1)
    return np.sum(gradient, axis=stretched, keepdims=True)


class Counted(np.ndarray):
    """An array that counts the multiplications that NumPy does with it.

    `some_array.view(Counted)` makes one, and so does every operation on one. The
    count is the class's: set `Counted.multiplications = 0` before what is counted.
    """

    multiplications = 0

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        plain = [np.asarray(array) for array in inputs]
        result = np.asarray(getattr(ufunc, method)(*plain, **options))
        if ufunc is np.multiply:
            Counted.multiplications += result.size
        if ufunc is np.matmul:
            Counted.multiplications += result.size * plain[0].shape[-1]
        return result.view(Counted)


def _spread(gradient: Array, shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(gradient, shape, subok=True)


def _real(value: Array | Sequence) -> Array:
    """The value as a floating-point array; float32 stays float32."""
    array = np.asanyarray(value)
    if array.dtype.kind in "iub":
        return array.astype(float)
    if array.dtype.kind != "f":
        raise TypeError(f"a node holds real numbers, got {array.dtype}")
    return array
