"""What the operations on jobs of all kinds share: describe, stop, delete, list."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from localaws.api.errors import in_use, invalid
from localaws.api.registry import Call, Context
from localaws.jobs.run import DONE, Jobs
from localaws.records.store import Kind, Record, Table, table_of

# Seconds that a Describe of a running job may wait for its end: from the third look,
# at the second, and where somebody follows the log.
HOLD, HOLD_SECOND, HOLD_READERS = 20, 6, 5
_REJECTED = "The request was rejected because the {0.words} is in status {1}."


class Looked(Protocol):
    """What runs, and how often a Describe has looked at it."""

    looks: int


def describe(call: Call, kind: Kind) -> Record:
    """Return a job; the second look at a running one waits for a change of status.

    A client that polls learns of the end when it comes, not at its next look.
    """
    table, name = known(call, kind)
    record = table.describe(name)
    run = call.context.part(Jobs).find(table, name)
    if run is None or record[kind.status] in DONE:
        return record
    hold(call.context, table, name, run, record[kind.status])
    return table.describe(name)


def hold(context: Context, table: Table, name: str, run: Looked, before: str) -> None:
    """Wait until a status is not as `before`, as long as this look may wait."""
    status = table.kind.status
    run.looks += 1
    table.wait(
        name,
        lambda now: now[status] != before or context.closing.is_set(),
        patience(run.looks, context.log_read),
    )


def patience(looks: int, log_read: float) -> float:
    """Return how long a look may wait: not long for those who read the log as well."""
    if looks <= 2:
        return (0, HOLD_SECOND)[looks - 1]
    return HOLD_READERS if time.monotonic() - log_read < 60 else HOLD


def stop(
    call: Call, kind: Kind, note: Callable[[Record], None] = lambda record: None
) -> dict[str, Any]:
    """Ask a job to stop: SIGTERM, and SIGKILL after 120 seconds.

    `note` writes into its record that it is stopping, beyond its status.
    """
    table, name = known(call, kind)
    with table.edit(name) as record:
        status = record[kind.status]
        if status in DONE:
            raise invalid(_REJECTED.format(kind, status))
        if status != "Stopping":
            record[kind.status] = "Stopping"
            note(record)
    run = call.context.part(Jobs).find(table, name)
    if run is not None:
        run.request_stop("Stopped")
    return {}


def delete(call: Call, kind: Kind) -> dict[str, Any]:
    """Forget a job that has ended; what it stored and its log stay."""
    table, name = known(call, kind)
    status = table.get(name)[kind.status]
    if status not in DONE:
        raise in_use(_REJECTED.format(kind, status))
    table.delete(name)
    return {}


def summaries(call: Call, kind: Kind, order: str) -> dict[str, Any]:
    """Return one page of summaries; `order` is the operation's own."""
    rows, more = table_of(call, kind).page(call.input, order=order)
    return {f"{kind.name}Summaries": rows, **more}


def known(call: Call, kind: Kind) -> tuple[Table, str]:
    """Return table and name of the job that a request names, in AWS's words if none."""
    table, name = table_of(call, kind), call.input[kind.key]
    if not table.exists(name):
        raise invalid("Requested resource not found.")
    return table, name
