"""The endpoints that are alive, and which deployment answers for each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localaws.api.registry import Context
from localaws.endpoints.backlog import Backlogs
from localaws.endpoints.capture import Capture
from localaws.endpoints.deployment import Deployment, Variant
from localaws.endpoints.telemetry import Telemetry
from localaws.endpoints.usage import Usage
from localaws.machine.files import remove
from localaws.models.chain import placed
from localaws.models.containers import CannotDeploy, Container
from localaws.models.workers import Worker

STARTUP_SECONDS = 600
DRAIN_SECONDS = 60


class Fleet:
    """Which deployment answers for each endpoint of the server."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.telemetry = Telemetry(context)
        self.capture = Capture(context, self.telemetry)
        self.backlogs = Backlogs()
        # Guards which deployment answers and which ones start: a request takes hold of
        # one, and an update replaces it.
        self._lock = threading.Lock()
        self._live: dict[tuple[str, str], Deployment] = {}
        self._starting: set[Deployment] = set()
        self.usage = Usage(context, lambda: dict(self._live))

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
        remove(self._home(region, name))

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
        self.usage.close()
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
        containers = placed(
            config["_containers"],
            folder / name,
            config.get("InstanceType", ""),
            region,
            self.context,
            config.get("_role"),
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
