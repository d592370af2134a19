"""EventBridge's rules that would never act are refused, and so are false sources."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from moto.events.models import EventPattern, Rule

from localaws.api.registry import Call
from localaws.neighbours.delivery import SENDERS, Target, rules_of
from localaws.neighbours.guards import guard, refused
from localaws.records.store import KINDS

SOURCE = "aws.sagemaker"
_NOT_YOURS = {
    "ErrorCode": "NotAuthorizedForSourceException",
    "ErrorMessage": "Not authorized for the source.",
}


@guard("events", "PutRule")
def refuse_rules(call: Call) -> None:
    """Refuse a rule that would never act: on a schedule, or of events that none sends.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    """
    try:
        pattern = json.loads(call.input.get("EventPattern") or "{}")
    except ValueError:
        return  # moto says what is wrong with it
    found = _rule(call, call.input["Name"])
    targets = found.targets if found else ()
    check(bool(call.input.get("ScheduleExpression")), pattern, targets)


def check(scheduled: bool, pattern: Any, targets: Iterable[Target]) -> None:
    """Raise ServiceError if a rule, or one of its targets, would never do anything."""
    if scheduled:
        raise refused(
            "localaws has no clock for EventBridge: a rule on a schedule would never "
            "fire here."
        )
    if _hears(pattern) and not any(_fits(pattern, kind) for kind in detail_types()):
        raise refused(
            "localaws sends no such event of SageMaker: the rule would never fire. It "
            f"sends {', '.join(detail_types())}."
        )
    _check_targets(pattern, targets)


@guard("events", "PutTargets")
def refuse_targets(call: Call) -> None:
    """Refuse a target that would never be told of an event of SageMaker.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
    """
    if found := _rule(call, call.input["Rule"]):
        pattern: Any = found.event_pattern.get_pattern()
        _check_targets(pattern, call.input["Targets"])


@guard("events", "PutEvents")
def refuse_sources(call: Call) -> dict[str, Any] | None:
    """Refuse the entries that pretend to come from AWS, and send the others.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
    """
    entries = call.input["Entries"]
    others = [one for one in entries if not one.get("Source", "").startswith("aws.")]
    if len(others) == len(entries):
        return None
    client = call.context.clients.get("events", call.region)
    said = iter(client.put_events(Entries=others)["Entries"] if others else ())
    told = [next(said) if one in others else _NOT_YOURS for one in entries]
    failed = sum("ErrorCode" in one for one in told)
    return {"FailedEntryCount": failed, "Entries": told}


def _rule(call: Call, name: str) -> Rule | None:
    bus = call.input.get("EventBusName", "default").rpartition("/")[2]
    rules = rules_of(call.context, call.region, bus)
    return next((rule for rule in rules if rule.name == name), None)


def _hears(pattern: dict[str, Any]) -> bool:
    """Return whether a pattern is about events of SageMaker."""
    return bool(pattern) and _matches(pattern, source=SOURCE)


def _fits(pattern: dict[str, Any], detail_type: str) -> bool:
    return _matches(pattern, **{"source": SOURCE, "detail-type": detail_type})


def _matches(pattern: dict[str, Any], **members: str) -> bool:
    """Return whether a pattern asks nothing else of these members of an event."""
    event: Any = members
    kept = {key: asked for key, asked in pattern.items() if key in members}
    return EventPattern(None, kept).matches_event(event)


def _check_targets(pattern: dict[str, Any], targets: Iterable[Target]) -> None:
    if not any(_fits(pattern, kind) for kind in detail_types() if pattern):
        return
    for target in targets:
        arn = target["Arn"]
        service, resource = (*arn.split(":", 5), "", "", "")[2:6:3]
        bus = service == "events" and resource.startswith("event-bus/")
        if not bus and service not in SENDERS:
            raise refused(
                f'localaws delivers no events of SageMaker to "{arn}": it sends them '
                f"to event buses and to targets of {', '.join(SENDERS)}."
            )


def detail_types() -> list[str]:
    """Return the detail types of the events that this server sends."""
    told = [kind for kind in KINDS.values() if kind.told]
    found = [kind.detail_types or (detail_type(kind.name),) for kind in told]
    return [one for types in found for one in types]


def detail_type(kind: str) -> str:
    """Return the detail type of a kind's events: "SageMaker Training Job State Change".

    https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-sagemaker.html
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind)
    return (
        f"SageMaker {words.replace('Hyper Parameter', 'HyperParameter')} State Change"
    )
