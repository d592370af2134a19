"""The operations of CloudWatch's alarms."""

from __future__ import annotations

import functools
import json
from collections.abc import Container
from datetime import UTC, datetime
from typing import Any

import moto.cloudwatch.models as moto_cloudwatch

from localaws.alarms import request
from localaws.alarms.history import History, type_of
from localaws.alarms.queries import wrong
from localaws.alarms.records import ACTIONS, Alarms, arn_of
from localaws.alarms.run import Watch
from localaws.alarms.series import metric_of
from localaws.alarms.telling import queries_of
from localaws.api.errors import ServiceError
from localaws.api.registry import Call, Context, operation
from localaws.neighbours.guards import refused
from localaws.records.pages import cut
from localaws.records.store import Record, Store

_LISTS = (*ACTIONS.values(), "Dimensions")
_PAGE = 50  # alarms of a page, and items of a history, where nothing else is said


def setup(context: Context) -> None:
    """Watch the alarms; points of metrics without a time have that of the clock."""
    alarms = Alarms(context.part(Store))
    history = History(context.folder / "alarms")
    watch = context.add(Watch(context, alarms, history))
    patched: Any = moto_cloudwatch
    patched.utcnow = lambda: _utc(context.clock.now())
    if context.open_door:  # where moto's reset is served
        backend = patched.CloudWatchBackend
        backend.reset = functools.partialmethod(_reset, alarms, backend.reset)
    context.on_start(watch.start)
    context.on_close(watch.close)


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)  # as moto's are


def _reset(backend: Any, alarms: Alarms, own: Any) -> None:
    """Begin anew, as moto does with what it holds of a region."""
    own(backend)
    for name in alarms.table(backend.region_name).names():
        alarms.table(backend.region_name).delete(name)


@operation("PutMetricAlarm", "cloudwatch")
def put_metric_alarm(call: Call) -> dict[str, Any]:
    """Create an alarm on a metric, or configure it anew.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    request.check_metric_alarm(call)
    return _put(call)


@operation("PutCompositeAlarm", "cloudwatch")
def put_composite_alarm(call: Call) -> dict[str, Any]:
    """Create an alarm on the states of others, or configure it anew.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    """
    watch = call.context.part(Watch)
    with watch.changing:
        request.check_composite_alarm(call, watch.alarms)
        return _put(call)


def _put(call: Call) -> dict[str, Any]:
    watch, now = call.context.part(Watch), call.context.clock.now()
    wanted = {"ActionsEnabled": True, **{name: [] for name in _LISTS}, **call.input}
    tags = wanted.pop("Tags", [])
    if "Metrics" in wanted and not wanted["Metrics"]:
        del wanted["Metrics"]
    name = wanted["AlarmName"]
    with watch.changing:
        other = watch.alarms.find(call.region, name)
        if other and type_of(other) != type_of(wanted):
            raise wrong(f'"{name}" is a {type_of(other)}.')
        before = watch.alarms.put(call.region, wanted, now)
        if tags and before is None:
            arn = arn_of(call.region, call.context.account, name)
            _client(call).tag_resource(ResourceARN=arn, Tags=tags)
        said = f'Alarm "{name}" {"updated" if before else "created"}'
        kind = "Update" if before else "Create"
        told = {"type": kind, "updatedAlarm" if before else "createdAlarm": wanted}
        watch.history.add(
            call.region, wanted, "ConfigurationUpdate", said, at=now, **told
        )
    watch.schedule()
    call.context.clock.at(now, lambda: watch.evaluate_now(call.region, name))
    return {}


def _client(call: Call) -> Any:
    """Return a client, through which tags are changed as a customer does: and kept."""
    return call.context.clients.get("cloudwatch", call.region)


@operation("DescribeAlarms", "cloudwatch")
def describe_alarms(call: Call) -> dict[str, Any]:
    """Return alarms: those on metrics, unless AlarmTypes says otherwise.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    """
    asked = call.input
    if "ChildrenOfAlarmName" in asked or "ParentsOfAlarmName" in asked:
        raise refused("localaws does not list the parents and children of alarms.")
    if "AlarmNames" in asked and "AlarmNamePrefix" in asked:
        raise wrong("AlarmNames and AlarmNamePrefix exclude each other.")
    types = asked.get("AlarmTypes") or ["MetricAlarm"]
    records = call.context.part(Watch).alarms.table(call.region).all()
    found = [row for row in records if type_of(row) in types and _fits(row, asked)]
    found.sort(key=lambda row: row["AlarmName"])
    part, more = _page([row["AlarmName"] for row in found], asked)
    told: dict[str, Any] = {"MetricAlarms": [], "CompositeAlarms": [], **more}
    for row in found[part]:
        told[f"{type_of(row)}s"].append(row)
    return told


def _fits(alarm: Record, asked: dict[str, Any]) -> bool:
    prefix = asked.get("ActionPrefix", "")
    arns = [arn for name in ACTIONS.values() for arn in alarm[name]]
    return (
        alarm["AlarmName"] in asked.get("AlarmNames", [alarm["AlarmName"]])
        and alarm["AlarmName"].startswith(asked.get("AlarmNamePrefix", ""))
        and alarm["StateValue"] == asked.get("StateValue", alarm["StateValue"])
        and (not prefix or any(arn.startswith(prefix) for arn in arns))
    )


def _page(names: list[str], asked: dict[str, Any]) -> tuple[slice, dict[str, str]]:
    limit = {"MaxResults": asked.get("MaxRecords", _PAGE)}
    try:
        return cut(names, {**limit, "NextToken": asked.get("NextToken")})
    except ServiceError as error:
        raise ServiceError("InvalidNextToken", error.message) from None


@operation("DescribeAlarmsForMetric", "cloudwatch")
def describe_alarms_for_metric(call: Call) -> dict[str, Any]:
    """Return the alarms on one metric, with its statistic, period and unit if given.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmsForMetric.html
    """
    asked, wanted = call.input, metric_of(call.input)
    stat = asked.get("Statistic") or asked.get("ExtendedStatistic")
    given = {"Stat": stat, "Period": asked.get("Period"), "Unit": asked.get("Unit")}
    given = {name: value for name, value in given.items() if value}

    def fits(alarm: Record) -> bool:
        parts = [query.get("MetricStat") for query in queries_of(alarm)]
        return any(
            metric_of(part["Metric"]) == wanted
            and all(part.get(name) == value for name, value in given.items())
            for part in parts
            if part
        )

    records = call.context.part(Watch).alarms.table(call.region).all()
    rows = [row for row in records if "AlarmRule" not in row]
    return {"MetricAlarms": [row for row in rows if fits(row)]}


@operation("DeleteAlarms", "cloudwatch")
def delete_alarms(call: Call) -> dict[str, Any]:
    """Delete alarms, all or none; a composite one must not be left without its parts.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
    """
    watch, gone = call.context.part(Watch), dict.fromkeys(call.input["AlarmNames"])
    with watch.changing:
        found = [watch.alarms.get(call.region, name) for name in gone]
        _check_not_needed(call, watch.alarms, gone)
        now = call.context.clock.now()
        for row in found:
            if tags := watch.alarms.tags(call.region, row["AlarmArn"]):
                arn = row["AlarmArn"]
                _client(call).untag_resource(ResourceARN=arn, TagKeys=[*tags])
            watch.alarms.delete(call.region, row["AlarmName"])
            said = f'Alarm "{row["AlarmName"]}" deleted'
            data = {"type": "Delete"}
            watch.history.add(
                call.region, row, "ConfigurationUpdate", said, at=now, **data
            )
    watch.schedule()
    return {}


def _check_not_needed(call: Call, alarms: Alarms, gone: Container[str]) -> None:
    for other, names in alarms.composites(call.region):
        used = [name for name in names if name in gone]
        if used and other["AlarmName"] not in gone:
            raise wrong(
                f"Cannot delete {', '.join(used)} as there are composite alarm(s) "
                f"depending on it: {other['AlarmName']}."
            )


@operation("SetAlarmState", "cloudwatch")
def set_alarm_state(call: Call) -> dict[str, Any]:
    """Give an alarm a state until it is evaluated again; its actions are performed.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
    """
    asked, data = call.input, call.input.get("StateReasonData", "")
    request.check_texts(asked)
    try:
        json.loads(data or "{}")
    except (ValueError, RecursionError):
        raise ServiceError("InvalidFormat", "StateReasonData is not JSON.") from None
    call.context.part(Watch).change(
        call.region, asked["AlarmName"], asked["StateValue"], asked["StateReason"], data
    )
    return {}


@operation("EnableAlarmActions", "cloudwatch")
def enable_alarm_actions(call: Call) -> dict[str, Any]:
    """Let alarms act from their next change of state on.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_EnableAlarmActions.html
    """
    return _enable(call, True)


@operation("DisableAlarmActions", "cloudwatch")
def disable_alarm_actions(call: Call) -> dict[str, Any]:
    """Let the states of alarms change without any action.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DisableAlarmActions.html
    """
    return _enable(call, False)


def _enable(call: Call, enabled: bool) -> dict[str, Any]:
    watch = call.context.part(Watch)
    with watch.changing:
        for name in call.input["AlarmNames"]:
            if found := watch.alarms.find(call.region, name):
                table = watch.alarms.table(call.region)
                table.update(found["_key"], ActionsEnabled=enabled)
    return {}


@operation("DescribeAlarmHistory", "cloudwatch")
def describe_alarm_history(call: Call) -> dict[str, Any]:
    """Return what has happened to alarms, the newest first unless ScanBy says so.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
    """
    asked = call.input
    if "AlarmContributorId" in asked:
        raise refused("localaws has no contributors of alarms.")
    wanted = {
        "AlarmName": asked.get("AlarmName"),
        "HistoryItemType": asked.get("HistoryItemType"),
    }
    since, until = asked.get("StartDate", 0.0), asked.get("EndDate", float("inf"))
    items = [
        item
        for item in call.context.part(Watch).history.items(call.region)
        if all(value in (None, item[name]) for name, value in wanted.items())
        and item["AlarmType"] in (asked.get("AlarmTypes") or [item["AlarmType"]])
        and since <= item["Timestamp"] <= until
    ]
    if asked.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        items.reverse()
    part, more = _page([str(number) for number in range(len(items))], asked)
    return {"AlarmHistoryItems": items[part], **more}
