"""What EventBridge's rules do with an event: it reaches each target as it wants it."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any, cast

from moto.events.models import Rule, events_backends
from moto.events.utils import EventMessageType

from localaws.api.registry import Context
from localaws.iam.invokers import may_invoke

_PLACE = re.compile(r"<([\w.-]+)>")

Event = dict[str, Any]
Target = dict[str, Any]

logger = logging.getLogger("localaws")


def deliver(
    context: Context, region: str, event: Event, buses: tuple[str, ...] = ("default",)
) -> None:
    """Send an event to the targets of those rules of the last bus that it matches.

    It has come through the other buses, and is not sent to one of them again.
    What cannot be delivered goes to the target's dead-letter queue, if it has one.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    for rule in list(rules_of(context, region, buses[-1])):
        if rule.state != "ENABLED" or not _matches(rule, event):
            continue
        for target in list(rule.targets):
            try:
                _send(context, rule, target, event, buses)
            except Exception:
                logger.exception("%s: no event for %s", rule.arn, target["Arn"])
                if queue := target.get("DeadLetterConfig", {}).get("Arn"):
                    _send(context, rule, {"Arn": queue}, event, buses)


def rules_of(context: Context, region: str, bus: str) -> Iterable[Rule]:
    """Return the rules of an event bus; none where there is no such bus."""
    found = events_backends[context.account][region].event_buses.get(bus)
    return found.rules.values() if found else ()


def _matches(rule: Rule, event: Event) -> bool:
    pattern, asked = rule.event_pattern, cast(EventMessageType, event)
    return bool(pattern.get_pattern()) and pattern.matches_event(asked)


def _send(
    context: Context, rule: Rule, target: Target, event: Event, buses: tuple[str, ...]
) -> None:
    _, _, service, region, _, resource = target["Arn"].split(":", 5)
    if service == "events":
        kind, _, name = resource.partition("/")
        if kind != "event-bus":  # an archive, whose rule is moto's own
            kept = {**event, "ingestion-time": time.time()}
            rule.send_to_targets(cast(EventMessageType, kept))
        elif name not in buses:
            deliver(context, region, event, (*buses, name))
        return
    if service == "lambda":
        _check_permission(context, rule, target["Arn"])
    client = context.clients.get(service, region)
    SENDERS[service](client, resource, target, _text(rule, target, event))


def _check_permission(context: Context, rule: Rule, arn: str) -> None:
    """Raise PermissionError where a function does not let a rule call it."""
    if not may_invoke(context.account, arn, rule.arn, "events.amazonaws.com"):
        raise PermissionError(f"{arn} does not let {rule.arn} call it: AddPermission")


def _to_queue(client: Any, resource: str, target: Target, text: str) -> None:
    url = client.get_queue_url(QueueName=resource)["QueueUrl"]
    group = target.get("SqsParameters", {})
    client.send_message(QueueUrl=url, MessageBody=text, **group)


def _to_topic(client: Any, resource: str, target: Target, text: str) -> None:
    client.publish(TopicArn=target["Arn"], Message=text)


def _to_log(client: Any, resource: str, target: Target, text: str) -> None:
    group = resource.removeprefix("log-group:").removesuffix(":*")
    place = {"logGroupName": group, "logStreamName": str(uuid.uuid4())}
    client.create_log_stream(**place)
    line = {"timestamp": int(time.time() * 1000), "message": text}
    client.put_log_events(**place, logEvents=[line])


def _to_function(client: Any, resource: str, target: Target, text: str) -> None:
    place = {"FunctionName": target["Arn"], "InvocationType": "Event"}
    client.invoke(**place, Payload=text.encode())


def _to_stream(client: Any, resource: str, target: Target, text: str) -> None:
    path = target.get("KinesisParameters", {}).get("PartitionKeyPath")
    key = str(_at(json.loads(text), path)) if path else str(uuid.uuid4())
    name = resource.partition("/")[2]
    client.put_record(StreamName=name, Data=text.encode(), PartitionKey=key)


def _to_delivery(client: Any, resource: str, target: Target, text: str) -> None:
    name = resource.partition("/")[2]
    client.put_record(DeliveryStreamName=name, Record={"Data": text.encode()})


SENDERS: dict[str, Callable[[Any, str, Target, str], None]] = {
    "sqs": _to_queue,
    "sns": _to_topic,
    "logs": _to_log,
    "lambda": _to_function,
    "kinesis": _to_stream,
    "firehose": _to_delivery,
}


def _text(rule: Rule, target: Target, event: Event) -> str:
    """Return what a target receives: the event, a part of it, or what is made of it.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(_at(event, target["InputPath"]))
    if "InputTransformer" not in target:
        return json.dumps(event)
    paths = target["InputTransformer"].get("InputPathsMap", {})
    values = {name: _at(event, path) for name, path in paths.items()}
    values["aws.events.event.json"] = values["aws.events.event"] = event
    values["aws.events.rule-arn"], values["aws.events.rule-name"] = rule.arn, rule.name
    values["aws.events.event.ingestion-time"] = event["time"]
    return _filled(target["InputTransformer"]["InputTemplate"], values)


def _filled(template: str, values: dict[str, Any]) -> str:
    """Return a template with its places filled; what is between quotes is text."""

    def fill(place: re.Match[str]) -> str:
        if place[1] not in values:
            return place[0]
        value = values[place[1]]
        before = template[: place.start()].replace('\\"', "")
        if before.count('"') % 2 == 0:
            return json.dumps(value)
        text = value if isinstance(value, str) else json.dumps(value)
        return json.dumps("" if value is None else text)[1:-1]

    return _PLACE.sub(fill, template)


def _at(value: Any, path: str) -> Any:
    """Return the part of an event that a JSON path such as "$.detail.x[0]" names."""
    for step in re.findall(r"[^.\[\]$'\"]+", path):
        if isinstance(value, list):
            value = value[int(step)] if step.isdigit() else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
