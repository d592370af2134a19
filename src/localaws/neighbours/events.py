"""SageMaker's events: each change of a status is sent to EventBridge's rules.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

import logging
import queue
import re
import threading
from functools import partial
from typing import Any

from botocore.model import Shape

from localaws.api.registry import Context
from localaws.api.validation import service_model
from localaws.eventbridge.buses import deliver, event_of, moment
from localaws.eventbridge.inputs import Event
from localaws.neighbours import rules
from localaws.records.store import Change, Kind, Record, Store
from localaws.records.told import Told

DEPLOYING = ("Updating", "RollingBack")  # while an endpoint has another deployment
_NOUN = re.compile(r"(?<=[a-z])(?=[A-Z])")

logger = logging.getLogger("localaws")


class Events:
    """Sends what the store tells, in its order and in a thread of its own.

    A job or an endpoint that changes does not wait for it.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self._changes: queue.SimpleQueue[Change | None] = queue.SimpleQueue()
        context.part(Store).watchers.append(self._changes.put)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to send: the rules of an earlier server are there."""
        self._thread.start()

    def close(self) -> None:
        """Send what waits, and end."""
        self._changes.put(None)
        if self._thread.ident:
            self._thread.join(5)

    def _run(self) -> None:
        while (change := self._changes.get()) is not None:
            try:
                for event in events_of(self.context, change):
                    deliver(self.context, change[1], event)
            except Exception:
                logger.exception("an event of a %s was not sent", change[0].words)


def setup(context: Context) -> None:
    """Begin to send the events of what this server remembers."""
    events = context.add(Events(context))
    context.on_start(events.start)
    context.on_close(events.close)


def events_of(context: Context, change: Change) -> list[Event]:
    """Return the events of a change; none where no status has changed.

    A resource without a status has one event, when it is created.
    """
    kind, region, before, after = change
    if after is None or not kind.told:
        return []
    return [
        event_of(
            *(context, region, rules.SOURCE),
            *(one.detail_type, one.resources, one.detail),
        )
        for one in (kind.events or partial(_usual, kind))(before, after)
    ]


def _usual(kind: Kind, before: Record | None, after: Record) -> list[Told]:
    if before and _status(kind, before) == _status(kind, after):
        return []
    types = [rules.detail_type(kind.name)]
    statuses = {one.get(kind.status) for one in (before or {}, after)}
    if kind.name == "Endpoint" and statuses & set(DEPLOYING):
        types.append(rules.DEPLOYMENT)
    return [Told(one, [after[kind.arn]], detail(kind, after)) for one in types]


def detail(kind: Kind, record: Record) -> dict[str, Any]:
    """Return what Describe answers, with times in ms since 1970, and the tags.

    An endpoint's status is spelled IN_SERVICE there, not InService; a package's times
    are texts.
    """
    shape = service_model("sagemaker").operation_model(f"Describe{kind.name}")
    told = _told(shape.output_shape, record)
    if kind.name == "ModelPackage":
        for name in ("CreationTime", "LastModifiedTime"):
            told[name] = moment(record[name])
    if kind.name == "Endpoint":
        told[kind.status] = _NOUN.sub("_", told[kind.status]).upper()
    return {**told, "Tags": {tag["Key"]: tag["Value"] for tag in record["_tags"]}}


def _status(kind: Kind, record: Record) -> tuple[Any, ...]:
    other = ("SecondaryStatus", "ModelApprovalStatus", "ModelLifeCycle")
    return record.get(kind.status), *(record.get(name) for name in other)


def _told(shape: Shape, value: Any) -> Any:
    """Return a value as it stands in an event: without what no answer has."""
    if shape.type_name == "structure":
        members = shape.members
        return {k: _told(members[k], v) for k, v in value.items() if k in members}
    if shape.type_name == "list":
        return [_told(shape.member, each) for each in value]
    if shape.type_name == "map":
        return {key: _told(shape.value, each) for key, each in value.items()}
    return int(value * 1000) if shape.type_name == "timestamp" else value
