"""The metrics of a training job: numbers in its log, sent to CloudWatch."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import deque
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

NAMESPACE = "/aws/sagemaker/TrainingJobs"

logger = logging.getLogger("localaws")


class Metrics:
    """Numbers that regular expressions find in the log of a training job.

    https://docs.aws.amazon.com/sagemaker/latest/dg/define-train-metrics.html
    """

    def __init__(
        self, client: Any, job: str, definitions: list[dict[str, str]]
    ) -> None:
        self.client = client
        self.job = job
        self.patterns = [(row["Name"], re.compile(row["Regex"])) for row in definitions]
        self.final: dict[str, dict[str, Any]] = {}
        self._waiting: deque[dict[str, Any]] = deque()  # numbers that are not sent yet
        self._flushing = threading.Lock()  # the logs of several hosts share it

    def read(self, line: str) -> None:
        """Take the metrics of one line."""
        for name, pattern in self.patterns:
            for match in pattern.finditer(line):
                self._take(name, match[1] if pattern.groups else match[0])

    def _take(self, name: str, text: str | None) -> None:
        try:
            value = float(text or "")
        except ValueError:
            return
        now = time.time()
        row = {"MetricName": name, "Value": value, "Timestamp": now}
        self.final[name] = row
        dimensions = [{"Name": "TrainingJobName", "Value": self.job}]
        self._waiting.append({**row, "Dimensions": dimensions})

    def flush(self) -> None:
        """Send what waits to CloudWatch."""
        with self._flushing:
            while self._waiting:
                self._send()

    def _send(self) -> None:
        count = min(500, len(self._waiting))
        rows = [self._waiting.popleft() for _ in range(count)]
        rows = [row for row in rows if abs(row["Value"]) < float("inf")]
        try:
            if rows:
                self.client.put_metric_data(Namespace=NAMESPACE, MetricData=rows)
        except (BotoCoreError, ClientError):
            logger.exception("could not write metrics of %s", self.job)
