"""Few labelled samples of each class: which are drawn, and methods compared on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

# (rows to learn from, seed, setting, rows asked for) -> a class for each asked row
Method = Callable[[np.ndarray, int, Any, np.ndarray], np.ndarray]


class Shots:
    """Labels `y`: a pool to draw the few from, then the rows to test on.

    The pool is the first `classes` times `each` rows, class by class. What the methods
    scored is in `found`, by their name and the number of samples of each class.
    """

    def __init__(
        self, y: np.ndarray, classes: int, each: int, sizes: Sequence[int] = (1, 5, 50)
    ) -> None:
        pool = classes * each
        if not np.array_equal(y[:pool], np.repeat(np.arange(classes), each)):
            raise ValueError(
                f"the first {pool} labels are {y[:pool]}, expected {each} of each of "
                f"{classes} classes in a row: sort the pool by class."
            )
        if max(sizes) > each:
            raise ValueError(
                f"{max(sizes)} of each cannot be drawn, expected <= {each}."
            )
        self.y, self.classes, self.each, self.sizes = y, classes, each, tuple(sizes)
        self.pool, self.test = np.arange(pool), np.arange(pool, len(y))
        self.found: dict[tuple[str, int], np.ndarray] = {}

    def few(self, k: int, seed: int) -> np.ndarray:
        """Rows of k samples of each class, drawn from the pool."""
        chosen = np.random.default_rng(seed).permutation(self.each)[:k]
        return np.concatenate([chosen + self.each * c for c in range(self.classes)])

    def share(self, method: Method, k: int, seed: int, setting: Any) -> float:
        """Which part of the test a method answers rightly, after k of each class."""
        answers = method(self.few(k, seed), seed, setting, self.test)
        return float(np.mean(answers == self.y[self.test]))

    def tuned(self, method: Method, settings: Sequence[Any], k: int, seed: int) -> Any:
        """The best setting on one draw, by the rows of the pool that were not drawn.

        That draw has the number before `seed`, so that none of the compared sees it.
        """
        if len(settings) == 1:
            return settings[0]
        rows = self.few(k, seed - 1)
        rest = np.setdiff1d(self.pool, rows)
        scores = [
            np.mean(method(rows, seed, s, rest) == self.y[rest]) for s in settings
        ]
        return settings[int(np.argmax(scores))]

    def compare(
        self, name: str, method: Method, settings: Sequence[Any], seeds: Iterable[int]
    ) -> str:
        """Score a method for each size, tuned on a draw of its own; return a table."""
        lines, seeds = [], [*seeds]
        for k in self.sizes:
            best = self.tuned(method, settings, k, seeds[0])
            scores = np.array([self.share(method, k, seed, best) for seed in seeds])
            self.found[name, k] = scores
            score = f"{scores.mean():.2f} ± {scores.std():.2f}"
            lines.append(f"{name:12} {k:3} of each, setting {best:<5}: {score}")
        return "\n".join(lines)

    def mean(self, name: str, k: int) -> float:
        """The mean of a method's scores after k of each class."""
        return float(self.found[name, k].mean())
