"""What the model servers of endpoints take of this machine, as CloudWatch metrics.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-jobs
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from localaws.api.registry import Context
from localaws.endpoints.deployment import Deployment
from localaws.endpoints.variant import Instance
from localaws.machine.usage import MEMORY, taken

INTERVAL = 60.0  # seconds between two measurements, as on AWS
NAMESPACE = "/aws/sagemaker/Endpoints"
Live = Mapping[tuple[str, str], Deployment]  # by region and name

logger = logging.getLogger("localaws")


class Usage:
    """Measures the live endpoints once a minute.

    Each instance has a value of its own. Its processor time is in percent of one core,
    so that four busy cores are 400; its memory is in percent of this machine's.
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

    def measure(self) -> None:
        """Send what each instance has taken since the last measurement."""
        now, live = time.monotonic(), self._live()
        passed, self._measured = max(now - self._measured, 1e-3), now
        before, self._before = self._before, {}
        for (region, name), deployment in live.items():
            for variant in deployment.variants:
                rows = [
                    self._taken(one, before, passed)
                    for one in variant.instances
                    if one.answers
                ]
                if rows:
                    self._put(region, name, variant.name, rows)

    def _taken(
        self, instance: Instance, before: dict[int, float], passed: float
    ) -> tuple[float, float]:
        """Return the shares of a core and of the memory that an instance has taken."""
        cpu, memory = 0.0, 0
        for pid in (worker.pid for worker in instance.workers if worker.pid):
            spent, resident = taken(pid)
            cpu += max(0.0, spent - before.get(pid, 0.0)) / passed
            memory += resident
            self._before[pid] = spent
        return cpu, memory / MEMORY

    def _put(
        self, region: str, name: str, variant: str, rows: list[tuple[float, float]]
    ) -> None:
        names = {"EndpointName": name, "VariantName": variant}
        dimensions = [{"Name": key, "Value": value} for key, value in names.items()]
        metrics = zip(
            ("CPUUtilization", "MemoryUtilization"),
            zip(*rows, strict=True),
            strict=True,
        )
        self.context.clients.get("cloudwatch", region).put_metric_data(
            Namespace=NAMESPACE,
            MetricData=[
                {
                    "MetricName": metric,
                    "Dimensions": dimensions,
                    "Unit": "Percent",
                    "Timestamp": self.context.clock.now(),
                    "Values": [100 * share for share in shares],
                }
                for metric, shares in metrics
            ],
        )
