"""Changes of endpoints: created, updated without a gap, rolled back, brought back."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable
from typing import Any

from localaws.api.registry import Context
from localaws.endpoints import asynchronous
from localaws.endpoints.deployment import Deployment
from localaws.endpoints.fleet import DRAIN_SECONDS, Fleet
from localaws.endpoints.record import ENDPOINT, changing, count, shared, summary
from localaws.endpoints.rollout import Rollout
from localaws.endpoints.strategy import AT_ONCE, Strategy
from localaws.machine.shown import ROOT, neutral
from localaws.models.containers import CannotDeploy
from localaws.records.store import Store, Table

CUT_OFF = "The server ended during the update: the old configuration is back."
AGAIN = 1.0  # seconds until an end that could not be recorded is tried again

logger = logging.getLogger("localaws")


def create(context: Context, table: Table, name: str) -> None:
    """Bring an endpoint into service from its record."""
    record = table.get(name)
    config, number = record["_config"], record["_number"]
    reason = _start(context, table, name, number, config)
    if context.closing.is_set():
        return
    if reason:
        table.update(name, EndpointStatus="Failed", FailureReason=reason)
        return
    rows = [summary(variant) for variant in config["ProductionVariants"]]
    table.update(name, EndpointStatus="InService", ProductionVariants=rows)


def update(
    context: Context,
    table: Table,
    name: str,
    new_name: str,
    config: dict[str, Any],
    strategy: Strategy = AT_ONCE,
) -> None:
    """Bring another configuration into service; the old one goes on if it fails."""
    number = table.get(name)["_number"] + 1
    run = Rollout(context, table, name, strategy).run
    reason = _start(context, table, name, number, config, run)
    if context.closing.is_set():
        return
    with table.edit(name) as record:
        record["EndpointStatus"] = "InService"
        record.pop("PendingDeploymentSummary", None)
        record["_number"] = number
        if reason:
            record["FailureReason"] = reason
            return
        for member in ("FailureReason", "AsyncInferenceConfig", "DataCaptureConfig"):
            record.pop(member, None)
        record["EndpointConfigName"] = new_name
        rows = [summary(variant) for variant in config["ProductionVariants"]]
        record |= {"ProductionVariants": rows, "_config": config, **shared(config)}


def rescale(context: Context, table: Table, name: str) -> None:
    """Give variants the instances that were wished for; else they stay as they are."""
    wishes, reason = changing(table.get(name)), ""
    deployment = context.part(Fleet).live(table.region, name)
    variants = deployment.variants if deployment else []
    try:
        for variant in variants:
            variant.resize(wishes.get(variant.name, variant.size), DRAIN_SECONDS)
    except CannotDeploy as error:
        reason = shown(context, str(error))
    except Exception as error:
        reason = _unexpected(context, name, error)
    if context.closing.is_set():
        return
    with table.edit(name) as record:
        count(record, {variant.name: variant.size for variant in variants})
        record["EndpointStatus"] = "InService"
        record.pop("FailureReason", None)
        if reason:
            record["FailureReason"] = reason


def _start(
    context: Context,
    table: Table,
    name: str,
    number: int,
    config: dict[str, Any],
    run: Callable[[Deployment], None] | None = None,
) -> str:
    """Start a deployment, by `run` where one is before it; return why it cannot serve.

    Nothing where it does.
    """
    fleet = context.part(Fleet)
    try:
        deployment = fleet.build(table.region, name, number, config)
        if run:
            deployment.remove()  # a server that was killed may have left another's
            run(deployment)
        else:
            fleet.start(table.region, name, deployment)
    except CannotDeploy as error:
        return shown(context, str(error))
    except Exception as error:
        return _unexpected(context, name, error)
    return ""


def _unexpected(context: Context, name: str, error: Exception) -> str:
    logger.exception("could not start the endpoint %s", name)
    words = f"The endpoint could not be started: {type(error).__name__}: {error}"
    return shown(context, words)


def shown(context: Context, text: str) -> str:
    """Return a reason with the paths that a container has, and no folder of ours."""
    for root in {str(context.folder), os.path.realpath(context.folder)}:
        ml = rf"{re.escape(root)}/endpoints(/[^/\s]+){{4}}/ml\b"
        text = re.sub(ml, ROOT, text).replace(root, "/opt/localaws")
    return neutral(text, context.folder)


def resume(context: Context) -> None:
    """Start again what was in service, or on its way, when the server ended."""
    store = context.part(Store)
    for region in store.regions():
        table = store.table(ENDPOINT, region)
        for name in table.names(besides=["Failed"]):
            try:
                _resume(context, table, name)
            except OSError:  # a full disk: it is as it was until the next start
                logger.exception("could not bring the endpoint %s back", name)
            except Exception as error:  # it lacks what an endpoint's record has
                table.set_aside(name, error)


def _resume(context: Context, table: Table, name: str) -> None:
    status = table.get(name)["EndpointStatus"]
    if status == "Deleting":
        context.part(Fleet).end(table.region, name)
        table.delete(name)
        return
    if status != "Creating":
        with table.edit(name) as record:
            record["EndpointStatus"] = "SystemUpdating"
            if record.pop("PendingDeploymentSummary", None):
                record["FailureReason"] = CUT_OFF
    in_background(_recreate, context, table, name)


def _recreate(context: Context, table: Table, name: str) -> None:
    """Bring an endpoint back, then answer what had waited for it before."""
    waiting = asynchronous.waiting(context, table.region, name)
    create(context, table, name)
    asynchronous.resume(waiting)


def in_background(
    change: Callable[..., None],
    context: Context,
    table: Table,
    name: str,
    *arguments: Any,
) -> None:
    """Let a change go on after its operation has answered, in a thread of its own.

    The endpoint never stays in the middle of one: what nobody expected fails it.
    """

    def run() -> None:
        try:
            change(context, table, name, *arguments)
        except Exception as error:
            reason = _unexpected(context, name, error)
            while table.exists(name) and not context.closing.is_set():
                try:
                    table.update(name, EndpointStatus="Failed", FailureReason=reason)
                    return
                except OSError:  # a full disk: there may be room again
                    logger.exception("could not record the end of %s", name)
                    context.closing.wait(AGAIN)

    threading.Thread(target=run, daemon=True).start()
