"""Early stopping: a training job ends that is worse than half of those before it.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-early-stopping.html
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from statistics import mean, median
from typing import Any

from botocore.exceptions import ClientError

from localaws.training.patterns import Pattern

GROUP = "/aws/sagemaker/TrainingJobs"


class Curve:
    """The objective of a training job after each epoch, as its log says it."""

    def __init__(self, client: Any, job: str, regex: str) -> None:
        self.client, self.job = client, job
        self.values: list[float] = []
        self.judged = 0  # values that have been judged
        self._pattern = Pattern(regex)
        self._place: dict[str, str] = {}  # of the log: its stream, and where to go on

    def read(self) -> None:
        """Take what the log says that it has not said before."""
        with contextlib.suppress(ClientError):  # there is no log yet
            if not self._place:
                self._place = self._stream()
            while self._place:
                answer = self.client.get_log_events(**self._place, startFromHead=True)
                for event in answer["events"]:
                    self._take(event["message"])
                token = answer["nextForwardToken"]
                if token == self._place.get("nextToken"):
                    return
                self._place["nextToken"] = token

    def _stream(self) -> dict[str, str]:
        """Return the first host's stream, if it is there."""
        found = self.client.describe_log_streams(
            logGroupName=GROUP, logStreamNamePrefix=f"{self.job}/"
        )["logStreams"]
        names = sorted(row["logStreamName"] for row in found)
        return {"logGroupName": GROUP, "logStreamName": names[0]} if names else {}

    def _take(self, line: str) -> None:
        for text in self._pattern.found(line):
            with contextlib.suppress(ValueError, TypeError):
                number = float(text or "")
                self.values += [number] if math.isfinite(number) else []

    def hopeless(self, others: Sequence[Sequence[float]], maximizes: bool) -> bool:
        """Return whether a value since the last look is worse than half of others."""
        first, self.judged = self.judged, len(self.values)
        return any(
            worse(self.values[:epoch], others, maximizes)
            for epoch in range(first + 1, len(self.values) + 1)
        )


def worse(
    values: Sequence[float], others: Sequence[Sequence[float]], maximizes: bool
) -> bool:
    """Return whether the last value is worse than the median of running averages.

    They are those of the other jobs up to the same epoch; without any, it is not.
    """
    epoch = len(values)
    averages = [mean(other[:epoch]) for other in others if len(other) >= epoch]
    if not averages:
        return False
    middle = median(averages)
    return values[-1] < middle if maximizes else values[-1] > middle


def regex_of(record: Mapping[str, Any], metric: str) -> str:
    """Return the regular expression of a metric in the record of a training job."""
    rows = record["AlgorithmSpecification"]["MetricDefinitions"]
    return next(row["Regex"] for row in rows if row["Name"] == metric)
