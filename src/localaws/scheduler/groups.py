"""Groups of schedules, and their tags."""

from __future__ import annotations

import functools
from typing import Any, cast

from localaws.api.errors import ServiceError, invalid
from localaws.api.registry import Call, Handler, operation
from localaws.records.pages import cut
from localaws.records.store import Kind, Record, table_of
from localaws.scheduler.run import SCHEDULE

GROUP = Kind("ScheduleGroup", "schedule-group", told=False, own_key="Name")
DEFAULT = "default"  # is there without being made, and stays


def alone(handler: Handler) -> Handler:
    """Let a request see groups and schedules that no other changes meanwhile."""

    @functools.wraps(handler)
    def answered(call: Call) -> Any:
        with table_of(call, SCHEDULE).store.changed:
            return handler(call)

    return cast(Handler, answered)


def group_arn(call: Call, name: str) -> str:
    """Return the ARN of a group."""
    place = f"{call.region}:{call.context.account}"
    return f"arn:aws:scheduler:{place}:schedule-group/{name}"


def check_group(call: Call, name: str) -> None:
    """Raise ServiceError where there is no such group."""
    if name != DEFAULT and not table_of(call, GROUP).exists(name):
        words = f"Schedule group {name} does not exist."
        raise ServiceError("ResourceNotFoundException", words, 404)


@operation("CreateScheduleGroup", "scheduler")
@alone
def create_schedule_group(call: Call) -> dict[str, Any]:
    """Make a group.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html
    """
    name, token = call.input["Name"], call.input.get("ClientToken")
    table = table_of(call, GROUP)
    arn = group_arn(call, name)
    if name == DEFAULT or table.exists(name):
        if name == DEFAULT or token is None or table.get(name)["_token"] != token:
            words = f"Schedule group {name} already exists."
            raise ServiceError("ConflictException", words, 409)
        return {"ScheduleGroupArn": arn}
    record = {"ScheduleGroupArn": arn, "_token": token}
    table.create(name, record, call.input.get("Tags", []))
    return {"ScheduleGroupArn": arn}


@operation("GetScheduleGroup", "scheduler")
@alone
def get_schedule_group(call: Call) -> dict[str, Any]:
    """Return a group.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetScheduleGroup.html
    """
    check_group(call, call.input["Name"])
    return _shown(call, call.input["Name"])


@operation("DeleteScheduleGroup", "scheduler")
@alone
def delete_schedule_group(call: Call) -> dict[str, Any]:
    """Delete a group with its schedules.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteScheduleGroup.html
    """
    name = call.input["Name"]
    check_group(call, name)
    if name == DEFAULT:
        raise invalid("The default schedule group cannot be deleted.")
    table_of(call, GROUP).delete(name)
    schedules = table_of(call, SCHEDULE)
    for key in schedules.names():
        if key.startswith(f"{name}/"):
            schedules.delete(key)
    return {}


@operation("ListScheduleGroups", "scheduler")
@alone
def list_schedule_groups(call: Call) -> dict[str, Any]:
    """Return a page of groups.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListScheduleGroups.html
    """
    prefix = call.input.get("NamePrefix", "")
    names = sorted([DEFAULT, *table_of(call, GROUP).names()])
    names = [name for name in names if name.startswith(prefix)]
    part, more = cut(names, {"MaxResults": 100, **call.input})
    return {"ScheduleGroups": [_shown(call, name) for name in names[part]], **more}


@operation("ListTagsForResource", "scheduler")
@alone
def list_tags_for_resource(call: Call) -> dict[str, Any]:
    """Return the tags of a group.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListTagsForResource.html
    """
    name = _named(call)
    return {"Tags": [] if name == DEFAULT else table_of(call, GROUP).get(name)["_tags"]}


@operation("TagResource", "scheduler")
@alone
def tag_resource(call: Call) -> dict[str, Any]:
    """Add tags to a group, or change them.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_TagResource.html
    """
    new = {tag["Key"]: tag["Value"] for tag in call.input["Tags"]}
    return _retag(call, lambda tags: {**tags, **new})


@operation("UntagResource", "scheduler")
@alone
def untag_resource(call: Call) -> dict[str, Any]:
    """Remove tags from a group.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UntagResource.html
    """
    gone = call.input["TagKeys"]
    return _retag(call, lambda tags: {k: v for k, v in tags.items() if k not in gone})


def _retag(call: Call, change: Any) -> dict[str, Any]:
    name = _named(call)
    if name == DEFAULT:
        raise invalid("The default schedule group has no tags.")
    with table_of(call, GROUP).edit(name) as record:
        tags = change({tag["Key"]: tag["Value"] for tag in record["_tags"]})
        record["_tags"] = [{"Key": k, "Value": v} for k, v in tags.items()]
    return {}


def _named(call: Call) -> str:
    """Return the group that a request names by its ARN."""
    name = call.input["ResourceArn"].rpartition("/")[2]
    check_group(call, name)
    return str(name)


def _shown(call: Call, name: str) -> Record:
    shown: Record = {"Name": name, "Arn": group_arn(call, name), "State": "ACTIVE"}
    if name == DEFAULT:
        return shown
    record = table_of(call, GROUP).get(name)
    dates = {"CreationDate": "CreationTime", "LastModificationDate": "LastModifiedTime"}
    return {**shown, **{ours: record[theirs] for ours, theirs in dates.items()}}
