"""The log of a job: lines to CloudWatch Logs, the numbers in them to CloudWatch."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import deque
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError

TRAINING = "/aws/sagemaker/TrainingJobs"
LONGEST = 256 * 1024 - 26  # bytes of one event
BATCH = 5000  # events of one request
BACKLOG = 20_000  # lines that wait before their writer must wait too
TAIL = 500  # lines that are kept to explain a failure, and to end a log that is cut
MOST = 25_000_000  # bytes of one stream: all logs are in the server's memory

_CUT = f"localaws: this log is long; only its last {TAIL} lines follow, at its end."

logger = logging.getLogger("localaws")


class JobLog:
    """A log stream that is written while the job runs, and the job's metrics.

    Beyond `MOST` bytes (an event counts 200 beyond its text) lines are left out, as
    the log says, but for the last `TAIL`; metrics and failures are read from all.
    Limits: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
    """

    def __init__(
        self, client: Any, stream: str, group: str = TRAINING, interval: float = 0.25
    ) -> None:
        self.client = client
        self.group, self.stream = group, stream
        self.tail: deque[str] = deque(maxlen=TAIL)
        self.metrics: Metrics | None = None
        self._size = 0
        self._over = 0  # lines beyond MOST
        self._waiting: deque[dict] = deque()
        self._flushing = threading.Lock()
        self._closed = threading.Event()
        _create(client, group, stream)
        self._thread = threading.Thread(target=self._run, args=(interval,), daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Add one line."""
        self.tail.append(line)
        if self.metrics:
            self.metrics.read(line)
        if self._size < MOST:
            self._append(line)
        else:
            self._over += 1
            if self._over == 1:
                self._append(_CUT)

    def _append(self, line: str) -> None:
        self._size += len(line) + 200
        event = {"timestamp": int(time.time() * 1000), "message": line or " "}
        self._waiting.append(event)
        if len(self._waiting) > BACKLOG:
            self.flush()

    def copy(self, stream: IO[bytes], shown: Any = str) -> None:
        """Add the lines of `stream` until it ends, each passed through `shown`."""
        for line in iter(lambda: stream.readline(LONGEST // 4), b""):
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            self.write(shown(text))

    def flush(self) -> None:
        """Send what waits."""
        with self._flushing:
            while self._waiting:
                count = min(BATCH, len(self._waiting))
                batch, size = [], 0
                while len(batch) < count and size < 900_000:
                    batch.append(self._waiting.popleft())
                    size += len(batch[-1]["message"].encode()) + 26
                    count = min(count, len(batch) + len(self._waiting))
                self._send(batch)

    def close(self) -> None:
        """Send the rest, metrics included."""
        self._closed.set()
        self._thread.join()
        if self._over:
            last = list(self.tail)[-self._over :]
            self._append(f"localaws: {self._over - len(last):,} lines are left out.")
            for line in last:
                self._append(line)
        self.flush()
        if self.metrics:
            self.metrics.flush()

    def _run(self, interval: float) -> None:
        while not self._closed.wait(interval):
            self.flush()
            if self.metrics:
                self.metrics.flush()

    def _send(self, batch: list[dict]) -> None:
        try:
            self.client.put_log_events(
                logGroupName=self.group, logStreamName=self.stream, logEvents=batch
            )
        except (BotoCoreError, ClientError):
            logger.exception("could not write the log %s", self.stream)


class Metrics:
    """Numbers that regular expressions find in the log of a training job.

    https://docs.aws.amazon.com/sagemaker/latest/dg/define-train-metrics.html
    """

    def __init__(self, client: Any, job: str, definitions: list[dict]) -> None:
        self.client = client
        self.job = job
        self.patterns = [(row["Name"], re.compile(row["Regex"])) for row in definitions]
        self.final: dict[str, dict] = {}
        self._waiting: deque[dict] = deque()
        self._flushing = threading.Lock()

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
        with self._flushing:  # the logs of several hosts share the metrics
            while self._waiting:
                self._send()

    def _send(self) -> None:
        count = min(500, len(self._waiting))
        rows = [self._waiting.popleft() for _ in range(count)]
        rows = [row for row in rows if abs(row["Value"]) < float("inf")]
        try:
            if rows:
                self.client.put_metric_data(Namespace=TRAINING, MetricData=rows)
        except (BotoCoreError, ClientError):
            logger.exception("could not write metrics of %s", self.job)


def _create(client: Any, group: str, stream: str) -> None:
    exists = client.exceptions.ResourceAlreadyExistsException
    try:
        client.create_log_group(logGroupName=group)
    except exists:
        logger.debug("the log group %s exists", group)
    try:
        client.create_log_stream(logGroupName=group, logStreamName=stream)
    except exists:
        logger.debug("the log stream %s exists", stream)
