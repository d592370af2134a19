"""A deployment: the variants of an endpoint and their model servers, as they run."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localaws.machine.files import remove
from localaws.machine.instances import notes
from localaws.models.containers import CannotDeploy, Container
from localaws.models.workers import Worker

logger = logging.getLogger("localaws")


class Busy(Exception):
    """A serverless variant answers as many requests as it may."""


@dataclass
class Variant:
    """A production variant: a chain of containers, and its share of the requests.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html
    One server stands for all of its instances: they would share this one machine.
    """

    name: str
    weight: float
    startup: float
    containers: list[Container]
    workers: list[Worker] = field(default_factory=list)
    direct: bool = False  # a request names its container; no pipeline
    role: str | None = None  # the execution role of its model
    stream: str = ""  # the name of its log's stream
    # A serverless variant's MaxConcurrency, counted down while requests are answered.
    slots: threading.Semaphore | None = None

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Count a request; `Busy` where a serverless variant has too many.

        https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
        """
        slots = self.slots
        if slots and not slots.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            if slots:
                slots.release()


class Deployment:
    """The running variants of one endpoint configuration."""

    def __init__(
        self, variants: list[Variant], folder: Path, config: dict[str, Any]
    ) -> None:
        self.variants = variants
        self.folder = folder
        self.config = config
        self._using = 0  # requests under way
        self._idle = threading.Condition()  # guards that number, notified when it falls

    def start(self) -> None:
        """Start all servers and return once all are healthy; raises `CannotDeploy`."""
        for variant in self.variants:
            for container, worker in zip(
                variant.containers, variant.workers, strict=True
            ):
                _prepare(container)
                for line in notes(container.definition.get("Image", "")):
                    worker.log(line)
                worker.start()
        for variant in self.variants:
            for container, worker in zip(
                variant.containers, variant.workers, strict=True
            ):
                if not worker.wait(variant.startup):
                    raise CannotDeploy(_unhealthy(variant, container, worker))

    def choose(self, target: str | None) -> Variant | None:
        """Return the target variant, or one at random by weight; None if there is none.

        https://docs.aws.amazon.com/sagemaker/latest/dg/model-ab-testing.html
        """
        if target is not None:
            return next((v for v in self.variants if v.name == target), None)
        if len(self.variants) == 1:
            return self.variants[0]
        weights = [variant.weight for variant in self.variants]
        return random.choices(self.variants, weights)[0] if any(weights) else None

    def acquire(self) -> None:
        """Keep the servers alive until `release`."""
        with self._idle:
            self._using += 1

    def release(self) -> None:
        """Let the servers be stopped once nobody else uses them."""
        with self._idle:
            self._using -= 1
            self._idle.notify_all()

    def stop(self, drain: float = 0) -> None:
        """End all servers, after the requests under way or `drain` seconds."""
        with self._idle:
            self._idle.wait_for(lambda: self._using == 0, drain)
        for variant in self.variants:
            for worker in variant.workers:
                worker.stop()

    def remove(self) -> None:
        """Delete the folders; the servers must have been stopped."""
        remove(self.folder)


def _prepare(container: Container) -> None:
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


def _unhealthy(variant: Variant, container: Container, worker: Worker) -> str:
    if worker.failure:
        return f"The {container.name} container could not be started: {worker.failure}"
    said = container.shown(worker.last_line)
    silent = worker.status not in (None, 1)  # 1: its last line says why
    ended = f" It ended with status {worker.status}." if silent else ""
    return (
        f"The {container.name} container for production variant {variant.name} did "
        "not pass the ping health check. Please check CloudWatch logs for this "
        f"endpoint.{ended}" + (f' Its last line: "{said[:500]}"' if said else "")
    )
