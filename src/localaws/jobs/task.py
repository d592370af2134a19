"""What a job of any kind runs, and on which hosts: the record of a job, read once."""

from __future__ import annotations

import secrets
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localaws.api.errors import ServiceError, invalid
from localaws.machine.sandbox import PATHS, Sandbox, choose, isolation_works

MEETING = "LOCALAWS_MEETING"
MOST_INSTANCES = 8  # of one job: all of them share this machine


@dataclass(frozen=True)
class Cluster:
    """Hosts `algo-1`, `algo-2`, ... with their loopback addresses, and a free port.

    All hosts of all jobs are this machine, so that each job that has several needs a
    port of its own to meet at.
    """

    hosts: Mapping[str, str]
    port: int

    @classmethod
    def of(cls, count: int) -> Cluster:
        """Return a cluster of `count` hosts.

        Where the whole of 127/8 is loopback (Linux), each host has its own address.
        """
        names = [f"algo-{number}" for number in range(1, count + 1)]
        network = f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}"
        addresses = {
            name: f"{network}.{number}" for number, name in enumerate(names, 1)
        }
        if sys.platform != "linux":
            addresses = dict.fromkeys(names, "127.0.0.1")
        return cls(addresses, _free_port() if count > 1 else 0)

    @property
    def variables(self) -> dict[str, str]:
        """Return where several hosts meet, "address:port"; one meets nobody."""
        place = f"{self.hosts['algo-1']}:{self.port}"
        return {MEETING: place} if self.port else {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Input:
    """What S3 holds, as files below `path` before the job's processes start."""

    channel: Mapping[str, Any]  # as `channels.fetch` reads it
    path: str  # "/opt/ml/input/data/train"
    is_code: bool = False  # it may name /opt/ml, which is not there in every path mode
    read_only: bool = False


@dataclass(frozen=True)
class Kept:
    """A folder that is copied to S3 while the job runs; restored from there first."""

    uri: str
    path: str
    restored: bool = False


def _nothing(s3: Any, sandbox: Sandbox, cluster: Cluster) -> None:
    """Prepare nothing."""


@dataclass(frozen=True)
class Task:
    """A job as its hosts run it; which kind of job it is of, they do not know."""

    name: str
    group: str  # of its logs, and the namespace of its metrics
    image: str
    argv: Sequence[str]
    variables: Mapping[str, str]
    instance_type: str
    count: int
    role: str
    isolated: bool
    folders: Sequence[str]  # paths that are made before anything else
    # The files of a host, as JSON: by their paths, from its name and all hosts.
    files: Callable[[str, Cluster], Mapping[str, Any]]
    inputs: Sequence[Input] = ()
    kept: Sequence[Kept] = ()
    notes: Sequence[str] = ()  # lines at the beginning of the log
    # Makes a host ready when its inputs are there; may raise ChannelError, JobFailed.
    prepare: Callable[[Any, Sandbox, Cluster], None] = _nothing


def check_count(instance_type: str, count: int, words: str) -> None:
    """Raise what AWS answers to more instances than an account may have for a job."""
    if count > MOST_INSTANCES:
        raise ServiceError(
            "ResourceLimitExceeded",
            f"The account-level service limit '{instance_type} for {words} usage' is "
            f"{MOST_INSTANCES} Instances, with current utilization of 0 Instances and "
            f"a request delta of {count} Instances. Please use AWS Service Quotas to "
            "request an increase for this quota. If AWS Service Quotas is not "
            "available, contact AWS support to request an increase for this quota.",
        )


def check_sandbox(
    variables: Mapping[str, str], paths: str, isolated: bool, count: int
) -> None:
    """Raise where this machine cannot run a job as it asks; `paths` is the server's."""
    try:
        mode = choose(variables.get(PATHS, paths))
    except ValueError as error:
        raise invalid(f"{PATHS}: {error}.") from None
    if not isolated:
        return
    if mode != "namespace" or not isolation_works():
        allowed = "this kernel does not allow it"
        why = allowed if mode == "namespace" else f'{PATHS} comes to "{mode}"'
        raise invalid(
            "EnableNetworkIsolation: localaws cuts a job off the network only in a "
            f"namespace of Linux; here {why}."
        )
    if count > 1:
        raise invalid(
            "EnableNetworkIsolation: localaws isolates jobs of one instance only: it "
            "would cut several off each other as well."
        )
