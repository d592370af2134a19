"""Metrics and access logs of APIs reach CloudWatch in batches, off the hot path."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.api.registry import Context
from localaws.endpoints.telemetry import counted
from localaws.gateway.usage import Usage
from localaws.jobs.logs import batches, create_stream

INTERVAL = 0.5  # seconds between two batches
SPACE = "AWS/ApiGateway"
MOST = 100_000  # of each, that wait

logger = logging.getLogger("localaws")


@dataclass(frozen=True)
class Answered:
    """A request that was answered."""

    region: str
    names: tuple[tuple[str, str], ...]  # the dimensions: of the API, and of its stage
    of_http: bool  # whose metrics have other names
    status: int
    seconds: float
    behind: float | None  # seconds of these in the integration, if it was asked


class Metrics:
    """Collects in memory; one thread sends what has come since the last batch.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    """

    def __init__(self, context: Context, usage: Usage) -> None:
        self.context, self.usage = context, usage
        # What waits for the next batch; beyond the limit the oldest are pushed out.
        self._answers: deque[Answered] = deque(maxlen=MOST)
        self._lines: deque[tuple[str, str, str, int, str]] = deque(maxlen=MOST)
        self._streams: set[tuple[str, str, str]] = set()
        self._sending = threading.Lock()  # one batch at a time, in their order
        self._closing = threading.Event()  # ends the thread
        # Sends what waits every `INTERVAL` seconds.
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def note(self, answered: Answered) -> None:
        """Note a request that was answered."""
        self._answers.append(answered)

    def line(self, region: str, group: str, stream: str, text: str) -> None:
        """Note a line of an access log."""
        self._lines.append((region, group, stream, int(time.time() * 1000), text))

    def flush(self) -> None:
        """Send what is waiting; returns when CloudWatch has it, or did not take it."""
        with self._sending:
            for send in (self._send_answers, self._send_lines, self.usage.write):
                try:
                    send()
                except (BotoCoreError, ClientError, OSError):  # the APIs go on
                    logger.exception("could not send what is said of APIs")

    def close(self) -> None:
        """Send the rest and end the thread."""
        self._closing.set()
        if self._thread.ident:
            self._thread.join(timeout=5)
        self.flush()

    def _run(self) -> None:
        while not self._closing.wait(INTERVAL):
            self.flush()

    def _send_answers(self) -> None:
        groups: dict[Any, list[Answered]] = {}
        for one in _drain(self._answers):
            for count in range(1, len(one.names) + 1):
                key = one.region, one.names[:count], one.of_http
                groups.setdefault(key, []).append(one)
        for (region, names, of_http), rows in groups.items():
            client = self.context.clients.get("cloudwatch", region)
            data = list(_data(names, of_http, rows))
            client.put_metric_data(Namespace=SPACE, MetricData=data)

    def _send_lines(self) -> None:
        streams: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for region, group, stream, moment, text in _drain(self._lines):
            event = {"timestamp": moment, "message": text}
            streams.setdefault((region, group, stream), []).append(event)
        for (region, group, stream), events in streams.items():
            client = self.context.clients.get("logs", region)
            if (region, group, stream) not in self._streams:
                create_stream(client, group, stream)
                self._streams.add((region, group, stream))
            for batch in batches(deque(events)):
                client.put_log_events(
                    logGroupName=group, logStreamName=stream, logEvents=batch
                )


def _drain(queue: deque) -> Iterator[Any]:
    while queue:
        yield queue.popleft()


def _data(names: Any, of_http: bool, rows: list[Answered]) -> Iterable[dict[str, Any]]:
    four, five = ("4xx", "5xx") if of_http else ("4XXError", "5XXError")
    behind = [row.behind for row in rows if row.behind is not None]
    series = {
        "Count": ("Count", [1.0] * len(rows)),
        four: ("Count", [float(400 <= row.status < 500) for row in rows]),
        five: ("Count", [float(row.status >= 500) for row in rows]),
        "Latency": ("Milliseconds", [round(row.seconds * 1000, 1) for row in rows]),
        "IntegrationLatency": (
            "Milliseconds",
            [round(seconds * 1000, 1) for seconds in behind],
        ),
    }
    dimensions = [{"Name": name, "Value": value} for name, value in names]
    return counted(series, Dimensions=dimensions)
