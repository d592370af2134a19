"""The Bayesian strategy: a Gaussian process, and the largest expected improvement.

Rasmussen and Williams, Gaussian Processes for Machine Learning, chapter 2; Jones,
Schonlau and Welch, Efficient Global Optimization of Expensive Black-Box Functions
(1998).
"""

from __future__ import annotations

import math
import random
import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import ndtr
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from localaws.tuning.ranges import Parameter
from localaws.tuning.values import Seen, Values, drawn, fresh, key

FIRST = 5  # jobs whose values are drawn, before there is enough to learn from
DRAWN, NEAR = 1000, 500  # places that are looked at: anywhere, and near the best
STEPS = (0.2, 0.05, 0.01)  # how far away those near the best are
BEYOND = 10.0  # times the spread of the better half, above which costs are all one
FEWEST = 3  # results of a source, before they say what is good there
KNOWN = 200  # jobs that the process is fitted to, the newest: its time is their cube


class Bayesian:
    """Takes the values that are expected to improve most on the best so far."""

    def __init__(self, parameters: Sequence[Parameter], seed: int) -> None:
        self.parameters, self.seed = parameters, seed

    def suggest(
        self, number: int, seen: Sequence[Seen], pending: Sequence[Values]
    ) -> Values:
        """Return what depends on the seed, the number, and all that is known."""
        draw = random.Random(f"{self.seed}-{number}")
        before = [*(one.values for one in seen), *pending]
        rated = [one for one in seen if one.cost is not None][-KNOWN:]
        counts = Counter(one.source for one in rated)
        known = [one for one in rated if counts[one.source] >= FEWEST]
        if len(known) < min(FIRST, len(self.parameters) + 2):
            return fresh(self.parameters, before, draw)
        failed = [one.values for one in seen if one.cost is None][-KNOWN:]
        running = [*pending, *(one.values for one in rated if one not in known)]
        process, least = self._learned(known, failed, running, draw.randrange(2**31))
        best = min(known, key=lambda one: one.cost or 0.0).values
        taken = {key(self.parameters, values) for values in before}
        candidates = self._candidates(draw, best)
        found = [one for one in candidates if key(self.parameters, one) not in taken]
        if not found:
            return fresh(self.parameters, before, draw)
        places = np.array([self._row(one) for one in found])
        return found[int(np.argmax(improvement(process, places, least)))]

    def _learned(
        self,
        known: Sequence[Seen],
        failed: Sequence[Values],
        pending: Sequence[Values],
        seed: int,
    ) -> tuple[GaussianProcessRegressor, float]:
        """Return the process of what is known, and the least cost.

        Jobs without an objective are taken for as bad as the worst; jobs that run, for
        as good as expected.
        """
        costs = standardized(known)
        rows = [self._row(one.values) for one in known]
        rows += [self._row(values) for values in failed]
        costs += [max(costs)] * len(failed)
        process = fitted(np.array(rows), np.array(costs), seed)
        if pending:
            waiting = [self._row(values) for values in pending]
            costs += [float(cost) for cost in process.predict(np.array(waiting))]
            process.set_params(kernel=process.kernel_, optimizer=None)
            process.fit(np.array([*rows, *waiting]), np.array(costs))
        return process, min(costs)

    def _candidates(self, draw: random.Random, best: Values) -> list[Values]:
        """Return values from anywhere, and from near the best ones."""
        found = [drawn(self.parameters, draw) for _ in range(DRAWN)]
        for number in range(NEAR):
            step = STEPS[number % len(STEPS)]
            found.append(
                {
                    one.name: self._moved(one, best, step, draw)
                    for one in self.parameters
                }
            )
        return found

    def _moved(
        self, one: Parameter, best: Values, step: float, draw: random.Random
    ) -> str:
        if one.kind == "Categorical":
            same = draw.random() < 0.7
            return best[one.name] if same else one.value(draw.random())
        place = one.place(best[one.name]) + draw.gauss(0, step)
        return one.value(min(1.0, max(0.0, place)))

    def _row(self, values: Values) -> list[float]:
        """Return a combination as numbers: a category is one of several columns."""
        row: list[float] = []
        for one in self.parameters:
            if one.kind == "Categorical":
                row += [float(value == values[one.name]) for value in one.values]
            else:
                row.append(one.place(values[one.name]))
        return row


def standardized(known: Sequence[Seen]) -> list[float]:
    """Return costs with mean 0 and deviation 1, those of each source by themselves.

    What is far worse than the worse half is not told from it: how far a loss without
    bound has grown says nothing, and would hide the differences of all others.
    """
    scales = {}
    for source in {one.source for one in known}:
        costs = np.array([one.cost or 0.0 for one in known if one.source == source])
        least, middle = np.quantile(costs, (0, 0.5), method="lower")
        top = (
            min(middle + BEYOND * (middle - least), 1e100) if middle > least else 1e100
        )
        clipped = np.minimum(costs, top)
        scales[source] = top, clipped.mean(), clipped.std() or 1.0
    found = []
    for one in known:
        top, mean, deviation = scales[one.source]
        found.append(float((min(one.cost or 0.0, top) - mean) / deviation))
    return found


def fitted(rows: Any, costs: Any, seed: int) -> GaussianProcessRegressor:
    """Return a process with the likeliest length of each column, scale and noise."""
    lengths = Matern(np.full(rows.shape[1], 0.5), (0.05, 10.0), nu=2.5)
    noise = WhiteKernel(1e-3, (1e-6, 0.3))
    kernel = ConstantKernel(1.0, (0.05, 20.0)) * lengths + noise
    process = GaussianProcessRegressor(
        kernel, n_restarts_optimizer=1, normalize_y=True, random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return process.fit(rows, costs)


def improvement(process: GaussianProcessRegressor, places: Any, best: float) -> Any:
    """Return by how much each place is expected to be better than the best."""
    mean, deviation = process.predict(places, return_std=True)
    deviation = np.maximum(deviation, 1e-9)
    z = (best - mean) / deviation
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return (best - mean) * ndtr(z) + deviation * density
