"""Schedules fire at their times, in their zone, until they end, on the next server."""

import json
import math
import threading
from datetime import UTC, datetime

import pytest
from schedules_made import at

from localaws.api.errors import ServiceError
from localaws.eventbridge.deliveries import Deliveries
from localaws.scheduler.run import Schedules

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:q"


def moments(delivered, begun):
    """Return when the events of schedules say that they were due, in seconds."""
    times = [json.loads(text)["time"] for _, text in delivered]
    found = [datetime.fromisoformat(time).timestamp() for time in times]
    return sorted(round(moment + 0.5 - begun) for moment in found)


def test_one_time_comes_once(create, ask, context, delivered, pass_by):
    due = math.ceil(context.clock.now()) + 100
    create(at(due))
    pass_by(90)
    assert delivered == []
    pass_by(100)
    [(_, text)] = delivered
    event = json.loads(text)
    assert event["time"] == f"{datetime.fromtimestamp(due, UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert event["resources"][0].endswith(":schedule/default/s")
    assert ask("GetSchedule", Name="s")["State"] == "ENABLED"
    context.part(Schedules).start()  # as the next server does
    pass_by(100_000)
    assert len(delivered) == 1


def test_one_that_is_changed_while_it_fires_fires_as_it_is_then(
    create, ask, context, role, delivered, pass_by, monkeypatch
):
    now, threads = context.clock.now(), []
    create(at(now + 60), target={"Input": "before"})
    target = {"Arn": QUEUE, "RoleArn": role, "Input": "after"}
    given = {"FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    given |= {"Name": "s", "ScheduleExpression": at(now + 200)}
    deliveries = context.part(Deliveries)
    own = deliveries.put

    def put(*what):
        own(*what)
        if not threads:
            change = threading.Thread(target=lambda: ask("UpdateSchedule", **given))
            threads.append(change)
            change.start()
            change.join(0.3)

    monkeypatch.setattr(deliveries, "put", put)
    pass_by(100)
    threads[0].join(10)
    pass_by(200)
    assert [text for _, text in delivered] == ["before", "after"]


def test_a_rate_begins_at_once_or_at_its_start_and_ends(
    create, context, delivered, pass_by
):
    begun = context.clock.now()
    create("rate(1 minute)", "now", EndDate=begun + 130)
    create("rate(2 minutes)", "later", StartDate=begun + 50, EndDate=begun + 300)
    pass_by(1000)
    assert moments(delivered, begun) == [0, 50, 60, 120, 170, 290]


def test_cron_goes_by_the_zone_of_its_schedule(create, context, delivered, pass_by):
    create("cron(30 9 * * ? *)", ScheduleExpressionTimezone="Asia/Kolkata")
    pass_by(86_400 * 2)
    hours = {json.loads(text)["time"][11:16] for _, text in delivered}
    assert hours == {"04:00"} and len(delivered) == 2


def test_a_flexible_window_delays_within_its_limit(create, context, delivered, pass_by):
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 10}
    due = math.ceil(context.clock.now()) + 100
    for n in range(5):
        create(at(due), f"s{n}", FlexibleTimeWindow=window)
    pass_by(90)
    assert delivered == []
    pass_by(620)
    assert len(delivered) == 5 and len({moment for moment, _ in delivered}) > 1
    assert {json.loads(text)["time"] for _, text in delivered} == {
        f"{datetime.fromtimestamp(due, UTC):%Y-%m-%dT%H:%M:%SZ}"
    }


def test_one_that_is_over_is_deleted_where_that_is_wished(
    create, ask, context, delivered, pass_by
):
    now = context.clock.now()
    create(at(now + 30), "once", ActionAfterCompletion="DELETE")
    create("rate(1 minute)", "often", ActionAfterCompletion="DELETE", EndDate=now + 100)
    create(at(now + 30), "stays")
    pass_by(200)
    assert len(delivered) == 4
    assert [row["Name"] for row in ask("ListSchedules")["Schedules"]] == ["stays"]


def test_one_that_is_disabled_changed_or_deleted_fires_as_it_is_now(
    create, ask, context, role, delivered, pass_by
):
    now = context.clock.now()
    for name in ("off", "changed", "gone"):
        create(at(now + 60), name, target={"Input": name})
    create(at(now + 60), "never", State="DISABLED")
    ask("DeleteSchedule", Name="gone")
    for name, state, later in (("off", "DISABLED", 60), ("changed", "ENABLED", 120)):
        ask(
            "UpdateSchedule",
            Name=name,
            State=state,
            ScheduleExpression=at(now + later),
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:sqs:r:1:q", "RoleArn": role, "Input": "new"},
        )
    pass_by(300)
    assert [(round(m / 10) * 10, text) for m, text in delivered] == [(120, "new")]


def test_attributes_of_the_schedule_stand_in_its_input(
    create, context, delivered, pass_by
):
    names = ("schedule-arn", "scheduled-time", "execution-id", "attempt-number")
    text = " ".join(f"<aws.scheduler.{name}>" for name in names)
    create(at(context.clock.now() + 10), target={"Input": text})
    pass_by(20)
    arn, time, execution, attempt = delivered[0][1].split()
    assert arn.endswith(":schedule/default/s") and attempt == "1"
    assert datetime.fromisoformat(time) and len(execution) == 36


def test_the_next_server_goes_on_and_makes_up_for_one_time(
    create, ask, context, delivered, pass_by, monkeypatch
):
    now = context.clock.now()
    monkeypatch.setattr(context.clock, "at", lambda moment, function: None)
    create(at(now + 30), "once")
    create("rate(5 minutes)", "often", StartDate=now + 10)
    monkeypatch.undo()
    with pytest.MonkeyPatch.context():
        context.clock.advance(400)  # nobody is there
    monkeypatch.setattr("localaws.eventbridge.deliveries.send", _noting(delivered))
    context.part(Schedules).start()
    assert context.part(Deliveries).idle(10)
    pass_by(300)
    assert [name for name in delivered if isinstance(name, str)] == ["once", "often"]


def _noting(found):
    def send(context, target, text, source, who):
        found.append(source.rpartition("/")[2])

    return send


def test_a_delivery_that_is_not_taken_does_not_end_the_schedule(
    create, context, delivered, pass_by, monkeypatch
):
    put, refused = context.part(Deliveries).put, [True]

    def once(*given):
        if refused:
            refused.pop()
            raise ServiceError("ThrottlingException", "Rate exceeded", 429)
        put(*given)

    monkeypatch.setattr(context.part(Deliveries), "put", once)
    begun = context.clock.now()
    create("rate(1 minute)", StartDate=begun + 30)
    pass_by(100)
    assert moments(delivered, begun) == [90]
