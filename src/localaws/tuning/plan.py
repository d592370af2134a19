"""The plan of a tuning job: which definition and which values each training job has."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from localaws.tuning import definitions, strategies
from localaws.tuning.definitions import Definition
from localaws.tuning.summary import Job, ended, value
from localaws.tuning.values import Seen, Values


class Plan:
    """Decides the values of each training job, in the order of their numbers.

    Definitions take turns, but for a grid's, which follow one another. With a seed of
    the customer's, a Bayesian job knows of the results of exactly those jobs that a
    full set of parallel jobs before it has let end, and waits for them: the same seed
    gives the same values, whichever job is faster. That is not promised where the
    results themselves are not the same: of scripts without a seed, or where jobs are
    stopped early, or fail by chance.
    """

    def __init__(self, record: Mapping[str, Any]) -> None:
        config = record["HyperParameterTuningJobConfig"]
        self.definitions = definitions.read(record)
        self.strategy = config["Strategy"]
        self.strategies = [
            strategies.strategy(self.strategy, one.parameters, record["_seed"] + number)
            for number, one in enumerate(self.definitions)
        ]
        counts = [
            strategies.most(self.strategy, d.parameters) for d in self.definitions
        ]
        self.counts = counts
        limits = config["ResourceLimits"]
        asked = limits.get("MaxNumberOfTrainingJobs", math.inf)
        self.total = int(min(asked, sum(counts)))
        self.parallel = limits["MaxParallelTrainingJobs"]
        self.in_order = self.strategy == "Bayesian" and "RandomSeed" in config
        self.parents: list[list[Seen]] = [
            [Seen(**row) for row in record.get("_known", [])] for _ in self.definitions
        ]

    def turn(self, number: int) -> tuple[int, int]:
        """Return which definition job `number` is of, and its number there."""
        if self.strategy != "Grid":
            count = len(self.definitions)
            return number % count, number // count
        which = 0
        while number >= self.counts[which]:
            number -= int(self.counts[which])
            which += 1
        return which, number

    def next(self, jobs: Sequence[Job]) -> tuple[Definition, Values] | None:
        """Return the values of the next job; None where it waits for results."""
        number = len(jobs)
        known = max(0, number - self.parallel + 1) if self.in_order else number
        if self.in_order and not all(ended(job) for job in jobs[:known]):
            return None
        which, own = self.turn(number)
        definition = self.definitions[which]
        seen, pending = list(self.parents[which]), []
        for place, job in enumerate(jobs):
            if self.turn(place)[0] != which:
                continue
            if place < known and ended(job):
                seen.append(Seen(job["TunedHyperParameters"], cost(definition, job)))
            else:
                pending.append(job["TunedHyperParameters"])
        return definition, self.strategies[which].suggest(own, seen, pending)


def cost(definition: Definition, job: Job) -> float | None:
    """Return the objective of a job as what is to be small, if it has one."""
    found = value(job)
    return None if found is None else definition.cost(found)
