"""The log of a job: its lines go to CloudWatch Logs, and to those who listen."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from localaws import bounds

BATCH, SIZE = 5000, 900_000  # events and bytes of one request
BACKLOG = 20_000  # lines that wait before their writer must wait too
TAIL = 500  # lines that are kept to explain a failure, and to end a log that is cut
TAIL_SIZE = 1_000_000  # characters of these lines, at most
MOST = 25_000_000  # bytes of one stream: all logs are in the server's memory

_CUT = f"localaws: this log is long; at most its last {TAIL} lines follow, at its end."

_ESCAPED = {number: f"#{number:03o}" for number in (*range(32), 127)}

logger = logging.getLogger("localaws")


class Listener(Protocol):
    """Somebody who reads each line of a log, and passes on what is in it."""

    def read(self, line: str) -> None:
        """Take one line."""

    def flush(self) -> None:
        """Pass on what waits; called now and then, and at the end."""


class JobLog:
    """A log stream that is written while the job runs.

    Beyond `MOST` bytes (an event counts 200 beyond its text) lines are left out, as
    the log says, but for the last `TAIL`; listeners and failures are given them all.
    Limits: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
    """

    def __init__(
        self,
        client: Any,
        group: str,
        stream: str,
        listeners: Sequence[Listener] = (),
        interval: float = 0.25,
        written: Callable[[str], str] | None = None,
    ) -> None:
        self._written = written or escaped  # a line, as CloudWatch has it
        self.client = client
        self.group, self.stream = group, stream
        self.listeners = listeners
        self.tail: deque[str] = deque()
        self._kept = 0  # characters of the tail
        self._size = 0
        self._over = 0  # lines beyond MOST
        self._waiting: deque[dict[str, Any]] = deque()  # events that are not sent yet
        self._flushing = threading.Lock()  # keeps the batches in their order
        self._closed = threading.Event()  # ends the thread
        create_stream(client, group, stream)
        # Sends what waits every `interval` seconds, while the job goes on.
        self._thread = threading.Thread(target=self._run, args=(interval,), daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Add one line."""
        self._keep(line)
        for listener in self.listeners:
            listener.read(escaped(line))
        if self._size < MOST:
            self._append(line)
        else:
            self._over += 1
            if self._over == 1:
                self._append(_CUT)

    def _keep(self, line: str) -> None:
        self.tail.append(line)
        self._kept += len(line)
        while len(self.tail) > TAIL or self._kept > TAIL_SIZE:
            self._kept -= len(self.tail.popleft())

    def _append(self, line: str) -> None:
        self._size += len(line) + 200
        text = self._written(line) or " "
        event = {"timestamp": int(time.time() * 1000), "message": text}
        self._waiting.append(event)
        if len(self._waiting) > BACKLOG:
            self.flush()

    def copy(self, stream: IO[bytes], shown: Callable[[str], str] = str) -> None:
        """Add the lines of `stream` until it ends, each passed through `shown`."""
        for line in bounds.lines(stream):
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            self.write(shown(text))

    def flush(self) -> None:
        """Send what waits."""
        with self._flushing:
            for batch in batches(self._waiting):
                self._send(batch)

    def close(self) -> None:
        """Send the rest, and let the listeners do so."""
        self._closed.set()
        self._thread.join()
        if self._over:
            last = list(self.tail)[-self._over :]
            self._append(f"localaws: {self._over - len(last):,} lines are left out.")
            for line in last:
                self._append(line)
        self._pass_on()

    def _run(self, interval: float) -> None:
        while not self._closed.wait(interval):
            self._pass_on()

    def _pass_on(self) -> None:
        self.flush()
        for listener in self.listeners:
            listener.flush()

    def _send(self, batch: list[dict]) -> None:
        try:
            self.client.put_log_events(
                logGroupName=self.group, logStreamName=self.stream, logEvents=batch
            )
        except (BotoCoreError, ClientError):
            logger.exception("could not write the log %s", self.stream)


def escaped(line: str) -> str:
    """Return a line as CloudWatch has it: `#011` is a tab, `#033` an escape.

    The agent of SageMaker's instances writes so, and metrics are found in what it
    writes: https://docs.aws.amazon.com/sagemaker/latest/dg/define-train-metrics.html
    """
    return line.translate(_ESCAPED)


def batches(waiting: deque[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Take events from a queue, as many at once as one request may have."""
    while waiting:
        batch: list[dict[str, Any]] = []
        size = 0
        while waiting and len(batch) < BATCH and size < SIZE:
            batch.append(waiting.popleft())
            size += len(batch[-1]["message"].encode("utf-8", "replace")) + 26
        yield batch


def create_stream(client: Any, group: str, stream: str) -> None:
    """Create group and stream; what somebody else has created already stays.

    The error is known by its code: `client.exceptions` is built at its first use, and
    two threads that use it first at once have classes of their own.
    """
    for create, names in [
        (client.create_log_group, {"logGroupName": group}),
        (client.create_log_stream, {"logGroupName": group, "logStreamName": stream}),
    ]:
        try:
            create(**names)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                raise
