"""Log lines and metrics of endpoints reach CloudWatch in batches, off the hot path."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.api.registry import Context
from localaws.jobs.logs import MOST, batches, create_stream

INTERVAL = 0.5  # seconds between two batches
_FULL = f"localaws: this log has {MOST:,} bytes, the most that is kept."

Place = tuple[str, str, str]  # a variant: region, endpoint, name

logger = logging.getLogger("localaws")


def log_group(endpoint: str) -> str:
    """Return the log group of an endpoint."""
    return f"/aws/sagemaker/Endpoints/{endpoint}"


class Telemetry:
    """Collects in memory; one thread sends what has come since the last batch.

    Metrics: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    Logs: https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        # What waits for the next batch; lines beyond the limit push out the oldest.
        self._lines: deque[tuple[str, str, str, int, str]] = deque(maxlen=200_000)
        self._sizes: dict[tuple[str, str, str], int] = {}  # of each stream, in bytes
        self._calls: deque[tuple] = deque()  # place, second, and what `_data` says
        self._streams: set[tuple[str, str, str]] = set()
        self._heard: set[Place] = set()  # the variants asked since the last beat
        self._sending = threading.Lock()  # one batch at a time, in their order
        self._closing = threading.Event()  # ends the thread
        # Sends what waits every `INTERVAL` seconds.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def line(self, region: str, endpoint: str, stream: str, text: str) -> None:
        """Note a line that a container of an endpoint printed.

        A stream ends at `MOST` bytes (an event counts 200 beyond its text), and says
        so: all logs are in the server's memory.
        """
        place = region, endpoint, stream
        before = self._sizes.get(place, 0)
        if before < MOST:
            self._sizes[place] = before + len(text) + 200
            full = self._sizes[place] >= MOST
            now = int(time.time() * 1000)
            self._lines.append((*place, now, _FULL if full else text or " "))

    def call(
        self,
        region: str,
        endpoint: str,
        variant: str,
        status: int,
        model: float,
        total: float,
        *,
        failed: bool = False,
        instances: int = 1,
    ) -> None:
        """Note an invocation: the model's and the whole time in seconds.

        `failed` says that the model was asked and did not answer with a 2xx;
        `instances` is how many the variant has.
        """
        times = round(model * 1e6), max(0, round((total - model) * 1e6))
        place = region, endpoint, variant, int(self.context.clock.now())
        self._heard.add(place[:3])
        self._calls.append((*place, status, failed, *times, max(1, instances)))

    def watch(self, live: Callable[[], Iterable[Place]]) -> None:
        """From now on, say each minute which of the live variants nobody has asked.

        Zeros are what lets an alarm, and a scaling policy, see that there is nothing.
        https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html
        """
        clock = self.context.clock

        def beat() -> None:
            heard, self._heard = self._heard, set()
            clock.at(_end_of_minute(clock.now() + 1), beat)
            for place in [place for place in live() if place not in heard]:
                self._say_nothing(*place, int(clock.now()))

        clock.at(_end_of_minute(clock.now()), beat)

    def _say_nothing(
        self, region: str, endpoint: str, variant: str, second: int
    ) -> None:
        names = ("Invocations", "InvocationsPerInstance")
        dimensions = _dimensions(endpoint, variant)
        row = {"Dimensions": dimensions, "Timestamp": second, "Unit": "None"}
        self.context.clients.get("cloudwatch", region).put_metric_data(
            Namespace="AWS/SageMaker",
            MetricData=[{"MetricName": name, "Value": 0.0, **row} for name in names],
        )

    def flush(self) -> None:
        """Send what is waiting; returns when CloudWatch has it, or did not take it."""
        try:
            with self._sending:
                self._send_lines(_drain(self._lines))
                self._send_calls(_drain(self._calls))
        except (BotoCoreError, ClientError):  # the endpoints go on without
            logger.exception("could not send logs and metrics of endpoints")

    def close(self) -> None:
        """Send the rest and end the thread."""
        self._closing.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._closing.wait(INTERVAL):
            self.flush()
        self.flush()

    def _send_lines(self, lines: Iterable[tuple]) -> None:
        streams: dict[tuple[str, str, str], list[dict]] = {}
        for region, endpoint, stream, moment, text in lines:
            event = {"timestamp": moment, "message": text}
            streams.setdefault((region, endpoint, stream), []).append(event)
        for place, events in streams.items():
            for batch in batches(deque(events)):
                self._put(place, batch)

    def _put(self, place: tuple[str, str, str], events: list[dict]) -> None:
        """Send one batch; a group that was deleted meanwhile is made again."""
        region, endpoint, stream = place
        logs = self.context.clients.get("logs", region)
        group = log_group(endpoint)
        for _ in range(2):
            self._ensure_stream(logs, region, group, stream)
            try:
                logs.put_log_events(
                    logGroupName=group, logStreamName=stream, logEvents=events
                )
                return
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                self._streams.discard((region, group, stream))

    def _ensure_stream(self, logs: Any, region: str, group: str, stream: str) -> None:
        if (region, group, stream) in self._streams:
            return
        create_stream(logs, group, stream)
        self._streams.add((region, group, stream))

    def _send_calls(self, calls: Iterable[tuple]) -> None:
        groups: dict[tuple[str, str, str, int], list[tuple]] = {}
        for region, endpoint, variant, second, *rest in calls:
            place = region, endpoint, variant, second
            groups.setdefault(place, []).append(tuple(rest))
        for (region, endpoint, variant, second), rows in groups.items():
            self.context.clients.get("cloudwatch", region).put_metric_data(
                Namespace="AWS/SageMaker",
                MetricData=list(_data(endpoint, variant, second, rows)),
            )


def _end_of_minute(moment: float) -> float:
    """Return when a minute has all but ended: alarms look when it is over."""
    return moment // 60 * 60 + 59.5


def _dimensions(endpoint: str, variant: str) -> list[dict[str, str]]:
    names = {"EndpointName": endpoint, "VariantName": variant}
    return [{"Name": name, "Value": value} for name, value in names.items()]


def _drain(queue: deque) -> list:
    items = []
    while queue:
        items.append(queue.popleft())
    return items


def _data(
    endpoint: str, variant: str, second: int, rows: list[tuple]
) -> Iterable[dict]:
    """Return the metrics of the calls of a second since 1970.

    A row has status, model error, model and overhead in us, number of instances.
    """
    statuses = [row[0] for row in rows]
    series = {
        "Invocations": ("None", [1] * len(rows)),
        "InvocationsPerInstance": ("None", [1 / row[4] for row in rows]),
        "Invocation4XXErrors": ("None", [int(400 <= s < 500) for s in statuses]),
        "Invocation5XXErrors": ("None", [int(s >= 500) for s in statuses]),
        "InvocationModelErrors": ("None", [int(row[1]) for row in rows]),
        "ModelLatency": ("Microseconds", [row[2] for row in rows]),
        "OverheadLatency": ("Microseconds", [row[3] for row in rows]),
    }
    dimensions = _dimensions(endpoint, variant)
    return counted(series, Dimensions=dimensions, Timestamp=second)


def counted(
    series: Mapping[str, tuple[str, Sequence[float]]], **more: Any
) -> Iterator[dict[str, Any]]:
    """Yield the data of metrics, by name their unit and values: equal ones are counted.

    `more` are further members of each datum.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
    """
    for name, (unit, values) in series.items():
        counts = list(Counter(values).items())
        for start in range(0, len(counts), 150):  # the most that one datum may hold
            part = counts[start : start + 150]
            yield {
                "MetricName": name,
                "Unit": unit,
                "Values": [float(value) for value, _ in part],
                "Counts": [float(count) for _, count in part],
                **more,
            }
