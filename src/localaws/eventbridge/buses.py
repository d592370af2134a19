"""Buses: an event goes to the targets of those rules that it matches."""

from __future__ import annotations

import functools
import json
import logging
import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from moto.events.models import Rule, events_backends

from localaws.api.registry import Context
from localaws.eventbridge import inputs, patterns
from localaws.eventbridge.deliveries import Deliveries
from localaws.eventbridge.inputs import Event, Target
from localaws.eventbridge.matchers import BadPattern
from localaws.eventbridge.targets import service_of

Buses = tuple[str, ...]  # ARNs, or "default", of buses that an event has come through

logger = logging.getLogger("localaws")

_ARCHIVED = "Events-Archive-"  # begins the name of an archive's own rule


def setup(context: Context) -> None:
    """Deliver, also what moto would: replays of archives."""
    deliveries = context.add(Deliveries(context))
    context.on_start(deliveries.start)
    context.on_close(deliveries.close)
    patched: Any = Rule
    patched.send_to_targets = functools.partialmethod(_sent_by_moto, context)


def event_of(
    context: Context,
    region: str,
    source: str,
    detail_type: str,
    resources: list[str],
    detail: dict[str, Any],
) -> Event:
    """Return a new event of a service.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
    """
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": context.account,
        "time": moment(context.clock.now()),
        "region": region,
        "resources": resources,
        "detail": detail,
    }


def moment(seconds: float) -> str:
    """Return a time as events have it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def deliver(
    context: Context, region: str, event: Event, buses: Buses = ("default",)
) -> None:
    """Accept an event for the targets of those rules of the last bus that it matches.

    It has come through the other buses, and is not sent to one of them again.
    """
    for rule in list(rules_of(context, region, buses[-1])):
        if rule.state == "ENABLED" and _matches(rule, event):
            to_targets(context, rule, event, buses)


def to_targets(
    context: Context, rule: Rule, event: Event, buses: Buses = ("default",)
) -> None:
    """Accept an event for the targets of a rule."""
    for target in list(rule.targets):
        service, region, resource = service_of(target["Arn"])
        if service == "events":
            _pass_on(context, rule, event, buses, region, resource)
        else:
            _put(context, rule, target, event)


def rules_of(context: Context, region: str, bus: str) -> Iterable[Rule]:
    """Return the rules of an event bus; none where there is no such bus."""
    found = events_backends[context.account][region].event_buses.get(bus)
    return found.rules.values() if found else ()


def all_rules(context: Context) -> Iterator[Rule]:
    """Yield the rules of all buses in all regions."""
    found: Any = dict(events_backends).get(context.account, {})  # itself it makes them
    for backend in list(found.values()):
        for bus in list(backend.event_buses.values()):
            yield from list(bus.rules.values())


def _matches(rule: Rule, event: Event) -> bool:
    text = rule.event_pattern.dump()
    try:
        return bool(text) and patterns.parse(text).matches(event)
    except BadPattern:  # of an earlier server that took it
        return False


def _pass_on(
    context: Context, rule: Rule, event: Event, buses: Buses, region: str, resource: str
) -> None:
    kind, _, name = resource.partition("/")
    if kind == "event-bus":
        if name not in buses:
            deliver(context, region, event, (*buses, name))
        return
    backend = events_backends[context.account][rule.region_name]
    archive = backend.archives.get(rule.name.removeprefix(_ARCHIVED))
    if archive:  # it is the target of its own rule
        kept: Any = {**event, "ingestion-time": context.clock.now()}
        archive.events.append(kept)


def _put(context: Context, rule: Rule, target: Target, event: Event) -> None:
    text = inputs.text_of(target, event, rule.arn)
    context.part(Deliveries).put(target, text, json.dumps(event), rule.arn)


def _sent_by_moto(
    self: Rule, context: Context, event: Any, transform_input: bool = True
) -> None:
    """Send a replayed event as any other; what else moto would send, not at all."""
    backend = events_backends[context.account][self.region_name]
    replay = backend.replays.get(event.get("replay-name", ""))
    if replay is None or self.state != "ENABLED":
        return
    given = {name: value for name, value in event.items() if name != "ingestion-time"}
    start, end = float(replay.event_start_time), float(replay.event_end_time)
    wished = replay.destination.get("FilterArns") or [self.arn]
    within = start <= event["ingestion-time"] <= end and self.arn in wished
    if within and _matches(self, given):
        to_targets(context, self, given, (self.event_bus_name,))
