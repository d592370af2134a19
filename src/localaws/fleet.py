"""The endpoints that are alive: variants, their model servers, and who may ask them."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localaws.backlog import Backlogs
from localaws.capture import Capture
from localaws.containers import CannotDeploy, Container
from localaws.machine import notes
from localaws.operations import Context
from localaws.telemetry import Telemetry
from localaws.workers import Worker

STARTUP_SECONDS = 600
DRAIN_SECONDS = 60


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
    slots: threading.Semaphore | None = None  # serverless: MaxConcurrency

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


class Busy(Exception):
    """A serverless variant answers as many requests as it may."""


class Deployment:
    """The running variants of one endpoint configuration."""

    def __init__(
        self, variants: list[Variant], folder: Path, config: dict[str, Any]
    ) -> None:
        self.variants = variants
        self.folder = folder
        self.config = config
        self._using = 0
        self._idle = threading.Condition()

    def start(self) -> None:
        """Start all servers and return once all are healthy; raises `CannotDeploy`."""
        for variant in self.variants:
            for container, worker in zip(
                variant.containers, variant.workers, strict=True
            ):
                container.prepare()
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
        shutil.rmtree(self.folder, ignore_errors=True)


class Fleet:
    """Which deployment answers for each endpoint of the server."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.telemetry = Telemetry(context)
        self.capture = Capture(context, self.telemetry)
        self.backlogs = Backlogs()
        self._lock = threading.Lock()
        self._live: dict[tuple[str, str], Deployment] = {}
        self._starting: set[Deployment] = set()

    def build(
        self, region: str, name: str, number: int, config: dict[str, Any]
    ) -> Deployment:
        """Return a deployment of a configuration with its models' definitions."""
        folder = self._home(region, name) / str(number)
        variants = [
            self._variant(region, name, folder, variant)
            for variant in config["ProductionVariants"]
        ]
        return Deployment(variants, folder, config)

    def start(self, region: str, name: str, deployment: Deployment) -> None:
        """Start a deployment and let it answer in place of the one before.

        Raises `CannotDeploy`, and then nothing of the new one is left and the old one
        goes on. The old one's requests under way are finished first.
        """
        with self._lock:
            self._starting.add(deployment)
        try:
            if self.context.closing.is_set():
                raise CannotDeploy("The server is stopping.")
            deployment.start()
            self.telemetry.flush()  # the log exists once the endpoint is in service
        except BaseException:
            deployment.stop()
            if not self.context.closing.is_set():
                deployment.remove()
            raise
        finally:
            with self._lock:
                self._starting.discard(deployment)
        self._replace(region, name, deployment)

    def live(self, region: str, name: str) -> Deployment | None:
        """Return the deployment that answers for an endpoint."""
        return self._live.get((region, name))

    @contextmanager
    def use(self, region: str, name: str) -> Iterator[Deployment | None]:
        """Yield the deployment that answers now; it lives until this ends."""
        with self._lock:
            deployment = self._live.get((region, name))
            if deployment:
                deployment.acquire()
        try:
            yield deployment
        finally:
            if deployment:
                deployment.release()

    def end(self, region: str, name: str) -> None:
        """Stop an endpoint's servers now and delete all that it has on disk."""
        with self._lock:
            deployment = self._live.pop((region, name), None)
        self.backlogs.end(region, name)
        if deployment:
            deployment.stop()
            self.capture.flush()
        shutil.rmtree(self._home(region, name), ignore_errors=True)

    def queue(self, region: str, name: str) -> Path:
        """Return the folder of the asynchronous requests that wait for an endpoint."""
        return self._home(region, name) / "queue"

    def close(self) -> None:
        """Stop everything; the folders stay for the next start of the server."""
        with self._lock:
            deployments = [*self._live.values(), *self._starting]
            self._live.clear()
        self.backlogs.close()
        for deployment in deployments:
            deployment.stop()
        self.capture.close()
        self.telemetry.close()

    def _home(self, region: str, name: str) -> Path:
        return self.context.folder / "endpoints" / region / name

    def _replace(self, region: str, name: str, deployment: Deployment) -> None:
        with self._lock:
            closing = self.context.closing.is_set()
            old = self._live.get((region, name))
            if not closing:
                self._live[region, name] = deployment
        if closing:
            deployment.stop()
        elif old:
            old.stop(DRAIN_SECONDS)
            old.remove()

    def _variant(
        self, region: str, endpoint: str, folder: Path, config: dict[str, Any]
    ) -> Variant:
        name = config["VariantName"]
        definitions = config["_containers"]
        containers = []
        for number, definition in enumerate(definitions, 1):
            alone = "primary" if len(definitions) == 1 else f"container-{number}"
            containers.append(
                Container(
                    name=definition.get("ContainerHostname") or alone,
                    number=number,
                    definition=definition,
                    folder=folder / f"{name}-{number}",
                    instance_type=config.get("InstanceType", ""),
                    region=region,
                    context=self.context,
                    role=config.get("_role"),
                )
            )
        key = "ContainerStartupHealthCheckTimeoutInSeconds"
        variant = Variant(
            name,
            config.get("InitialVariantWeight", 1.0),
            config.get(key, STARTUP_SECONDS),
            containers,
            direct=config.get("_direct", False),
            role=config.get("_role"),
            stream=f"{name}/localaws-{folder.name}",
        )
        if limits := config.get("ServerlessConfig"):
            variant.slots = threading.Semaphore(limits["MaxConcurrency"])
        variant.workers = [
            self._worker(region, endpoint, variant.stream, container)
            for container in containers
        ]
        return variant

    def _worker(
        self, region: str, endpoint: str, stream: str, container: Container
    ) -> Worker:
        if container.name != "primary":
            stream += f"/{container.name}"

        def log(line: str) -> None:
            self.telemetry.line(region, endpoint, stream, container.shown(line))

        return Worker(container.launch, log)


def _unhealthy(variant: Variant, container: Container, worker: Worker) -> str:
    said = container.shown(worker.last_line)
    return (
        f"The {container.name} container for production variant {variant.name} did "
        "not pass the ping health check. Please check CloudWatch logs for this "
        "endpoint." + (f' Its last line: "{said[:500]}"' if said else "")
    )
