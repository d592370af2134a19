"""The engine's gradients against PyTorch, TensorFlow and finite differences."""

import timeit
from time import process_time as cpu

import numpy as np
import pytest
import torch

from course import autograd, nn
from course.autograd import Counted, Node, backward, history, total
from course.expressions import evaluate, random_expression


def ours(f, *arrays):
    """The value of f and its gradients, by the engine."""
    nodes = [Node(array) for array in arrays]
    result = f(*nodes)
    backward(result)
    return result.value, [node.gradient for node in nodes]


def theirs(f, *arrays):
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    result = f(*leaves)
    result.backward()
    return result.detach().numpy(), [leaf.grad.numpy() for leaf in leaves]


def assert_same(one, other, tolerance=1e-12):
    np.testing.assert_allclose(one[0], other[0], rtol=tolerance, atol=tolerance)
    for a, b in zip(one[1], other[1], strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


EXPRESSIONS = [
    (random_expression(rng), rng.normal(size=3))
    for rng in map(np.random.default_rng, range(100))
]


def test_a_hundred_random_expressions_equal_pytorch():
    for steps, start in EXPRESSIONS:
        assert_same(
            ours(lambda *a, s=steps: evaluate(s, a, autograd), *start),
            theirs(lambda *a, s=steps: evaluate(s, a, torch), *start),
        )


def test_a_hundred_random_expressions_equal_tensorflow():
    import tensorflow as tf

    for steps, start in EXPRESSIONS:
        leaves = [tf.Variable(number) for number in start]
        with tf.GradientTape() as tape:
            result = evaluate(steps, leaves, tf.math)
        expected = result.numpy(), [g.numpy() for g in tape.gradient(result, leaves)]
        found = ours(lambda *a, s=steps: evaluate(s, a, autograd), *start)
        assert_same(found, expected, tolerance=1e-10)


def test_a_hundred_random_expressions_equal_finite_differences():
    for steps, start in EXPRESSIONS:
        _, gradients = ours(lambda *a, s=steps: evaluate(s, a, autograd), *start)
        for step, gradient in zip(1e-5 * np.eye(3), gradients, strict=True):
            ends = [evaluate(steps, start + way * step, np) for way in (1, -1)]
            difference = (ends[0] - ends[1]) / 2e-5
            np.testing.assert_allclose(gradient, difference, rtol=1e-6, atol=1e-6)


A, B = (3, 4), (4, 5)
CASES = {
    "add": (lambda m, a, b: a + b, A, A),
    "subtract": (lambda m, a, b: a - b, A, A),
    "multiply": (lambda m, a, b: a * b, A, A),
    "divide": (lambda m, a, b: a / (b * b + 1.0), A, A),
    "broadcast a row": (lambda m, a, b: a * b + b, A, (4,)),
    "broadcast a column": (lambda m, a, b: a - b, A, (3, 1)),
    "broadcast a number": (lambda m, a, b: a / b, A, ()),
    "broadcast both": (lambda m, a, b: a * b, (3, 1), (1, 4)),
    "broadcast added axes": (lambda m, a, b: a + b, (2, 3, 4), (3, 1)),
    "matmul": (lambda m, a, b: a @ b, A, B),
    "matmul of stacks": (lambda m, a, b: a @ b, (2, 3, 4), (2, 4, 5)),
    "matmul with one for all": (lambda m, a, b: a @ b, (2, 3, 4), B),
    "constants on both sides": (
        lambda m, a, b: 2 * a - 1 - (3 - b) / 2 + 1 / (b**2 + 1) + -a,
        A,
        A,
    ),
    "power": (lambda m, a, b: (a * a) ** 1.5 + b**3, A, A),
    "exp, log and tanh": (
        lambda m, a, b: m.exp(m.tanh(a)) * m.log(b * b + 1.0),
        A,
        A,
    ),
    "relu": (lambda m, a, b: m.relu(a) * m.relu(b), A, A),
    "a value used four times": (lambda m, a, b: a * a * b + a / (a * a + 1), A, A),
}


@pytest.mark.parametrize("name", CASES)
def test_an_operation_on_arrays_equals_pytorch(name, rng):
    f, *shapes = CASES[name]
    arrays = [rng.normal(size=shape) for shape in shapes]
    uneven = rng.normal(size=f(torch, *map(torch.tensor, arrays)).shape)
    assert_same(
        ours(lambda *a: total(f(autograd, *a) * uneven), *arrays),
        theirs(lambda *a: (f(torch, *a) * torch.tensor(uneven)).sum(), *arrays),
    )


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_total_equals_pytorch(axis, rng):
    kept = {} if axis is None else {"axis": axis, "keepdims": True}
    assert_same(
        ours(lambda a: total(total(a, axis) * total(a, axis)), rng.normal(size=A)),
        theirs(
            lambda a: (a.sum(**kept) * a.sum(**kept)).sum(),
            np.random.default_rng(0).normal(size=A),
        ),
    )


@pytest.mark.parametrize("shape", [A, (2, 3, 4)])
def test_transpose_equals_pytorch(shape, rng):
    array, uneven = rng.normal(size=shape), rng.normal(size=shape).swapaxes(-1, -2)
    assert_same(
        ours(lambda a: total(autograd.transpose(a) ** 2 * uneven), array),
        theirs(lambda a: (a.mT**2 * torch.tensor(uneven)).sum(), array),
    )


@pytest.mark.parametrize(
    "index", [[2, 0, 2, 2], slice(1, 3), ([0, 1, 0], [3, 3, 3]), np.array([0, 0])]
)
def test_take_adds_up_what_is_taken_more_than_once(index, rng):
    array = rng.normal(size=A)
    assert_same(
        ours(lambda a: total(autograd.take(a, index) ** 2), array),
        theirs(lambda a: (a[index] ** 2).sum(), array),
    )


def test_arrays_on_the_left_leave_the_operation_to_the_node(rng):
    a, b = rng.normal(size=A), rng.normal(size=B)
    c = np.float64(2)
    found = ours(lambda b: total(c * (a @ b) - (c - a @ b)), b)
    at = torch.tensor(a)
    assert_same(found, theirs(lambda b: (c * (at @ b) - (c - at @ b)).sum(), b))


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [("float64", 1e-10), ("float32", 1e-5)]
)
def test_a_network_equals_pytorch_and_keeps_its_precision(dtype, tolerance, rng):
    shapes = [(6, 5), (5,), (5, 3), (3,)]
    weights = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    x, y = rng.normal(size=(8, 6)).astype(dtype), rng.integers(3, size=8)

    def ours_loss(W1, b1, W2, b2):
        scores = autograd.relu(x @ W1 + b1) @ W2 + b2
        picked = autograd.take(autograd.log_softmax(scores), (np.arange(8), y))
        return total(picked) * (-1 / 8)

    def their_loss(W1, b1, W2, b2):
        scores = torch.relu(torch.tensor(x) @ W1 + b1) @ W2 + b2
        return torch.nn.functional.cross_entropy(scores, torch.tensor(y))

    found = ours(ours_loss, *weights)
    assert {np.asarray(a).dtype for a in [found[0], *found[1]]} == {np.dtype(dtype)}
    assert_same(found, theirs(their_loss, *weights), tolerance)


def test_log_softmax_does_not_overflow():
    logits = Node([[0.0, 1000.0], [-1000.0, 3.0]])
    result = autograd.log_softmax(logits)
    backward(total(result))
    np.testing.assert_allclose(result.value, nn.log_softmax(logits.value))
    np.testing.assert_allclose(logits.gradient, [[1, -1], [1, -1]])


def test_backward_again_gives_the_same_and_does_not_add_up():
    a = Node(3.0)
    result = a * a + a
    for _ in range(2):
        backward(result)
        assert a.gradient == 7


def test_history_puts_every_node_before_its_parents():
    a = Node(1.0)
    b = a * a
    nodes = history(b * a + b)
    assert nodes[-1] is a and len(nodes) == 4
    places = {node: place for place, node in enumerate(nodes)}
    assert all(places[p] > places[n] for n in nodes for p, _ in n.edges)


def test_the_history_of_several_results_holds_each_node_once():
    a = Node(1.0)
    b, c = a * 2.0, a + 1.0
    nodes = history(b, c * b, c)
    assert len(nodes) == len(set(nodes)) == 6 and nodes[-1].depth == 0


def test_a_long_chain_needs_no_recursion_and_one_step_for_each_edge():
    u = start = Node(1.0)
    for _ in range(500):
        u = u * 0.5 + u * 0.5  # 2 to the power of 500 paths
    for _ in range(3000):
        u = u + 0.0
    backward(u)
    assert start.gradient == 1


def test_history_takes_the_same_time_for_each_node_of_a_long_calculation():
    def seconds(length):
        u = Node(1.0)
        for _ in range(length):
            u = u + u
        return min(timeit.repeat(lambda: history(u), number=1, repeat=5, timer=cpu))

    seconds(100)
    assert seconds(32_000) < 3 * 16 * seconds(2_000)  # a list would take 256 times


def test_a_plain_array_in_a_product_is_a_constant_that_costs_nothing_back(rng):
    x, W = rng.normal(size=A).view(Counted), Node(rng.normal(size=B).view(Counted))
    gradients = []
    for left, products in [(x, 1), (Node(x), 2)]:
        result = total(left @ W)
        Counted.multiplications = 0
        backward(result)
        assert Counted.multiplications == products * 3 * 4 * 5
        gradients.append(np.asarray(W.gradient))
    np.testing.assert_array_equal(*gradients)
    assert W not in history(total(W.value @ Node(W.value.T)))


def test_unbroadcast_undoes_what_broadcasting_did():
    ones = np.ones((2, 3, 4))
    for shape in [(2, 3, 4), (3, 4), (1, 4), (4,), (1,), (), (2, 1, 4), (2, 1, 1)]:
        back = autograd.unbroadcast(ones, shape)
        assert np.shape(back) == shape
        assert np.all(back == ones.size / np.prod(shape, dtype=int))


def test_integers_become_floats_and_numbers_do_not_widen_single_precision():
    assert Node([1, 2]).value.dtype == float
    assert (Node(np.ones(2, "float32")) * 2 + 1).value.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: backward(Node([1.0, 2.0])), ValueError, "shape (2,); sum the result"),
        (lambda: Node(["a"]), TypeError, "real numbers"),
        (lambda: Node(1j), TypeError, "real numbers"),
        (lambda: Node([1.0]) @ Node([[1.0]]), ValueError, "shapes (1,) and (1, 1)"),
        (lambda: Node(2.0) ** Node(3.0), TypeError, "exponent is Node(value: 3.)"),
        (lambda: 2 ** Node(3.0), TypeError, "exponent is Node(value: 3.)"),
        (lambda: np.ones(2) ** Node(3.0), TypeError, "exponent is Node(value: 3.)"),
        (lambda: np.tanh(Node(1.0)), TypeError, "ufunc"),
    ],
)
def test_an_error_says_what_was_expected(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)


def test_a_node_introduces_itself():
    assert repr(Node(2.0, label="w")) == "Node(w: 2.)"
    assert repr(Node([1, 2])) == "Node(value: [1. 2.])"


def test_counted_counts_the_multiplications_of_products(rng):
    a, b = rng.normal(size=A).view(Counted), rng.normal(size=B)
    Counted.multiplications = 0
    product = (a @ b) * 2.0 + 1.0
    assert Counted.multiplications == 3 * 4 * 5 + 3 * 5
    np.testing.assert_array_equal(np.asarray(product), np.asarray(a) @ b * 2 + 1)


def test_backward_takes_twice_the_multiplications_of_a_matrix_product(rng):
    a, b = Node(rng.normal(size=A).view(Counted)), Node(rng.normal(size=B))
    Counted.multiplications = 0
    result = total(a @ b)
    forward = Counted.multiplications
    backward(result)
    assert Counted.multiplications == 3 * forward
