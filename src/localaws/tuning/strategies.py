"""How the values of the next training job are chosen: Random, Grid and Bayesian.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html
"""

from __future__ import annotations

import importlib.util
import math
import random
from collections.abc import Sequence
from typing import Protocol

from localaws.tuning.ranges import Parameter, combinations
from localaws.tuning.values import Seen, Values, fresh


class Strategy(Protocol):
    """Chooses the values of training jobs, one after the other."""

    def suggest(
        self, number: int, seen: Sequence[Seen], pending: Sequence[Values]
    ) -> Values:
        """Return the values of job `number`, from 0; `pending` are of jobs that run.

        The same arguments give the same values.
        """
        ...


class Random:
    """Draws each value by itself, uniformly on its scale; no combination twice."""

    def __init__(self, parameters: Sequence[Parameter], seed: int) -> None:
        self.parameters, self.seed = parameters, seed

    def suggest(
        self, number: int, seen: Sequence[Seen], pending: Sequence[Values]
    ) -> Values:
        """Return what depends on the seed, the number and what was drawn before."""
        draw = random.Random(f"{self.seed}-{number}")
        before = [one.values for one in seen]
        return fresh(self.parameters, [*before, *pending], draw)


class Grid:
    """Takes each combination of categories once, in the order of the ranges."""

    def __init__(self, parameters: Sequence[Parameter], seed: int) -> None:
        self.parameters = parameters

    def suggest(
        self, number: int, seen: Sequence[Seen], pending: Sequence[Values]
    ) -> Values:
        """Return the combination of this number."""
        found = {}
        for one in reversed(self.parameters):
            number, which = divmod(number, len(one.values))
            found[one.name] = one.values[which]
        return {one.name: found[one.name] for one in self.parameters}


def missing(strategy: str) -> str:
    """Return which package a strategy needs that is not installed, or nothing."""
    absent = strategy == "Bayesian" and importlib.util.find_spec("sklearn") is None
    return "scikit-learn" if absent else ""


def strategy(name: str, parameters: Sequence[Parameter], seed: int) -> Strategy:
    """Return the strategy of this name."""
    if name == "Bayesian":
        from localaws.tuning.bayesian import Bayesian  # takes a second, and memory

        return Bayesian(parameters, seed)
    return Grid(parameters, seed) if name == "Grid" else Random(parameters, seed)


def most(name: str, parameters: Sequence[Parameter]) -> float:
    """Return how many jobs a strategy has before it is through: Grid only."""
    return combinations(parameters) if name == "Grid" else math.inf
