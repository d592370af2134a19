"""What a target wishes is checked when it is put, and made of each event."""

import json

import pytest

from localaws.eventbridge.inputs import BadTarget, at, check, text_of

EVENT = {
    "id": "1",
    "time": "2026-11-26T09:00:00Z",
    "resources": ["arn:a", "arn:b"],
    "detail": {"a-b": {"c/d": 5}, "rows": [{"n": 1}, {"n": 2}], "say": 'a "word"'},
}
RULE = "arn:aws:events:us-east-1:123456789012:rule/bus/r"


def transformer(template, **paths):
    return {"InputTransformer": {"InputTemplate": template, "InputPathsMap": paths}}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.id", "1"),
        ("$.resources[1]", "arn:b"),
        ("$.resources[9]", None),
        ("$.detail.a-b.c/d", 5),
        ("$['detail']['say']", 'a "word"'),
        ("$.detail.rows[*].n", [1, 2]),
        ("$.detail.missing.deeper", None),
        ("$.id.deeper", None),
        ("$", EVENT),
    ],
)
def test_a_path_leads_to_a_part_of_an_event(path, value):
    check({"Id": "1", "InputPath": path})
    assert at(EVENT, path) == value


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({}, json.dumps(EVENT)),
        ({"Input": '{"fixed": 1}'}, '{"fixed": 1}'),
        ({"InputPath": "$.detail.rows"}, '[{"n": 1}, {"n": 2}]'),
        (transformer('"it says <s>, <m>"', s="$.detail.say", m="$.no"), None),
        (transformer('{"s": <s>, "m": <m>}', s="$.detail.say", m="$.no"), None),
        (transformer('{"rule": <aws.events.rule-name>}'), '{"rule": "r"}'),
        (transformer('"<aws.events.event.ingestion-time>"'), f'"{EVENT["time"]}"'),
        (transformer('"one <i>"\n"two <i>"', i="$.id"), '"one 1"\n"two 1"'),
        (transformer("<aws.events.event>"), json.dumps(EVENT)),
    ],
)
def test_a_target_receives_what_it_wishes(wish, text):
    check({"Id": "1", **wish})
    made = text_of(wish, EVENT, RULE)
    if text is None:
        assert json.loads(made) in (
            'it says a "word", ',
            {"s": 'a "word"', "m": None},
        )
    else:
        assert made == text


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"Input": "text"}, "JSON syntax error"),
        ({"Input": '"a"', **transformer("1")}, "Only one of"),
        ({"InputPath": "detail.a"}, "Invalid JSONPath"),
        ({"InputPath": "$..a"}, "Invalid JSONPath"),
        (transformer("<a>", a="id"), "Invalid JSONPath"),
        (transformer("<a> <b>", a="$.id"), "<b> has no path"),
        (transformer('{"a": <a>', a="$.id"), "Invalid InputTemplate"),
        (transformer("it is <a>", a="$.id"), "Invalid InputTemplate"),
        (transformer("<awsx>", awsx="$.id"), "begins with"),
        (transformer("1", **{f"p{n}": "$.id" for n in range(101)}), "more than 100"),
    ],
)
def test_what_cannot_be_made_is_refused(wish, words):
    with pytest.raises(BadTarget, match=words):
        check({"Id": "1", **wish})
