"""The metrics of a training job, sent to CloudWatch: its log's numbers, its usage."""

from __future__ import annotations

import logging
import math
import os
import shutil
import threading
import time
from collections import deque
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.machine.usage import MEMORY, taken
from localaws.training.patterns import Pattern

NAMESPACE = "/aws/sagemaker/TrainingJobs"
SOON, PERIOD = (0.5, 5, 20), 60  # seconds between two looks at what a job takes

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
                _put(self.client, rows, self.job)


class Usage:
    """How much of the machine a host of a job takes, as its instance's metrics say it.

    CPUUtilization is in percent of one core, MemoryUtilization of the memory, and
    DiskUtilization of the disk that holds the job's folders.
    https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """

    def __init__(self, client: Any, host: str, process: int, folder: Path) -> None:
        self.client, self.host = client, host  # "job/algo-1"
        self.process, self.folder = process, folder
        self._before = time.monotonic(), 0.0  # when it was measured, and the CPU's time
        self._memory = 0  # bytes, when there were any
        self._closed = threading.Event()  # ends the thread
        # Measures now and then while the job runs.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Measure a last time: when all has ended, and nobody has asked how yet."""
        self._closed.set()
        self._thread.join()
        self._measure()

    def _run(self) -> None:
        self._memory = taken(self.process)[1]
        for wait in chain(SOON, repeat(PERIOD)):
            if self._closed.wait(wait):
                return
            self._measure()

    def _measure(self) -> None:
        now, (seconds, memory) = time.monotonic(), taken(self.process)
        then, before = self._before
        self._before, self._memory = (now, seconds), memory or self._memory
        share = max(0.0, seconds - before) / max(now - then, 0.01)
        disk = shutil.disk_usage(self.folder)
        values = {
            "CPUUtilization": 100 * min(share, os.cpu_count() or 1),
            "MemoryUtilization": 100 * self._memory / MEMORY,
            "DiskUtilization": 100 * disk.used / disk.total,
        }
        place = {
            "Dimensions": [{"Name": "Host", "Value": self.host}],
            "Timestamp": time.time(),
            "Unit": "Percent",
        }
        rows = [{"MetricName": n, "Value": v, **place} for n, v in values.items()]
        _put(self.client, rows, self.host)


def _put(client: Any, rows: list[dict[str, Any]], job: str) -> None:
    try:
        client.put_metric_data(Namespace=NAMESPACE, MetricData=rows)
    except (BotoCoreError, ClientError):
        logger.exception("could not write metrics of %s", job)
