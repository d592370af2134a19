"""A function is run on all hosts of a job, as one training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from localaws.algorithms.cluster import joined


def wait_hostname_resolution(sm_hosts: Sequence[str]) -> None:
    """Hosts that are one machine wait for nobody's name."""


def rabit_run(
    exec_fun: Callable[..., Any],
    args: dict[str, Any],
    include_in_training: bool,
    hosts: Sequence[str],
    current_host: str,
    *ports: Any,
    update_rabit_args: bool = False,
    **more: Any,
) -> None:
    """Run a function on each host, told whether its host is the first."""
    if not include_in_training:
        raise ValueError(f"localaws: {current_host} has no data: give each host some")
    with joined({"hosts": list(hosts), "current_host": current_host}) as is_first:
        told = {"is_master": is_first} if update_rabit_args else {}
        exec_fun(**{**args, **told})
