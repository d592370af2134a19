"""What tuning's strategies are measured on, and the bar, fixed before any was written.

Three functions to be minimized: two of books, with their published minima, and a small
network. Bayesian is compared with Random by the best of `JOBS` values, with the same
`SEEDS` seeds for both: the 95% interval (Student's) of the mean difference, Random's
best less Bayesian's, must lie above 0 for each of the three.

http://www.sfu.ca/~ssurjano/branin.html, http://www.sfu.ca/~ssurjano/hart6.html
"""

import functools
import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

JOBS, SEEDS = 20, 30

_A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def branin(values, seed):
    """Return Branin's function: three minima of .397887; `seed` changes nothing."""
    x, y = float(values["x"]), float(values["y"])
    bend = y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6
    return bend**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10


def hartmann(values, seed):
    """Return Hartmann's function of six variables, -3.32237 at best."""
    x = np.array([float(values[f"x{number}"]) for number in range(6)])
    return -np.dot([1, 1.2, 3, 3.2], np.exp(-(_A * (x - _P) ** 2).sum(axis=1)))


def network(values, seed):
    """Return a network's share of wrong digits; learning rate and width are given."""
    train_x, train_y, valid_x, valid_y = _digits()
    model = MLPClassifier(
        (int(values["width"]),),
        activation="tanh",
        solver="sgd",
        batch_size=32,
        learning_rate_init=float(values["rate"]),
        max_iter=8,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            return 1 - model.fit(train_x, train_y).score(valid_x, valid_y)
        except ValueError:  # its weights are no numbers any more
            return 0.9


@functools.cache
def _digits():
    """Return 500 digits to train with, and the 1,000 that follow."""
    x, y = load_digits(return_X_y=True)
    return x[:500] / 16, y[:500], x[500:1500] / 16, y[500:1500]


def _continuous(name, low, high, scale="Linear"):
    row = {"Name": name, "MinValue": str(low), "MaxValue": str(high)}
    return {**row, "ScalingType": scale}


WIDTH = {"Name": "width", "MinValue": "1", "MaxValue": "128"}
# By name: the function and the ranges of its tuning.
FUNCTIONS = {
    "branin": (
        branin,
        {
            "ContinuousParameterRanges": [
                _continuous("x", -5, 10),
                _continuous("y", 0, 15),
            ]
        },
    ),
    "hartmann": (
        hartmann,
        {
            "ContinuousParameterRanges": [
                _continuous(f"x{number}", 0, 1) for number in range(6)
            ]
        },
    ),
    "network": (
        network,
        {
            "ContinuousParameterRanges": [_continuous("rate", 1e-5, 10, "Logarithmic")],
            "IntegerParameterRanges": [{**WIDTH, "ScalingType": "Logarithmic"}],
        },
    ),
}
