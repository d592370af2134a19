"""Rules on a schedule: each fires when its expression says, while it is enabled."""

from __future__ import annotations

from typing import Any

from moto.events.models import Rule, events_backends

from localaws.api.registry import Context
from localaws.eventbridge.buses import all_rules, event_of, to_targets
from localaws.eventbridge.cron import BadExpression
from localaws.eventbridge.expressions import rule_expression

_made: Any = Rule.__init__


def setup(context: Context) -> None:
    """Let rules fire that are made from now on, and those of an earlier server."""
    patched: Any = Rule
    patched.__init__ = lambda self, *given, **more: _make(context, self, given, more)
    context.on_start(lambda: _resume(context))


def _make(context: Context, rule: Any, given: Any, more: dict[str, Any]) -> None:
    _made(rule, *given, **more)
    if rule.scheduled_expression:
        rule.since = context.clock.now()  # a rate counts from here
        _await(context, rule, rule.since)


def _resume(context: Context) -> None:
    """Go on with the rules that are there; what fell due meanwhile does not fire."""
    for rule in all_rules(context):
        if rule.scheduled_expression:
            _await(context, rule, context.clock.now())


def _await(context: Context, rule: Any, moment: float) -> None:
    """Let a rule fire at its next time after a moment."""
    try:
        expression = rule_expression(rule.scheduled_expression)
    except BadExpression:  # nobody has asked whether it is one: PutRule does
        return
    due = expression.after(moment, rule.since)
    if due is not None:
        context.clock.at(due, lambda: _fire(context, rule, due))


def _fire(context: Context, rule: Any, due: float) -> None:
    """Send the targets of a rule their event, unless it was put anew or is gone."""
    backend = events_backends[context.account][rule.region_name]
    bus = backend.event_buses.get(rule.event_bus_name)
    current: Any = bus.rules.get(rule.name) if bus else None
    if current is None or getattr(current, "since", None) != rule.since:
        return
    _await(context, current, due)
    if current.state == "ENABLED":
        kind, place = "Scheduled Event", [current.arn]
        event = event_of(context, rule.region_name, "aws.events", kind, place, {})
        to_targets(context, current, event)
