"""The hosts of a job that trains on several: each with its part of the data.

https://xgboost.readthedocs.io/en/stable/python/python_api.html#module-xgboost.collective
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from xgboost.collective import CommunicatorContext
from xgboost.tracker import RabitTracker

MEETING = "LOCALAWS_MEETING"  # "address:port", where the hosts of a job meet
PATIENCE = 120  # seconds until all must have come
RETRIES = 20  # of a host that comes before the first

logger = logging.getLogger(__name__)


@contextmanager
def joined(machine: Mapping[str, Any]) -> Iterator[bool]:
    """Let XGBoost's rounds be those of all hosts; yield whether this one is the first.

    The first host counts them and keeps the model.
    """
    hosts, host = sorted(machine["hosts"]), machine["current_host"]
    if len(hosts) == 1:
        logger.info("Single node training.")
        yield True
        return
    count = len(hosts)
    logger.info("Distributed node training with %d hosts: %s", count, hosts)
    address, _, port = os.environ[MEETING].partition(":")
    is_first = host == hosts[0]
    tracker = _tracker(address, int(port), count) if is_first else None
    with CommunicatorContext(
        dmlc_tracker_uri=address,
        dmlc_tracker_port=int(port),
        dmlc_task_id=host,
        dmlc_retry=RETRIES,
    ):
        yield is_first
    if tracker is not None:
        tracker.wait_for(PATIENCE)


def _tracker(address: str, port: int, count: int) -> RabitTracker:
    """Return what the hosts meet at, begun."""
    tracker = RabitTracker(
        n_workers=count, host_ip=address, port=port, sortby="task", timeout=PATIENCE
    )
    tracker.start()
    return tracker
