"""Arguments at random, with what a judge easily forgets among them."""

from __future__ import annotations

from typing import Any

import numpy as np


def numbers(
    rng: np.random.Generator, shape: Any, low: float = -30.0, high: float = 30.0
) -> np.ndarray:
    """Real numbers from low to high of all magnitudes; whole ones, zeros and ties."""
    most = max(abs(low), abs(high))
    size = np.exp(rng.uniform(np.log(1e-3 * most), np.log(most), shape))
    x = size * rng.choice([-1, 1], shape)
    x = np.where(rng.random(shape) < 0.2, np.round(rng.uniform(low, high, shape)), x)
    x = np.where(rng.random(shape) < 0.2, np.round(x / most), x)  # -1, 0 and 1
    return np.where((x < low) | (x > high), rng.uniform(low, high, shape), x) + 0.0


def labels(rng: np.random.Generator, size: int, classes: int = 10) -> np.ndarray:
    """Labels from 0 to classes - 1, some classes far more frequent than others.

    Where there is room, each occurs.
    """
    frequent = rng.dirichlet(np.full(classes, 0.7))
    y = rng.choice(classes, size, p=frequent / frequent.sum())
    if size >= classes:
        y[rng.permutation(size)[:classes]] = np.arange(classes)
    return y


def shares(rng: np.random.Generator, rows: int, columns: int = 10) -> np.ndarray:
    """Rows of probabilities: some sure, some undecided, a few with equal ones."""
    sure = np.exp(rng.uniform(np.log(0.1), np.log(10), rows))
    p = np.array([rng.dirichlet(np.full(columns, each)) for each in sure])
    p = np.maximum(p, 1e-9)
    equal = rng.random(rows) < 0.1
    p[equal] = np.round(4 * p[equal]) + 1
    return p / p.sum(axis=1, keepdims=True)
