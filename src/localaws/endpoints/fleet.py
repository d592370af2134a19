"""The endpoints that are alive, and which deployment answers for each."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localaws.api.registry import Context
from localaws.endpoints.backlog import Backlogs
from localaws.endpoints.capture import Capture
from localaws.endpoints.deployment import Deployment
from localaws.endpoints.serverless import Serverless, idle
from localaws.endpoints.telemetry import Telemetry
from localaws.endpoints.usage import Usage
from localaws.endpoints.variant import Instance, Variant
from localaws.machine.files import remove
from localaws.models.chain import placed
from localaws.models.containers import CannotDeploy, Container
from localaws.models.workers import Worker

STARTUP = "ContainerStartupHealthCheckTimeoutInSeconds"
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
        # The deployments that are to follow, and the share of requests they have.
        self._next: dict[tuple[str, str], tuple[Deployment, float]] = {}
        self.usage = Usage(context, lambda: dict(self._live))
        self.telemetry.watch(self._variants)

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
        self.launch(deployment)
        self.settle(region, name, deployment)

    def launch(self, deployment: Deployment) -> None:
        """Start the servers of a deployment, which answers nothing yet.

        Raises `CannotDeploy`, and then nothing of it is left.
        """
        with self._lock:
            self._starting.add(deployment)
        try:
            if self.context.closing.is_set():
                raise CannotDeploy("The server is stopping.")
            deployment.start()
            self.telemetry.flush()  # the log exists once the endpoint is in service
        except BaseException:
            self._drop(deployment)
            raise

    def shift(
        self, region: str, name: str, deployment: Deployment, share: float
    ) -> None:
        """Let a deployment that was launched answer a share of the requests, 0 to 1."""
        with self._lock:
            self._next[region, name] = deployment, share

    def settle(self, region: str, name: str, deployment: Deployment) -> None:
        """Let a deployment answer all requests, and end the one before."""
        with self._lock:
            closing = self.context.closing.is_set()
            old = self._live.get((region, name))
            self._next.pop((region, name), None)
            self._starting.discard(deployment)
            if not closing:
                self._live[region, name] = deployment
        if closing:
            deployment.stop()
        elif old:
            old.stop(DRAIN_SECONDS)
            old.remove()

    def withdraw(self, region: str, name: str, deployment: Deployment) -> None:
        """Let the deployment before answer all again, and end the one that was new."""
        with self._lock:
            self._next.pop((region, name), None)
        self._drop(deployment, DRAIN_SECONDS)

    def live(self, region: str, name: str) -> Deployment | None:
        """Return the deployment that answers for an endpoint."""
        return self._live.get((region, name))

    @contextmanager
    def use(self, region: str, name: str) -> Iterator[Deployment | None]:
        """Yield the deployment that answers now; it lives until this ends."""
        with self._lock:
            deployment = self._live.get((region, name))
            new, share = self._next.get((region, name), (None, 0.0))
            if new and random.random() < share:
                deployment = new
            if deployment:
                deployment.acquire()
        try:
            yield deployment
        finally:
            if deployment:
                deployment.release()

    @property
    def instances(self) -> int:
        """How many instances of all endpoints there are."""
        with self._lock:
            return sum(one.instances for one in {*self._live.values(), *self._starting})

    def end(self, region: str, name: str) -> None:
        """Stop an endpoint's servers now and delete all that it has on disk."""
        with self._lock:
            deployment = self._live.pop((region, name), None)
        self.backlogs.end(region, name)
        if deployment:
            deployment.stop()
            self.capture.flush()
        remove(self._home(region, name))

    def _variants(self) -> list[tuple[str, str, str]]:
        """Return the variants that have instances: region, endpoint, name."""
        return [
            (*place, variant.name)
            for place, deployment in list(self._live.items())
            for variant in deployment.variants
            if variant.slots is None
        ]

    def queue(self, region: str, name: str) -> Path:
        """Return the folder of the asynchronous requests that wait for an endpoint."""
        return self._home(region, name) / "queue"

    def close(self) -> None:
        """Stop everything; the folders stay for the next start of the server."""
        with self._lock:
            deployments = {*self._live.values(), *self._starting}
            self._live.clear()
            self._next.clear()
        self.backlogs.close()
        for deployment in deployments:
            deployment.stop()
        self.usage.close()
        self.capture.close()
        self.telemetry.close()

    def _home(self, region: str, name: str) -> Path:
        return self.context.folder / "endpoints" / region / name

    def _drop(self, deployment: Deployment, drain: float = 0) -> None:
        """End a deployment that does not answer; a next server may go on with it."""
        deployment.stop(drain)
        if not self.context.closing.is_set():
            deployment.remove()
        with self._lock:
            self._starting.discard(deployment)

    def _variant(
        self, region: str, endpoint: str, folder: Path, config: dict[str, Any]
    ) -> Variant:
        name = config["VariantName"]
        stream = f"{name}/localaws-{folder.name}"

        def make(number: int) -> Instance:
            return self._instance(region, endpoint, folder, config, number, stream)

        limits = config.get("ServerlessConfig")
        members: dict[str, Any] = {
            "startup": config.get(STARTUP, STARTUP_SECONDS),
            "make": make,
            "instances": [make(n + 1) for n in range(_count(config))],
            "direct": config.get("_direct", False),
            "at_random": config.get("RoutingConfig") == {"RoutingStrategy": "RANDOM"},
            "role": config.get("_role"),
            "stream": stream,
        }
        shares = name, config.get("InitialVariantWeight", 1.0)
        if limits is None:
            return Variant(*shares, **members)
        slots = threading.Semaphore(limits["MaxConcurrency"])
        awake = "ProvisionedConcurrency" in limits
        clock = None if awake else self.context.clock
        members |= {"clock": clock, "idle": idle(config["_containers"])}
        return Serverless(*shares, **members, slots=slots)

    def _instance(
        self,
        region: str,
        endpoint: str,
        folder: Path,
        config: dict[str, Any],
        number: int,
        stream: str,
    ) -> Instance:
        """Return an instance in a folder, and with a log, of its own."""
        apart = number > 1
        containers = placed(
            config["_containers"],
            folder / (config["VariantName"] + (f".{number}" if apart else "")),
            config.get("InstanceType", ""),
            region,
            self.context,
            config.get("_role"),
        )
        stream += f"-{number}" if apart else ""
        workers = [self._worker(region, endpoint, stream, one) for one in containers]
        return Instance(containers, workers)

    def _worker(
        self, region: str, endpoint: str, stream: str, container: Container
    ) -> Worker:
        if container.name != "primary":
            stream += f"/{container.name}"

        def log(line: str) -> None:
            self.telemetry.line(region, endpoint, stream, container.shown(line))

        return Worker(container.launch, log)


def _count(config: dict[str, Any]) -> int:
    """Return how many instances a variant begins with; one if it is serverless."""
    return 1 if "ServerlessConfig" in config else config.get("InitialInstanceCount", 1)
