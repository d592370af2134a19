"""The metrics of a training job: the numbers of its log, sent to CloudWatch."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from typing import Any

from localaws.jobs.usage import put
from localaws.training.patterns import Pattern

NAMESPACE = "/aws/sagemaker/TrainingJobs"


class Metrics:
    """Numbers that regular expressions find in the log of a training job.

    https://docs.aws.amazon.com/sagemaker/latest/dg/define-train-metrics.html
    """

    def __init__(
        self, client: Any, job: str, definitions: list[dict[str, str]]
    ) -> None:
        self.client = client
        self.job = job
        self.patterns = [(row["Name"], Pattern(row["Regex"])) for row in definitions]
        self.final: dict[str, dict[str, Any]] = {}
        self._waiting: deque[dict[str, Any]] = deque()  # numbers that are not sent yet
        self._flushing = threading.Lock()  # the logs of several hosts share it

    def read(self, line: str) -> None:
        """Take the metrics of one line."""
        for name, pattern in self.patterns:
            for text in pattern.found(line):
                self._take(name, text)

    def _take(self, name: str, text: str | None) -> None:
        """Take a number; AWS drops what is none, NaN and infinities among it.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
        """
        try:
            value = float(text or "")
        except ValueError:
            return
        if not math.isfinite(value):
            return
        row = {"MetricName": name, "Value": value, "Timestamp": time.time()}
        self.final[name] = row
        dimensions = [{"Name": "TrainingJobName", "Value": self.job}]
        self._waiting.append({**row, "Dimensions": dimensions})

    def flush(self) -> None:
        """Send what waits to CloudWatch."""
        with self._flushing:
            while self._waiting:
                count = min(500, len(self._waiting))
                rows = [self._waiting.popleft() for _ in range(count)]
                put(self.client, NAMESPACE, rows, self.job)
