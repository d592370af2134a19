"""Schedules fall due, and their targets receive what they are to."""

from __future__ import annotations

import json
import logging
import random
import uuid
from typing import Any

from localaws.api.errors import ServiceError
from localaws.api.registry import Context
from localaws.eventbridge.buses import event_of, moment
from localaws.eventbridge.deliveries import Deliveries
from localaws.eventbridge.expressions import At
from localaws.eventbridge.targets import SCHEDULER
from localaws.records.store import Kind, Record, Store, Table
from localaws.scheduler.request import expression_of, next_time

SCHEDULE = Kind("Schedule", "schedule", told=False, own_key="_key")

logger = logging.getLogger("localaws")


class Schedules:
    """Lets each schedule fire at its times; the server's one object of its kind."""

    def __init__(self, context: Context) -> None:
        self.context, self.clock = context, context.clock

    def start(self) -> None:
        """Go on with the schedules of an earlier server.

        One whose one time has passed meanwhile fires now; others at their next time.
        """
        store = self.context.part(Store)
        for region in store.regions():
            table = store.table(SCHEDULE, region)
            for key in table.names():
                self.watch(table, key, self.clock.now())

    def watch(self, table: Table, key: str, after: float = 0.0) -> None:
        """Wait for the next time of a schedule after a moment, as it is now."""
        record = table.get(key)
        if record["State"] != "ENABLED":
            return
        try:
            due = self._due(record, after)
        except ServiceError as error:  # such as a time zone that is no more
            logger.error("%s will not fire: %s", record["ScheduleArn"], error)
            return
        if due is None:
            self._complete(table, key, record)
            return
        window = record["FlexibleTimeWindow"].get("MaximumWindowInMinutes", 0)
        late, version = random.uniform(0, window * 60), record["_version"]
        self.clock.at(due + late, lambda: self._fire(table, key, version, due))

    def _due(self, record: Record, after: float) -> float | None:
        expression, fired = expression_of(record), record["_fired"]
        if isinstance(expression, At):
            return expression.moment if fired is None else None
        last = record["_since"] - 1e-3 if fired is None else fired
        return next_time(record, expression, max(last, after), record["_since"])

    def _fire(self, table: Table, key: str, version: str, due: float) -> None:
        """Deliver once, unless the schedule has changed or gone."""
        with table.store.changed:  # nor changes meanwhile
            if table.exists(key) and table.get(key)["_version"] == version:
                self._deliver(table, key, due)

    def _deliver(self, table: Table, key: str, due: float) -> None:
        record = table.get(key)
        text = _text(self.context, table.region, record, due)
        target = {**record["Target"], "_literal": True}
        try:
            put = self.context.part(Deliveries).put
            put(target, text, text, record["ScheduleArn"], SCHEDULER)
        except ServiceError as error:  # too many wait
            logger.error("%s did not fire: %s", record["ScheduleArn"], error)
        table.update(key, _fired=due)
        self.watch(table, key, self.clock.now())

    def _complete(self, table: Table, key: str, record: Record) -> None:
        if record.get("ActionAfterCompletion") == "DELETE":
            table.delete(key)


def _text(context: Context, region: str, record: Record, due: float) -> str:
    """Return what a target receives: its Input, or an event that says when it was due.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    arn, given = record["ScheduleArn"], record["Target"].get("Input")
    if given is None:
        kind: dict[str, Any] = event_of(
            context, region, "aws.scheduler", "Scheduled Event", [arn], {}
        )
        return json.dumps({**kind, "time": moment(due), "detail": "{}"})
    values = {
        "schedule-arn": arn,
        "scheduled-time": moment(due),
        "execution-id": str(uuid.uuid4()),
    }
    for name, value in values.items():
        given = given.replace(f"<aws.scheduler.{name}>", value)
    return str(given)
