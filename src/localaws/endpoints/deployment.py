"""A deployment: the variants of an endpoint and their model servers, as they run."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import Any

from localaws.endpoints.variant import Variant
from localaws.machine.files import remove


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

    @property
    def instances(self) -> int:
        """How many instances run, or are being started or stopped."""
        return sum(len(variant.instances) for variant in self.variants)

    def start(self) -> None:
        """Start all servers and return once all are healthy; raises `CannotDeploy`."""
        for variant in self.variants:
            variant.begin(variant.instances)
        for variant in self.variants:
            variant.await_health(variant.instances)

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
            variant.stop()

    def remove(self) -> None:
        """Delete the folders; the servers must have been stopped."""
        remove(self.folder)
