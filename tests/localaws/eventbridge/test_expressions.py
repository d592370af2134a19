"""Rates, moments and cron expressions, as rules and as schedules have them."""

from datetime import UTC, datetime

import pytest

from localaws.eventbridge.cron import BadExpression
from localaws.eventbridge.expressions import rule_expression, schedule_expression


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(1 hour)", 3600)),
        *(("rate(2 hours)", 7200), ("rate(1 day)", 86400), ("rate(7 days)", 604800)),
    ],
)
def test_a_rate_counts_from_where_it_began(text, seconds):
    for made in (rule_expression(text), schedule_expression(text)):
        assert made.after(1000.0, 1000.5) == 1000.5
        assert made.after(1000.5, 1000.5) == 1000.5 + seconds
        assert made.after(1000.4 + 3 * seconds, 1000.5) == 1000.5 + 3 * seconds
        assert made.after(1000.5 + 3 * seconds, 1000.5) == 1000.5 + 4 * seconds


@pytest.mark.parametrize(
    "text",
    [
        *("rate(1 minutes)", "rate(2 minute)", "rate(0 minutes)", "rate(-1 minutes)"),
        *("rate(5 seconds)", "rate(1.5 hours)", "rate( 5 minutes )", "rate(5minutes)"),
        *(" rate(5 minutes)", "rate(5 MINUTES)", "rate(5)", "rate()", "", "5 minutes"),
        *("cron(0 12 * * * *)", "cron()", "at(2030-01-01T00:00:00)", "cron(0 12)"),
    ],
)
def test_what_no_rule_may_have_is_refused(text):
    with pytest.raises(BadExpression):
        rule_expression(text)


@pytest.mark.parametrize(
    "text",
    [
        *("rate(0 minutes)", "rate(30 seconds)", "rate(5 fortnights)", "cron(*)"),
        *("at(2030-01-01)", "at(2030-13-01T00:00:00)", "at(2030-01-01T00:00:00Z)"),
        *("at(now)", "every day", ""),
    ],
)
def test_what_no_schedule_may_have_is_refused(text):
    with pytest.raises(BadExpression):
        schedule_expression(text)


def test_a_moment_is_one_of_its_zone_and_comes_once():
    made = schedule_expression("at(2027-06-01T09:00:00)", "America/New_York")
    due = made.after(0.0, 0.0)
    assert datetime.fromtimestamp(due, UTC) == datetime(2027, 6, 1, 13, tzinfo=UTC)
    assert made.after(due, 0.0) is None


def test_a_zone_that_is_none_and_a_moment_that_none_has_are_refused():
    for zone in ("Mars/Olympus", "", "../etc/passwd", "Europe"):
        with pytest.raises(BadExpression, match="time zone"):
            schedule_expression("rate(1 hour)", zone)
    with pytest.raises(BadExpression, match="skip"):
        schedule_expression("at(2027-03-28T02:30:00)", "Europe/Berlin")


def test_cron_goes_by_its_zone():
    made = schedule_expression("cron(0 9 * * ? *)", "Asia/Tokyo")
    found = datetime.fromtimestamp(made.after(1.7e9, 0.0), UTC)
    assert (found.hour, found.minute) == (0, 0)
