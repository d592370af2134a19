"""What the model servers of endpoints take of this machine, as CloudWatch metrics.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-jobs
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from localaws.api.registry import Context
from localaws.endpoints.deployment import Deployment

INTERVAL = 60.0  # seconds between two measurements, as on AWS
NAMESPACE = "/aws/sagemaker/Endpoints"
Live = Mapping[tuple[str, str], Deployment]  # by region and name

logger = logging.getLogger("localaws")


class Usage:
    """Measures the live endpoints once a minute.

    A variant's processor time is in percent of one core, so that four busy cores are
    400; its memory is in percent of this machine's.
    """

    def __init__(self, context: Context, live: Callable[[], Live]) -> None:
        self.context = context
        self._live = live
        self._before: dict[int, float] = {}  # CPU seconds of servers, by their pid
        self._measured = time.monotonic()  # when that was
        self._closing = threading.Event()  # ends the thread
        # Measures every `INTERVAL` seconds.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._closing.wait(INTERVAL):
            try:
                self.measure()
            except (BotoCoreError, ClientError):
                logger.exception("could not send the usage of endpoints")
            except OSError as error:  # there is no `ps`: nothing is measured
                logger.warning("could not measure the endpoints: %s", error)
                return

    def measure(self) -> None:
        """Send what each live variant has taken since the last measurement."""
        now, live = time.monotonic(), self._live()
        passed, self._measured = max(now - self._measured, 1e-3), now
        rows = processes() if live else {}
        before, self._before = self._before, {}
        for (region, name), deployment in live.items():
            for variant in deployment.variants:
                cpu, memory = 0.0, 0
                for pid in (worker.pid for worker in variant.workers if worker.pid):
                    spent, resident = family(pid, rows)
                    cpu += max(0.0, spent - before.get(pid, 0.0)) / passed
                    memory += resident
                    self._before[pid] = spent
                self._put(region, name, variant.name, cpu, memory / memory_of())

    def _put(
        self, region: str, name: str, variant: str, cpu: float, memory: float
    ) -> None:
        names = {"EndpointName": name, "VariantName": variant}
        dimensions = [{"Name": key, "Value": value} for key, value in names.items()]
        shares = {"CPUUtilization": cpu, "MemoryUtilization": memory}
        self.context.clients.get("cloudwatch", region).put_metric_data(
            Namespace=NAMESPACE,
            MetricData=[
                {
                    "MetricName": metric,
                    "Dimensions": dimensions,
                    "Unit": "Percent",
                    "Value": 100 * share,
                }
                for metric, share in shares.items()
            ],
        )


def processes() -> dict[int, tuple[int, int, float]]:
    """Return parent, resident bytes and CPU seconds of each process of this machine."""
    command = ["ps", "-A", "-o", "pid=,ppid=,rss=,time="]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    rows = (line.split() for line in lines.splitlines())
    return {int(p): (int(q), int(rss) * 1024, seconds(t)) for p, q, rss, t in rows}


def family(pid: int, rows: Mapping[int, tuple[int, int, float]]) -> tuple[float, int]:
    """Return CPU seconds and resident bytes of a process and all that it started."""
    found = [rows[one] for one in _below(pid, rows) if one in rows]
    return sum(row[2] for row in found), sum(row[1] for row in found)


def _below(pid: int, rows: Mapping[int, tuple[int, int, float]]) -> Iterator[int]:
    yield pid
    for child, row in rows.items():
        if row[0] == pid:
            yield from _below(child, rows)


def seconds(text: str) -> float:
    """Return a time as `ps` writes it: [days-][hours:]minutes:seconds."""
    days, _, rest = text.rpartition("-")
    total = 0.0
    for part in rest.split(":"):
        total = total * 60 + float(part)
    return total + 86_400 * int(days or 0)


def memory_of() -> int:
    """Return the bytes of memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
