"""A rule on a schedule fires at its times, as long as it is the one that was put."""

import json
from datetime import UTC, datetime

import pytest
from moto.events.models import Rule, events_backends
from schedules_made import delivering, passed

from localaws.eventbridge import ticks
from localaws.eventbridge.deliveries import Deliveries
from localaws.persistence.buses import Buses

REGION, ACCOUNT = "eu-west-1", "123456789012"
TARGET = {"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}


@pytest.fixture
def put(context, monkeypatch):
    """Return a function that puts a rule on a schedule."""
    monkeypatch.setattr(Rule, "__init__", ticks._made)
    ticks.setup(context)
    backend = events_backends[ACCOUNT][REGION]

    def made(name, expression, **members):
        backend.put_rule(name, scheduled_expression=expression, **members)
        backend.put_targets(name, None, [TARGET])

    yield made
    context.clock.stop()


@pytest.fixture
def fired(context, monkeypatch):
    """The rules that have fired, with the seconds since the begin."""
    begun, found = context.clock.now(), []

    def send(context, target, text, source, who):
        event = json.loads(text)
        assert event["resources"] == [source] and event["source"] == "aws.events"
        moment = datetime.fromisoformat(event["time"]).timestamp()
        found.append((source.rpartition("/")[2], round(moment + 0.5 - begun)))

    with delivering(context, monkeypatch, send):
        yield found


def test_a_rate_counts_from_where_the_rule_was_put(context, put, fired):
    put("two", "rate(2 minutes)")
    context.clock.advance(90)
    put("three", "rate(3 minutes)")
    passed(context, 300)
    by_time = sorted(fired, key=lambda one: one[1])  # eight are sent at once
    assert by_time == [("two", 120), ("two", 240), ("three", 270), ("two", 360)]


def test_cron_fires_at_its_minute(context, put, fired):
    put("c", "cron(0/10 * * * ? *)")
    begun = context.clock.now()
    passed(context, 1200)
    assert [name for name, _ in fired] == ["c", "c"]
    for _, seconds in fired:
        moment = datetime.fromtimestamp(begun + seconds, UTC)
        assert moment.minute % 10 == 0 and moment.second <= 1


def test_one_that_is_disabled_or_gone_does_nothing_and_may_come_back(
    context, put, fired
):
    backend = events_backends[ACCOUNT][REGION]
    put("off", "rate(1 minute)", state="DISABLED")
    put("gone", "rate(1 minute)")
    put("twice", "rate(1 minute)")
    put("twice", "rate(2 minutes)")
    backend.remove_targets("gone", None, ["1"])
    backend.delete_rule("gone", None)
    passed(context, 150)
    assert fired == [("twice", 120)]
    backend.enable_rule("off", None)
    passed(context, 60)
    assert fired[1:] == [("off", 180)]


def test_the_next_server_goes_on_at_the_next_time(context, put, fired, tmp_path):
    kept = Buses(tmp_path / "moto", ACCOUNT, REGION)
    put("r", "rate(5 minutes)")
    kept.keep({})
    context.clock.stop()
    context.clock = type(context.clock)()  # of the next server
    made = context.add(Deliveries(context))
    made.start()
    Buses(tmp_path / "moto", ACCOUNT, REGION).load()
    context.clock.advance(700)  # nobody is there
    for start in context.starters:
        start()
    passed(context, 300)
    assert fired == [("r", 900)]
    made.close()


def test_one_that_another_server_took_and_this_one_cannot_read_is_left(context, put):
    put("bad", "cron(whatever)")
    context.clock.advance(1000)
