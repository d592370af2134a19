"""What moto holds in memory, kept on disk for the next start of the server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from localaws.machine.files import UNREADABLE, below, set_aside
from localaws.persistence import listing  # noqa: F401  replaces lists of moto
from localaws.persistence.backends import Logs, Metrics, Sessions, Users
from localaws.persistence.buckets import Buckets
from localaws.persistence.buses import Buses
from localaws.persistence.functions import Functions
from localaws.persistence.images import Images
from localaws.persistence.keyring import Keyring
from localaws.persistence.queues import Queues
from localaws.persistence.setbacks import SETBACKS
from localaws.persistence.topics import Topics


class Part(Protocol):
    """What keeps one service in one region."""

    def load(self) -> None:
        """Bring back what an earlier server kept."""

    def keep(self, environ: dict[str, Any]) -> None:
        """Write what a request that succeeded has changed."""


class Keeper:
    """Keeps S3, Lambda, EventBridge, SNS, SQS, KMS, ECR, CloudWatch with its Logs,
    IAM and STS.

    Called after each request: its answer is sent when what it says is written, so that
    the process may be killed at any time; what the operating system has not written
    yet dies with the machine.

    Not kept: uploads in parts that are not completed, Logs queries and exports, every
    other service of moto, and what one service does in another (a bucket made by
    CloudFormation is kept with the next request to that bucket).
    """

    def __init__(self, folder: Path, account: str) -> None:
        self.folder = folder
        self._lock = threading.RLock()  # guards the parts: each is made once
        self._parts: dict[tuple[str, str], Part] = {}  # by service and region
        self._makers: dict[str, Callable[[str, Path], Part]] = {
            "s3": lambda region, folder: Buckets(folder, account),
            "iam": lambda region, folder: Users(folder, account),
            "sts": lambda region, folder: Sessions(folder, account),
            "events": lambda region, folder: Buses(folder, account, region),
            "logs": lambda region, folder: Logs(folder, account, region),
            "lambda": lambda region, folder: Functions(folder, account, region),
            "sns": lambda region, folder: Topics(folder, account, region),
            "sqs": lambda region, folder: Queues(folder, account, region),
            "kms": lambda region, folder: Keyring(folder, account, region),
            "ecr": lambda region, folder: Images(folder, account, region),
            "monitoring": lambda region, folder: Metrics(folder, account, region),
        }

    def load(self) -> None:
        """Bring back what an earlier server kept, less what it had half written."""
        for path in below(self.folder):
            if path.name.startswith("."):
                path.unlink()
        for service in self._makers:
            for folder in sorted((self.folder / service).glob("*")):
                if not folder.name.endswith(UNREADABLE):
                    self._load(service, folder)

    def _load(self, service: str, folder: Path) -> None:
        try:
            self._part(service, folder.name).load()
        except Exception as error:  # it may be anything
            set_aside(folder, error)

    def keep(
        self, service: str, region: str, environ: dict[str, Any], since: int
    ) -> None:
        """Write what a request that succeeded has changed.

        OSError where the disk does not take it: then memory is as the disk is. Also
        where it did not take another's since the count of setbacks was `since`, before
        this request: what it changed may have been undone with that.
        """
        if service in self._makers:
            place = "aws" if service in ("s3", "iam", "sts") else region
            self._part(service, place).keep(environ)
            if _changes(environ):
                self.keep_messages()
                SETBACKS.check(since)

    def keep_messages(self) -> None:
        """Write what other services have sent to queues, or taken from them."""
        with self._lock:
            parts = list(self._parts.values())
        for part in parts:
            if isinstance(part, Queues):
                part.keep_messages()

    def _part(self, service: str, place: str) -> Part:
        with self._lock:
            if (service, place) not in self._parts:
                folder = self.folder / service / place
                self._parts[service, place] = self._makers[service](place, folder)
            return self._parts[service, place]


def _changes(environ: dict[str, Any]) -> bool:
    """Return whether a request may change anything."""
    operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[2]
    reads = operation.startswith(("Describe", "Filter", "Get", "List"))
    return environ["REQUEST_METHOD"] not in ("GET", "HEAD") and not reads
