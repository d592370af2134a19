"""What a lesson defines and `course` keeps is the same function."""

import ast
from math import comb
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy import optimize
from scipy.special import erf

from course import metrics, nn

FOLDER = Path(__file__).parents[2] / "notebooks"
X = np.linspace(-6, 6, 25)
RNG = np.random.default_rng(0)
LABELS, GUESS = RNG.integers(5, size=(2, 80))
TABLE = metrics.confusion_matrix(LABELS, GUESS, 5)
LOGITS = RNG.normal(size=(80, 5)) + np.eye(5)[LABELS]
POSITIVE, FLAGGED = RNG.random((2, 80)) < 0.4
SCORE = RNG.random(80).round(1)

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


@pytest.mark.parametrize("lesson", LESSONS)
def test_lesson_and_module_agree(lesson):
    module, needs, arguments = LESSONS[lesson]
    defined, nodes = dict(needs), functions(lesson)
    for name in arguments:
        exec(ast.unparse(nodes[name]), defined)
    for name, values in arguments.items():
        ours, theirs = defined[name](*values), getattr(module, name)(*values)
        if not isinstance(ours, tuple | list):
            ours, theirs = [ours], [theirs]
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_shared_function_is_left_out(lesson):
    module, _, arguments = LESSONS[lesson]
    assert set(functions(lesson)) & set(vars(module)) == set(arguments)
