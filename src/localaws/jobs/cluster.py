"""The hosts of a training job: their names, their addresses, and where they meet."""

from __future__ import annotations

import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# What the SDK's environment.py tells torchrun and other drivers. All hosts of all jobs
# are this machine, so that each job needs a port of its own.
_PORT = "SM_MASTER_PORT = 7777"
_ADDRESS = 'SM_MASTER_ADDR = "algo-1"'


@dataclass(frozen=True)
class Cluster:
    """Hosts `algo-1`, `algo-2`, ... with their loopback addresses, and a free port."""

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

    def adapt(self, drivers: Path, *, names_known: bool) -> None:
        """Make the SDK's drivers in this folder meet at the job's own port.

        Where the hosts' names are not known (no namespace), at an address as well.
        """
        script = drivers / "scripts" / "environment.py"
        if len(self.hosts) == 1 or not script.is_file():
            return
        text = script.read_text().replace(_PORT, f"SM_MASTER_PORT = {self.port}")
        if not names_known:
            text = text.replace(_ADDRESS, f'SM_MASTER_ADDR = "{self.hosts["algo-1"]}"')
        script.write_text(text)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
