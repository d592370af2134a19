"""How much of the machine a job takes, sent to CloudWatch while it runs."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.machine.usage import MEMORY, taken

SOON, PERIOD = (0.5, 5, 20), 60  # seconds between two looks at what a job takes

logger = logging.getLogger("localaws")


class Usage:
    """How much of the machine a host of a job takes, as its instance's metrics say it.

    CPUUtilization is in percent of one core, MemoryUtilization of the memory, and
    DiskUtilization of the disk that holds the job's folders.
    https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """

    def __init__(
        self, client: Any, group: str, host: str, process: int, folder: Path
    ) -> None:
        self.client, self.group = client, group  # "/aws/sagemaker/TrainingJobs"
        self.host = host  # "job/algo-1"
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
        put(self.client, self.group, rows, self.host)


def put(client: Any, namespace: str, rows: list[dict[str, Any]], job: str) -> None:
    """Send rows to CloudWatch; a refusal is for the server's log, not for the job."""
    try:
        client.put_metric_data(Namespace=namespace, MetricData=rows)
    except (BotoCoreError, ClientError):
        logger.exception("could not write metrics of %s", job)
