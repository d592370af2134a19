"""What a lesson defines and `course` keeps is the same function."""

import ast
import copy
import inspect
from math import comb
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view
from scipy import optimize
from scipy.special import erf

from course import autograd, convolution, metrics, nn, optimizers, recurrent, training
from course.expressions import evaluate, random_expression

FOLDER = Path(__file__).parents[2] / "notebooks"
X = np.linspace(-6, 6, 25)
RNG = np.random.default_rng(0)
LABELS, GUESS = RNG.integers(5, size=(2, 80))
TABLE = metrics.confusion_matrix(LABELS, GUESS, 5)
LOGITS = RNG.normal(size=(80, 5)) + np.eye(5)[LABELS]
POSITIVE, FLAGGED = RNG.random((2, 80)) < 0.4
SCORE = RNG.random(80).round(1)
SIGNAL, KERNEL = RNG.normal(size=(2, 3, 20)), RNG.normal(size=(4, 3, 5))
STACK = [
    RNG.normal(size=s) for s in [(4, 1, 5), (4,), (6, 4, 3), (6,), (30, 10), (10,)]
]
ONE_CHANNEL = RNG.normal(size=(2, 1, 20))

NUMBERS = recurrent.alphabet(["peru", "chad"])
STATE = [RNG.normal(size=(3, 5)) for _ in range(2)]
INPUT = RNG.normal(size=(7, 3, 4))  # (time, batch, inputs)
GATES = [RNG.normal(size=(4, *shape)) for shape in [(4, 5), (5, 5), (5,)]]

# Lesson -> module, what its definitions need, and arguments for each function in both.
LESSONS = {
    "03_activations": (
        nn,
        {"np": np, "erf": erf},
        {
            "relu": [X],
            "d_relu": [X],
            "sigmoid": [X],
            "d_sigmoid": [X],
            "tanh": [X],
            "d_tanh": [X],
            "leaky_relu": [X],
            "d_leaky_relu": [X],
            "gelu": [X],
            "d_gelu": [X],
            "softmax": [X.reshape(5, 5)],
            "log_softmax": [X.reshape(5, 5)],
            "d_softmax": [X[:5]],
            "softplus": [X],
        },
    ),
    "04_gradient_descent": (
        optimizers,
        {"np": np},
        {"cosine": [0.3], "batches": [10, 5, np.random.default_rng(4)]},
    ),
    "08_cnn": (
        convolution,
        {"np": np, "nn": nn, "sliding_window_view": sliding_window_view},
        {
            "conv2d": [SIGNAL[0], KERNEL[0, :, :2]],
            "windows": [SIGNAL, 5, 2],
            "pad": [SIGNAL, 2],
            "conv1d": [SIGNAL, KERNEL, KERNEL[:, 0, 0], 2, 1],
            "d_conv1d": [RNG.normal(size=(2, 4, 9)), SIGNAL, KERNEL, 2, 1],
            "max_pool": [SIGNAL, 3],
            "batch_norm": [SIGNAL, KERNEL[0, :, 0], KERNEL[1, :, 0]],
            "forward": [STACK, ONE_CHANNEL],
            "backward": [
                STACK,
                *convolution.forward(STACK, ONE_CHANNEL),
                np.array([3, 7]),
            ],
        },
    ),
    "09_rnn": (
        recurrent,
        {
            "np": np,
            "tanh": autograd.tanh,
            "sigmoid": recurrent.sigmoid,
            "PAD": 0,
            "UNKNOWN": 1,
        },
        {
            "rnn_step": [INPUT[0], STATE[0], *GATES],
            "gru_step": [INPUT[0], STATE[0], *GATES],
            "lstm_step": [INPUT[0], STATE, *GATES],
            "unroll": [recurrent.gru_step, INPUT, STATE[0], *GATES],
            "alphabet": [["peru", "chad"]],
            "encode": [["peru", "chile", "chad, cuba"], NUMBERS, 6],
        },
    ),
    "11_metrics": (
        metrics,
        {
            "np": np,
            "comb": comb,
            "optimize": optimize,
            "softmax": nn.softmax,
            "log_softmax": nn.log_softmax,
        },
        {
            "confusion_matrix": [LABELS, GUESS, 5],
            "precision": [TABLE],
            "recall": [TABLE],
            "f1": [TABLE],
            "counts_by_threshold": [POSITIVE, SCORE],
            "roc_curve": [POSITIVE, SCORE],
            "roc_auc": [POSITIVE, SCORE],
            "precision_recall_curve": [POSITIVE, SCORE],
            "average_precision": [POSITIVE, SCORE],
            "cost": [POSITIVE, FLAGGED, 20],
            "best_threshold": [POSITIVE, SCORE, 3],
            "cross_entropy": [LOGITS, LABELS, 1.5],
            "d_cross_entropy": [LOGITS, LABELS, 1.5],
            "fit_temperature": [LOGITS, LABELS],
            "reliability": [SCORE, POSITIVE],
            "calibration_error": [SCORE, POSITIVE],
            "bootstrap": [np.mean, SCORE],
            "interval": [SCORE],
            "mcnemar": [POSITIVE, FLAGGED],
        },
    ),
}


def functions(lesson: str) -> dict[str, ast.FunctionDef]:
    """What a lesson's cells define at their top level; solutions replace stubs."""
    notebook = nbformat.read(FOLDER / f"{lesson}.ipynb", as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    nodes = (node for source in cells for node in ast.parse(source).body)
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}


def result(function, values):
    """What a function gives for copies of the values; a generator's parts as a list."""
    found = function(*copy.deepcopy(values))
    return list(found) if inspect.isgenerator(found) else found


def pairs(one, other):
    """The arrays of two results side by side, out of tuples and lists in them."""
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        for ours, theirs in zip(one, other, strict=True):
            yield from pairs(ours, theirs)
    else:
        yield one, other


@pytest.mark.parametrize("lesson", LESSONS)
def test_lesson_and_module_agree(lesson):
    module, needs, arguments = LESSONS[lesson]
    defined, nodes = dict(needs), functions(lesson)
    for name in arguments:
        exec(ast.unparse(nodes[name]), defined)
    for name, values in arguments.items():
        ours = result(defined[name], values)
        theirs = result(getattr(module, name), values)
        for one, other in pairs(ours, theirs):
            if isinstance(one, dict):
                assert one == other
                continue
            one, other = (getattr(part, "value", part) for part in (one, other))
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_shared_function_is_left_out(lesson):
    module, _, arguments = LESSONS[lesson]
    assert set(functions(lesson)) & set(vars(module)) == set(arguments)


# Lesson 05 builds an engine, a class and what works on it: it is compared as a whole.

ENGINE = {
    *("as_node", "add", "subtract", "multiply", "power", "exp", "log", "tanh", "relu"),
    *("matmul", "total", "history", "unbroadcast", "backward", "divide"),
}


@pytest.fixture(scope="module")
def engine() -> SimpleNamespace:
    """The engine of lesson 05 as its cells define it; later definitions replace."""
    notebook = nbformat.read(FOLDER / "05_backpropagation.ipynb", as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    defined = {"np": np}
    for node in (node for source in cells for node in ast.parse(source).body):
        text = ast.unparse(node)
        if getattr(node, "name", "") in ENGINE | {"Node"} or text.startswith("Node.__"):
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


def test_the_engine_of_lesson_05_and_the_module_agree_on_numbers(engine):
    rng = np.random.default_rng(0)
    for _ in range(100):
        steps, start = random_expression(rng), rng.normal(size=3).tolist()
        found = [
            gradients(each, lambda math, *a, s=steps: evaluate(s, a, math), start)
            for each in (engine, autograd)
        ]
        np.testing.assert_allclose(*found, rtol=1e-12)


def test_the_engine_of_lesson_05_and_the_module_agree_on_arrays(engine):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in [(6, 4), (4, 3), (3,), (6, 1)]]
    found, expected = (gradients(each, network, arrays) for each in (engine, autograd))
    for ours, theirs, like in zip(found, expected, [0.0, *arrays], strict=True):
        assert np.shape(ours) == np.shape(theirs) == np.shape(like)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_no_part_of_the_engine_of_lesson_05_is_left_out():
    shared = set(functions("05_backpropagation")) & set(vars(autograd))
    assert shared == ENGINE


def test_the_loop_of_lesson_06_is_that_of_fit():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 8)).astype("float32"), rng.integers(10, size=50)
    lesson = {"np": np, "torch": torch, "seed": 3, "x": x}
    nodes = functions("06_mlp")
    for name in ("start", "torch_network", "train_torch"):
        exec(ast.unparse(nodes[name]), lesson)
    weights, losses = lesson["train_torch"](lesson["start"]([16]), x, y, 5, 0.1, 16)
    network = lesson["torch_network"](lesson["start"]([16]))
    step = torch.optim.SGD(network.parameters(), lr=0.1)
    given = {"epochs": 5, "batch_size": 16, "optimizer": step, "seed": 3}
    history = training.fit(network, torch.tensor(x), torch.tensor(y), **given)
    np.testing.assert_allclose(history.loss, losses, rtol=1e-6)
    for ours, theirs in zip(weights, network.parameters(), strict=True):
        np.testing.assert_array_equal(ours, theirs.detach().numpy().T)
