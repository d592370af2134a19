"""An instance of a transform job: the servers of its model, asked about one object."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localaws.api.registry import Context
from localaws.bounds import TooLong
from localaws.jobs.logs import JobLog
from localaws.jobs.usage import Usage
from localaws.models.chain import Chain, placed
from localaws.models.containers import Container
from localaws.models.workers import Reply, WorkerDown, WorkerLate
from localaws.transform.records import BadInput, Batch, batches, records
from localaws.transform.task import Task

STARTUP = 600  # seconds until a server must be healthy
ANSWER = 256 * 1024 * 1024  # bytes of an answer to one request, at most


class Unanswered(Exception):
    """A request without an answer that could be stored: whose fault, and why."""

    def __init__(self, fault: str, *lines: str) -> None:
        super().__init__(lines[0])
        self.fault = fault  # "ClientError" or "AlgorithmError"
        self.lines = lines  # for the log


class Instance:
    """What one machine of a transform job is on AWS.

    Its logs: one of each container, and `data-log`, of what became of the objects.
    https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
    """

    def __init__(
        self, context: Context, region: str, task: Task, folder: Path, number: int
    ) -> None:
        self.context, self.region, self.task = context, region, task
        self.name = f"{task.name}/i-{number:017x}"
        self.folder = folder / f"instance-{number}"
        self.folder.mkdir(parents=True)
        self.stopping = threading.Event()  # set once: nothing more is asked
        logs = context.clients.get("logs", region)
        stream = f"{self.name}-{int(time.time())}"
        containers = placed(
            task.definitions,
            self.folder / "container",
            task.instance_type,
            region,
            context,
            task.role,
        )
        alone = len(containers) == 1
        names = [stream if alone else f"{stream}/{one.name}" for one in containers]
        self._logs = {
            container.number: JobLog(logs, task.group, name)
            for container, name in zip(containers, names, strict=True)
        }
        self._data = JobLog(logs, task.group, f"{stream}/data-log")
        self._chain = Chain(containers, self._log)

    def _log(self, container: Container, line: str) -> None:
        self._logs[container.number].write(line)

    def run(self, share: Callable[[], None]) -> None:
        """Start the servers, let `share` ask them, and end them; raise CannotDeploy."""
        with ExitStack() as ends:  # each comes, whatever became of the others
            for log in (*self._logs.values(), self._data):
                ends.callback(log.close)
            ends.callback(self._chain.stop)
            for note in self.task.notes:
                self._data.write(note)
            self._chain.start(STARTUP, "of the transform job", f"{self.task.name}")
            self.say(self.task.settings)
            cloudwatch = self.context.clients.get("cloudwatch", self.region)
            process = self._chain.workers[0].pid or 0
            place = self.task.group, self.name, process, self.folder
            with closing(Usage(cloudwatch, *place)):
                share()

    def stop(self) -> None:
        """Ask nothing more, and end the servers."""
        self.stopping.set()
        self._chain.stop()

    def shown(self, text: str) -> str:
        """Return a text with the paths that AWS would show."""
        for one in self._chain.containers:
            text = one.shown(text)
        return text

    def say(self, *lines: str) -> None:
        """Write into the log of what became of the objects, as SageMaker does."""
        for line in lines:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")[:23]
            self._data.write(f"{now}:[sagemaker logs]: {line}")

    def transform(self, source: Path, target: Path) -> None:
        """Write the answers to the records of an object into a file, in their order.

        Raises BadInput and Unanswered.
        """
        task = self.task
        opened: Callable[[Path, str], Any] = gzip.open if task.packed else open
        try:
            with opened(source, "rb") as stream, target.open("wb") as file:
                found = records(stream, task.split, self._most)
                asked = batches(found, task.single, task.most, task.filters.asked)
                for answer in in_order(self._answer, asked, task.at_once):
                    file.write(answer)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise BadInput(f"The object is not compressed with gzip: {error}") from None

    @property
    def _most(self) -> int:
        """How many bytes a record has at most: what is filtered out does not count."""
        whole = self.task.filters.before.whole
        return self.task.most if whole else max(self.task.most, ANSWER)

    def _answer(self, batch: Batch) -> bytes:
        reply = self._asked(batch)
        if not 200 <= reply.status < 300:
            raise _refused(reply)
        return self.task.filters.kept(batch, reply.body, reply.content_type)

    def _asked(self, batch: Batch) -> Reply:
        """Return the answer to a batch, asked again where that may help.

        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelClientConfig.html
        """
        headers, seconds = dict(self.task.headers), self.task.timeout
        for left in range(self.task.retries, -1, -1):
            if self.stopping.is_set():
                raise Unanswered("AlgorithmError", "The job is stopping")
            try:
                reply = self._chain.ask(batch.body, headers, seconds, ANSWER)
            except TooLong as error:
                text = f"The response of the algorithm has {error}"
                raise Unanswered("AlgorithmError", text) from None
            except (WorkerDown, WorkerLate) as error:
                if not left:
                    text = f"Unable to get response from algorithm: {error}"
                    raise Unanswered("AlgorithmError", text) from None
            else:
                if reply.status < 500 or not left:
                    return reply
        raise AssertionError("the last request answers or raises")


def _refused(reply: Reply) -> Unanswered:
    """Return the error of an algorithm, as SageMaker's log tells it."""
    message = ("", "Message:", *reply.text.splitlines())
    if 400 <= reply.status < 500:
        return Unanswered("ClientError", f"ClientError: {reply.status}", *message)
    first = f"Bad HTTP status received from algorithm: {reply.status}"
    return Unanswered("AlgorithmError", first, *message)


def in_order(
    function: Callable[[Batch], bytes], items: Iterator[Batch], at_once: int
) -> Iterator[bytes]:
    """Yield what a function makes of items, a few at once; no more are read ahead."""
    waiting: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(at_once) as pool:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) >= at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
