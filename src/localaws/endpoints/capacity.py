"""How many instances of endpoints this machine has room for."""

from __future__ import annotations

from collections.abc import Sequence

from localaws.api.errors import ServiceError
from localaws.api.registry import Context
from localaws.endpoints.fleet import Fleet
from localaws.machine.usage import MEMORY

EACH = 1024**3  # bytes of this machine's memory that an instance is taken to need
MOST = max(1, MEMORY // EACH)


def refuse(context: Context, wanted: Sequence[int], more: int) -> None:
    """Raise `ResourceLimitExceeded` where this machine has no room for instances.

    `wanted` is how many each variant is to have, `more` how many are to be started.
    A variant's first instance is never refused: it may be a small one.
    https://docs.aws.amazon.com/sagemaker/latest/dg/regions-quotas.html
    """
    running = context.part(Fleet).instances
    if max(wanted, default=1) > 1 and running + more > MOST:
        raise ServiceError(
            "ResourceLimitExceeded",
            f"The limit for instances of endpoints on this machine is {MOST} Instances "
            f"(one for each GB of its memory), with current utilization of {running} "
            f"Instances and a request delta of {more} Instances.",
        )
