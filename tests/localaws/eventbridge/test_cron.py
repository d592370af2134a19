"""Cron expressions fall due when AWS's guide, and the calendar, say so."""

import itertools
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from localaws.eventbridge.cron import BadExpression, Cron


def next_times(text, start, count=3, zone=UTC):
    """Return the next times in the zone as texts, years without their century."""
    cron = Cron.of(text, zone)
    moment = datetime.fromisoformat(start).replace(tzinfo=zone).timestamp()
    found = []
    for _ in range(count):
        moment = cron.after(moment, 0.0)
        if moment is None:
            break
        found.append(datetime.fromtimestamp(moment, zone).strftime("%y-%m-%dT%H:%M"))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 12 * * ? *", ["26-11-27T12:00", "26-11-28T12:00", "26-11-29T12:00"]),
        ("15 12 ? * * *", ["26-11-27T12:15", "26-11-28T12:15", "26-11-29T12:15"]),
        ("0/15 9 * * ? *", ["26-11-27T09:15", "26-11-27T09:30", "26-11-27T09:45"]),
        ("*/20 * * * ? *", ["26-11-27T09:20", "26-11-27T09:40", "26-11-27T10:00"]),
        ("0 18 ? * MON-FRI *", ["26-11-27T18:00", "26-11-30T18:00", "26-12-01T18:00"]),
        ("0 8 1 * ? *", ["26-12-01T08:00", "27-01-01T08:00", "27-02-01T08:00"]),
        ("0 8 31 * ? *", ["26-12-31T08:00", "27-01-31T08:00", "27-03-31T08:00"]),
        ("0 9 ? * 2#1 *", ["26-12-07T09:00", "27-01-04T09:00", "27-02-01T09:00"]),
        ("0 9 ? * 3#5 *", ["26-12-29T09:00", "27-03-30T09:00", "27-06-29T09:00"]),
        ("0 9 L * ? *", ["26-11-30T09:00", "26-12-31T09:00", "27-01-31T09:00"]),
        ("0 9 ? * L *", ["26-11-28T09:00", "26-12-05T09:00", "26-12-12T09:00"]),
        ("0 9 ? * 6L *", ["26-12-25T09:00", "27-01-29T09:00", "27-02-26T09:00"]),
        ("0 9 LW * ? *", ["26-11-30T09:00", "26-12-31T09:00", "27-01-29T09:00"]),
        ("0 9 3W * ? *", ["26-12-03T09:00", "27-01-04T09:00", "27-02-03T09:00"]),
        ("0 9 1W 5 ? *", ["27-05-03T09:00", "28-05-01T09:00", "29-05-01T09:00"]),
        ("0 10 29 FEB ? *", ["28-02-29T10:00", "32-02-29T10:00", "36-02-29T10:00"]),
        ("5,10-12 8 * 12 ? *", ["26-12-01T08:05", "26-12-01T08:10", "26-12-01T08:11"]),
    ],
)  # fmt: skip
def test_the_next_times_are_those_of_the_calendar(text, expected):
    assert next_times(text, "2026-11-27T09:00:30") == expected


def test_what_is_over_falls_due_no_more():
    assert next_times("0 9 27 11 ? 2026", "2026-11-27T09:00") == []
    assert next_times("0 9 30 2 ? *", "2026-11-27T09:00") == []


def test_a_moment_that_is_due_is_not_due_after_itself():
    found = next_times("0 9 * * ? *", "2026-11-27T08:59:59", 1)
    assert found == ["26-11-27T09:00"]
    assert next_times("0 9 * * ? *", "2026-11-27T09:00", 1) == ["26-11-28T09:00"]


def test_summer_time_skips_an_hour_and_repeats_one():
    berlin = ZoneInfo("Europe/Berlin")
    spring = next_times("30 2 * * ? *", "2027-03-27T12:00", 2, berlin)
    assert spring == ["27-03-29T02:30", "27-03-30T02:30"]
    autumn = next_times("30 2 * * ? *", "2026-10-24T12:00", 2, berlin)
    assert autumn == ["26-10-25T02:30", "26-10-26T02:30"]
    cron = Cron.of("30 2 * * ? *", berlin)
    first = cron.after(datetime(2026, 10, 25, tzinfo=berlin).timestamp(), 0.0)
    assert datetime.fromtimestamp(first, UTC).hour == 0  # the first of both


def test_each_minute_is_found_from_any_other():
    cron = Cron.of("*/7 */5 ? * 2-4 *", UTC)
    begin = datetime(2026, 11, 27, tzinfo=UTC).timestamp()
    every = [m for m in (begin + 60 * n for n in range(7 * 1440)) if _fits(m)]
    for before, after in itertools.pairwise(every):
        assert cron.after(before, 0.0) == after
        assert cron.after(after - 0.5, 0.0) == after


def _fits(moment):
    time = datetime.fromtimestamp(moment, UTC)
    day = time.isoweekday() % 7 + 1
    return time.minute % 7 == 0 and time.hour % 5 == 0 and day in (2, 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0 12 * * ?", "0 12 * * ? * *", "0  12 * * ? *", " 0 12 * * ? *"),
        *("0 12 * * * *", "0 12 ? * ? *", "0 12 1 * MON *", "60 * * * ? *"),
        *("0 24 * * ? *", "0 0 0 * ? *", "0 0 32 * ? *", "0 0 * 13 ? *"),
        *("0 0 ? * 8 *", "0 0 ? * 0 *", "0 0 * * ? 1969", "0 0 * * ? 2200"),
        *("a * * * ? *", "-1 * * * ? *", "5-1 * * * ? *", "*/0 * * * ? *"),
        *("1/ * * * ? *", ", * * * ? *", "0 0 W * ? *", "0 0 32W * ? *"),
        *("0 0 ? * MON#6 *", "0 0 ? * 9L *", "0 0 ? * MOND *", "² * * * ? *"),
        *("*/30 * * * * ? *", "0 0 L,W * ? *", "? * * * ? *", "0 0 ? * 2#1,3#1 *"),
    ],
)
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(BadExpression):
        Cron.of(text, UTC)
