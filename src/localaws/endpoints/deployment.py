"""A deployment: the variants of an endpoint and their model servers, as they run."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localaws.machine.files import remove
from localaws.models.chain import await_health, begin
from localaws.models.containers import Container
from localaws.models.workers import Worker


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
            begin(variant.containers, variant.workers)
        for variant in self.variants:
            pairs, startup = (variant.containers, variant.workers), variant.startup
            whose = f"for production variant {variant.name}"
            await_health(*pairs, startup, whose, "this endpoint")

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
