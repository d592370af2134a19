"""Random calculations that every library can run, to compare their gradients.

An expression is a list of steps. Each step names an operation and the two earlier
values that it takes; NumPy, PyTorch, TensorFlow and `course.autograd` can all run it:

    steps = random_expression(np.random.default_rng(0))
    evaluate(steps, [1.0, -0.5, 2.0], np)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

#: (the library's functions, a, b) -> a number. None of them leaves its domain, and
#: only products grow; some need a alone.
OPERATIONS: tuple[Callable[[Any, Any, Any], Any], ...] = (
    lambda math, a, b: a + b,
    lambda math, a, b: a - b,
    lambda math, a, b: a * b,
    lambda math, a, b: (a * a + 1.0) ** -0.5,
    lambda math, a, b: math.tanh(a),
    lambda math, a, b: math.exp(-1.0 * a * a),
    lambda math, a, b: math.log(a * a + 1.0),
)

Expression = list[tuple[int, int, int]]  # operation, and the places of its two values


def random_expression(
    rng: np.random.Generator, steps: int = 10, starts: int = 3
) -> Expression:
    """So many random operations, each on results that are there by then."""
    return [
        (
            int(rng.integers(len(OPERATIONS))),
            int(rng.integers(starts + done)),
            int(rng.integers(starts + done)),
        )
        for done in range(steps)
    ]


def evaluate(expression: Expression, start: Sequence[Any], math: Any) -> Any:
    """The sum of the starts and of every step's result, so that nothing is unused.

    `math` offers `tanh`, `exp` and `log` for the numbers in `start`.
    """
    values = list(start)
    for operation, i, j in expression:
        values.append(OPERATIONS[operation](math, values[i], values[j]))
    return sum(values)
