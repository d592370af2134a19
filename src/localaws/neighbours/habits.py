"""moto's own pages, for who is used to them: only where the door is open.

https://docs.getmoto.org/en/latest/docs/server_mode.html
"""

from __future__ import annotations

import re

from localaws.api.protocol import Environ
from localaws.api.registry import LISTS, Context
from localaws.neighbours.guards import refused
from localaws.persistence.keeper import Keeper
from localaws.records.store import KINDS, Store

RESET = "/moto-api/reset"
_SERVED = re.compile(
    rf"/moto-api(/(lib\.js|data\.json|seed|config|state-manager/[a-z-]+)?)?|{RESET}"
)


def check(context: Context, environ: Environ) -> bool:
    """Return whether a request, one of moto's own pages, is to be followed by a start.

    Raises ServiceError for what must not be done, or would be done by half only.
    """
    path = environ["PATH_INFO"]
    if not path.startswith("/moto-api"):
        return False
    if not context.open_door:
        raise refused(f'"{path}" is served by localaws started with --open only.')
    if not _SERVED.fullmatch(path):
        raise refused(f'localaws does not serve "{path}" of moto.')
    if path != RESET or environ["REQUEST_METHOD"] != "POST":
        return False
    if context.find(Keeper):
        raise refused(
            "This server keeps what is there on disk: a reset would be undone by the "
            "next start. Stop it and remove its folder, or use `localaws run --open`."
        )
    if left := _records(context.part(Store)):
        raise refused(f"Delete what is left of SageMaker before a reset: {left}.")
    for name, rows in LISTS.items():
        if rows(context):
            raise refused(f"Delete the {name} before a reset: {rows(context)[0][0]}.")
    return True


def _records(store: Store) -> str:
    """Return the first records of SageMaker's by kind and name."""
    found = (
        f"{kind.words} {name}"
        for region in store.regions()
        for kind in KINDS.values()
        for name in store.table(kind, region).names()
    )
    return ", ".join([name for name, _ in zip(found, range(5), strict=False)])
