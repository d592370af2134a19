"""The rules of composite alarms hold where the states are so."""

import pytest

from localaws.alarms.composition import BadRule, parse

STATES = {"a": "ALARM", "b": "OK", "c d": "INSUFFICIENT_DATA"}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("ALARM(a)", True),
        ("ALARM(b)", False),
        ('INSUFFICIENT_DATA("c d")', True),
        ("NOT ALARM(b)", True),
        ("ALARM(a) AND NOT OK(b)", False),
        ("ALARM(b) OR ALARM(a) AND OK(b)", True),
        ("(ALARM(a) OR ALARM(b)) AND FALSE", False),
        ("NOT (ALARM('a') AND ALARM(b))", True),
        ("ALARM(arn:aws:cloudwatch:us-east-1:1:alarm:a)", True),
        ("TRUE", True),
    ],
)
def test_a_rule_holds_as_its_words_say(text, holds):
    assert parse(text).holds(STATES.get) is holds


def test_a_rule_names_each_alarm_once():
    assert parse("ALARM(a) AND (OK(b) OR NOT OK(a))").names == ("a", "b")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ALARM()",
        "ALARM(a",
        "ALARM(a) OK(b)",
        "AND",
        "NOT",
        "(TRUE",
        "a",
        "NOT " * 500 + "TRUE",
    ],
)
def test_what_is_no_rule_is_refused(text):
    with pytest.raises(BadRule):
        parse(text)
