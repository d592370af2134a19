"""Schedules: the operations."""

from __future__ import annotations

import uuid
from typing import Any

from localaws.api.errors import ServiceError
from localaws.api.registry import Call, Context, operation
from localaws.records.pages import cut
from localaws.records.store import Record, Table, public, table_of
from localaws.scheduler.groups import DEFAULT, alone, check_group
from localaws.scheduler.request import check
from localaws.scheduler.run import SCHEDULE, Schedules

_LISTED = ("Arn", "Name", "GroupName", "State", "CreationDate", "LastModificationDate")


def setup(context: Context) -> None:
    """Let the schedules of an earlier server go on."""
    context.on_start(context.add(Schedules(context)).start)


@operation("CreateSchedule", "scheduler")
@alone
def create_schedule(call: Call) -> dict[str, Any]:
    """Store a schedule, and wait for its first time.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
    """
    table, key = table_of(call, SCHEDULE), _key(call)
    token = call.input.get("ClientToken")
    if table.exists(key):
        earlier = table.get(key)
        if token is None or earlier["_token"] != token:
            words = f"Schedule {call.input['Name']} already exists."
            raise ServiceError("ConflictException", words, 409)
        return {"ScheduleArn": earlier["ScheduleArn"]}
    check(call.context, call.input)
    record = {**_record(call), "_token": token}
    table.create(key, {**record, "CreationDate": record["LastModificationDate"]})
    call.context.part(Schedules).watch(table, key)
    return {"ScheduleArn": record["ScheduleArn"]}


@operation("UpdateSchedule", "scheduler")
@alone
def update_schedule(call: Call) -> dict[str, Any]:
    """Replace a schedule: what a request leaves out has its default.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html
    """
    table, key = _found(call)
    check(call.context, call.input)
    new = _record(call)
    with table.edit(key) as record:
        kept = ("_key", "_token", "_tags", "CreationDate", "CreationTime")
        old = {name: record[name] for name in kept}
        record.clear()
        record.update({**old, **new, "LastModifiedTime": 0.0})
    call.context.part(Schedules).watch(table, key)
    return {"ScheduleArn": new["ScheduleArn"]}


@operation("GetSchedule", "scheduler")
@alone
def get_schedule(call: Call) -> dict[str, Any]:
    """Return a schedule.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html
    """
    table, key = _found(call)
    return public(table.get(key))


@operation("DeleteSchedule", "scheduler")
@alone
def delete_schedule(call: Call) -> dict[str, Any]:
    """Delete a schedule; what has fallen due is delivered.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteSchedule.html
    """
    table, key = _found(call)
    table.delete(key)
    return {}


@operation("ListSchedules", "scheduler")
@alone
def list_schedules(call: Call) -> dict[str, Any]:
    """Return a page of schedules, of a group or of all.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html
    """
    given = call.input
    if "GroupName" in given:
        check_group(call, given["GroupName"])
    found = {
        row["_key"]: row
        for row in table_of(call, SCHEDULE).all()
        if row["GroupName"] == given.get("GroupName", row["GroupName"])
        and row["State"] == given.get("State", row["State"])
        and row["Name"].startswith(given.get("NamePrefix", ""))
    }
    names = sorted(found)
    part, more = cut(names, {"MaxResults": 100, **given})
    return {"Schedules": [_summary(found[name]) for name in names[part]], **more}


def _summary(row: Record) -> Record:
    target = {"Target": {"Arn": row["Target"]["Arn"]}}
    return {**{name: row[name] for name in _LISTED}, **target}


def _key(call: Call) -> str:
    group = call.input.get("GroupName", DEFAULT)
    check_group(call, group)
    return f"{group}/{call.input['Name']}"


def _found(call: Call) -> tuple[Table, str]:
    table, key = table_of(call, SCHEDULE), _key(call)
    if not table.exists(key):
        words = f"Schedule {call.input['Name']} does not exist."
        raise ServiceError("ResourceNotFoundException", words, 404)
    return table, key


def _record(call: Call) -> Record:
    """Return a schedule as a request describes it."""
    group, now = call.input.get("GroupName", DEFAULT), call.context.clock.now()
    place = f"{call.region}:{call.context.account}"
    arn = f"arn:aws:scheduler:{place}:schedule/{group}/{call.input['Name']}"
    defaults = {
        "GroupName": group,
        "State": "ENABLED",
        "ScheduleExpressionTimezone": "UTC",
        "ActionAfterCompletion": "NONE",
    }
    given = {k: v for k, v in call.input.items() if k != "ClientToken"}
    retries = {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    given["Target"] = {"RetryPolicy": retries, **given["Target"]}
    own = {"_version": uuid.uuid4().hex, "_since": now, "_fired": None}
    dates = {"LastModificationDate": now}
    return {**defaults, **given, "Arn": arn, "ScheduleArn": arn, **dates, **own}
