"""Values of hyperparameters: what a job had, and what no job has had yet."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import NamedTuple

from localaws.tuning.ranges import Parameter, combinations

Values = dict[str, str]
TRIES, LISTED = 200, 10_000  # draws of what is new; combinations that are listed else


class Seen(NamedTuple):
    """A training job that has ended, and its cost: what is to be small.

    The cost is None where the job has no objective. Jobs of a parent that are not to
    be compared with those of the tuning itself name their `source`.
    """

    values: Values
    cost: float | None
    source: str = ""


def fresh(
    parameters: Sequence[Parameter], before: Sequence[Values], draw: random.Random
) -> Values:
    """Return values that were not there before, where there are such."""
    taken = {key(parameters, one) for one in before}
    for _ in range(TRIES):
        found = drawn(parameters, draw)
        if key(parameters, found) not in taken:
            return found
    if combinations(parameters) <= LISTED:
        names = [one.name for one in parameters]
        every = itertools.product(*(listed(one) for one in parameters))
        left = [values for values in every if values not in taken]
        if left:
            return dict(zip(names, draw.choice(left), strict=True))
    return found


def drawn(parameters: Sequence[Parameter], draw: random.Random) -> Values:
    """Return a value of each hyperparameter, drawn by itself."""
    return {one.name: one.value(draw.random()) for one in parameters}


def listed(parameter: Parameter) -> list[str]:
    """Return all values of a hyperparameter that has finitely many."""
    if parameter.kind == "Categorical":
        return list(parameter.values)
    if parameter.kind == "Integer":
        return [str(n) for n in range(int(parameter.low), int(parameter.high) + 1)]
    return [parameter.value(0.0)]


def key(parameters: Sequence[Parameter], values: Values) -> tuple[str | None, ...]:
    """Return what tells two combinations apart."""
    return tuple(values.get(one.name) for one in parameters)
