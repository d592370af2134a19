"""What a lesson defines and `course` keeps is the same function."""

import ast
import copy
import inspect
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy.special import erf

from course import nn, optimizers

FOLDER = Path(__file__).parents[2] / "notebooks"
X = np.linspace(-6, 6, 25)

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


@pytest.mark.parametrize("lesson", LESSONS)
def test_lesson_and_module_agree(lesson):
    module, needs, arguments = LESSONS[lesson]
    defined, nodes = dict(needs), functions(lesson)
    for name in arguments:
        exec(ast.unparse(nodes[name]), defined)
    for name, values in arguments.items():
        np.testing.assert_allclose(
            result(defined[name], values),
            result(getattr(module, name), values),
            rtol=1e-9,
            atol=1e-12,
        )


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_shared_function_is_left_out(lesson):
    module, _, arguments = LESSONS[lesson]
    assert set(functions(lesson)) & set(vars(module)) == set(arguments)
