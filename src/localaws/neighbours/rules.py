"""EventBridge: rules, targets and events that would come to nothing are refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from moto.events.models import Rule, events_backends

from localaws.api.errors import ServiceError, invalid
from localaws.api.registry import Call, operation
from localaws.eventbridge import patterns
from localaws.eventbridge.buses import deliver, event_of, moment, rules_of
from localaws.eventbridge.cron import BadExpression
from localaws.eventbridge.expressions import rule_expression
from localaws.eventbridge.inputs import Target
from localaws.eventbridge.matchers import BadPattern
from localaws.eventbridge.sources import SOURCES, unheard
from localaws.eventbridge.targets import check_target
from localaws.neighbours.guards import guard, refused
from localaws.records.store import KINDS

SOURCE = "aws.sagemaker"
DEPLOYMENT = "SageMaker Endpoint Deployment State Change"
TARGETS = 5  # of a rule
LONGEST = 4096  # characters of a pattern
MOST = 256 * 1024  # bytes of the entries of a request
# The members of an event that a test must bring.
NEEDED = ("id", "account", "source", "time", "region", "detail-type")
_NAME = re.compile(r"[.\-_A-Za-z0-9]{1,64}")
_NOT_YOURS = ("NotAuthorizedForSourceException", "Not authorized for the source.")


@guard("events", "PutRule")
def refuse_rules(call: Call) -> None:
    """Refuse a rule that would never act: its pattern, schedule or targets are wrong.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    """
    given = call.input
    if not _NAME.fullmatch(given["Name"]):
        raise invalid(
            f"1 validation error detected: Value '{given['Name'][:100]}' at 'name' "
            "failed to satisfy constraint: Member must satisfy regular expression "
            r"pattern: [\.\-_A-Za-z0-9]+, of at most 64 characters"
        )
    if given.get("State", "ENABLED") not in ("ENABLED", "DISABLED"):
        raise refused(f"localaws has no CloudTrail: a rule {given['State']} is none.")
    found = _rule(call, given["Name"])
    targets = found.targets if found else ()
    pattern = given.get("EventPattern")
    check(call.region, given.get("ScheduleExpression"), pattern, targets)


def check(
    region: str,
    schedule: str | None,
    pattern: str | None,
    targets: Iterable[Target],
) -> None:
    """Raise ServiceError if a rule, or one of its targets, would never do anything."""
    if schedule:
        try:
            rule_expression(schedule)
        except BadExpression as error:
            words = f"Parameter ScheduleExpression is not valid. {error}"
            raise invalid(words) from None
    if pattern:
        _check_pattern(pattern)
        if words := unheard(json.loads(pattern)):
            raise refused(words)
    for target in targets:
        check_target(target, region)


@guard("events", "PutTargets")
def refuse_targets(call: Call) -> None:
    """Refuse a target that would never be told of an event, or not as it wants.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
    """
    given = call.input["Targets"]
    for target in given:
        check_target(target, call.region)
    found = _rule(call, call.input["Rule"])
    names = {target["Id"] for target in (*given, *(found.targets if found else ()))}
    if len(names) > TARGETS:
        words = "The requested resource exceeds the maximum number allowed."
        raise ServiceError("LimitExceededException", words)


@guard("events", "CreateArchive", "UpdateArchive")
def refuse_archives(call: Call) -> None:
    """Refuse an archive of events by a pattern that is none.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html
    """
    if pattern := call.input.get("EventPattern"):
        _check_pattern(pattern)


@operation("TestEventPattern", "events")
def test_event_pattern(call: Call) -> dict[str, Any]:
    """Return whether an event matches a pattern.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
    """
    pattern = _check_pattern(call.input["EventPattern"])
    try:
        event = json.loads(call.input["Event"])
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict) or any(name not in event for name in NEEDED):
        raise invalid("Parameter Event is not valid.")
    return {"Result": pattern.matches(event)}


@operation("PutEvents", "events")
def put_events(call: Call) -> dict[str, Any]:
    """Accept events for the rules that they match; each entry is told its own failure.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    """
    if call.input.get("EndpointId"):
        raise refused("localaws has no global endpoints: leave EndpointId out.")
    entries = call.input["Entries"]
    if sum(map(_size, entries)) > MOST:
        raise invalid("Total size of the entries in the request is over the limit.")
    told = [_put(call, entry) for entry in entries]
    return {
        "FailedEntryCount": sum("ErrorCode" in one for one in told),
        "Entries": told,
    }


def _put(call: Call, entry: dict[str, Any]) -> dict[str, str]:
    """Return what an entry is told: the number of its event, or what is wrong."""
    bus = entry.get("EventBusName", "default").rpartition("/")[2]
    if wrong := _wrong(call, entry, bus):
        return dict(zip(("ErrorCode", "ErrorMessage"), wrong, strict=True))
    place = (call.context, call.region)
    detail = json.loads(entry["Detail"])
    about = (entry["Source"], entry["DetailType"], entry.get("Resources", []))
    event = event_of(*place, *about, detail)
    if "Time" in entry:
        event["time"] = moment(entry["Time"])
    deliver(*place, event, (bus,))
    return {"EventId": event["id"]}


def _wrong(call: Call, entry: dict[str, Any], bus: str) -> tuple[str, str] | None:
    """Return code and message of what is wrong with an entry."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            reason = f"Reason: {name} is a required argument."
            return "InvalidArgument", f"Parameter {name} is not valid. {reason}"
    if entry["Source"].startswith("aws."):
        return _NOT_YOURS
    try:
        text = entry["Detail"]
        found = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return "MalformedDetail", "Detail is malformed."
    place = f"arn:aws:events:{call.region}:{call.context.account}:event-bus/"
    given_bus = entry.get("EventBusName", bus)
    if given_bus.startswith("arn:") and given_bus != f"{place}{bus}":
        return "ResourceNotFoundException", f"Event bus {given_bus} does not exist."
    if bus not in events_backends[call.context.account][call.region].event_buses:
        return "ResourceNotFoundException", f"Event bus {bus} does not exist."
    return None


def _refuse(word: str) -> None:
    raise ValueError(word)


def _finite(text: str) -> float:
    if abs(number := float(text)) == float("inf"):
        raise ValueError(text)
    return number


def _size(entry: dict[str, Any]) -> int:
    """Return the bytes of an entry.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
    """
    texts = [entry.get(name, "") for name in ("Source", "DetailType", "Detail")]
    texts += entry.get("Resources", [])
    return sum(len(text.encode()) for text in texts) + 14 * ("Time" in entry)


def _check_pattern(text: str) -> patterns.Pattern:
    if len(text) > LONGEST:
        raise invalid(
            "1 validation error detected: Value at 'eventPattern' failed to satisfy "
            f"constraint: Member must have length less than or equal to {LONGEST}"
        )
    try:
        return patterns.parse(text)
    except BadPattern as error:
        words = f"Event pattern is not valid. Reason: {error}"
        raise ServiceError("InvalidEventPatternException", words) from None


def _rule(call: Call, name: str) -> Rule | None:
    bus = call.input.get("EventBusName", "default").rpartition("/")[2]
    rules = rules_of(call.context, call.region, bus)
    return next((rule for rule in rules if rule.name == name), None)


def detail_types() -> list[str]:
    """Return the detail types of the events of SageMaker that this server sends."""
    told = [kind for kind in KINDS.values() if kind.told]
    found = [kind.detail_types or (detail_type(kind.name),) for kind in told]
    return [*(one for types in found for one in types), DEPLOYMENT]


SOURCES[SOURCE] = detail_types


def detail_type(kind: str) -> str:
    """Return the detail type of a kind's events: "SageMaker Training Job State Change".

    https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-sagemaker.html
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind)
    return (
        f"SageMaker {words.replace('Hyper Parameter', 'HyperParameter')} State Change"
    )
