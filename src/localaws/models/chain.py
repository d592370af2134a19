"""The containers of a model in their order, each with a server that can be asked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from localaws.api.registry import Context
from localaws.machine.instances import notes
from localaws.models.containers import CannotDeploy, Container
from localaws.models.workers import Reply, Worker

logger = logging.getLogger("localaws")


def placed(
    definitions: Sequence[dict[str, Any]],
    folder: Path,
    instance_type: str,
    region: str,
    context: Context,
    role: str | None,
) -> list[Container]:
    """Return the containers of a model, each in a folder "NAME-number" of its own."""
    alone = len(definitions) == 1
    return [
        Container(
            name=definition.get("ContainerHostname")
            or ("primary" if alone else f"container-{number}"),
            number=number,
            definition=definition,
            folder=folder.with_name(f"{folder.name}-{number}"),
            instance_type=instance_type,
            region=region,
            context=context,
            role=role,
        )
        for number, definition in enumerate(definitions, 1)
    ]


def prepare(container: Container) -> None:
    """Prepare a container; whatever goes wrong is why it cannot be deployed."""
    try:
        container.prepare()
    except CannotDeploy:
        raise
    except Exception as error:
        logger.exception("could not prepare a container")
        raise CannotDeploy(
            f"The {container.name} container could not be prepared: "
            f"{type(error).__name__}: {error}"
        ) from error


def begin(containers: Sequence[Container], workers: Sequence[Worker]) -> None:
    """Prepare containers and start their servers; raise CannotDeploy."""
    for container, worker in zip(containers, workers, strict=True):
        prepare(container)
        for line in notes(container.definition.get("Image", "")):
            worker.log(line)
        worker.start()


def await_health(
    containers: Sequence[Container],
    workers: Sequence[Worker],
    seconds: float,
    whose: str,
    logs: str,
) -> None:
    """Return once all servers are healthy; raise CannotDeploy, in words for `whose`."""
    for container, worker in zip(containers, workers, strict=True):
        if not worker.wait(seconds):
            raise CannotDeploy(_unhealthy(container, worker, whose, logs))


def _unhealthy(container: Container, worker: Worker, whose: str, logs: str) -> str:
    if worker.failure:
        return f"The {container.name} container could not be started: {worker.failure}"
    said = container.shown(worker.last_line)
    silent = worker.status not in (None, 1)  # 1: its last line says why
    ended = f" It ended with status {worker.status}." if silent else ""
    return (
        f"The {container.name} container {whose} did not pass the ping health check. "
        f"Please check CloudWatch logs for {logs}.{ended}"
        + (f' Its last line: "{said[:500]}"' if said else "")
    )


class Chain:
    """The servers of a model's containers, asked one after the other.

    https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipelines.html
    """

    def __init__(
        self, containers: Sequence[Container], log: Callable[[Container, str], None]
    ) -> None:
        self.containers = containers
        self.workers = [self._worker(one, log) for one in containers]

    def _worker(
        self, container: Container, log: Callable[[Container, str], None]
    ) -> Worker:
        return Worker(
            container.launch, lambda line: log(container, container.shown(line))
        )

    def start(self, seconds: float, whose: str, logs: str) -> None:
        """Return once all are healthy; raise CannotDeploy in words for `whose`."""
        begin(self.containers, self.workers)
        await_health(self.containers, self.workers, seconds, whose, logs)

    def ask(
        self, body: bytes, headers: dict[str, str], seconds: float, most: int
    ) -> Reply:
        """Return the last container's answer, or the first that is an error.

        Raises WorkerDown, WorkerLate and TooLong as a server's `request` does.
        """
        for worker in self.workers:
            reply = worker.request("POST", "/invocations", body, headers, seconds, most)
            if not 200 <= reply.status < 300:
                break
            body, headers = reply.body, {**headers, "Content-Type": reply.content_type}
        return reply

    def stop(self) -> None:
        """End all servers."""
        for worker in self.workers:
            worker.stop()
