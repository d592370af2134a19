"""An event matches a pattern as a whole: fields, lists, objects in lists, choices."""

import json

import pytest

from localaws.eventbridge.matchers import BadPattern
from localaws.eventbridge.patterns import parse

EVENT = {
    "source": "aws.sagemaker",
    "detail": {
        "Status": "Failed",
        "Tags": ["a", "b"],
        "Steps": [{"name": "one", "n": 1}, {"name": "two", "n": 2}],
        "Nothing": None,
        "Empty": [],
    },
}


def matched(pattern, event=EVENT):
    return parse(json.dumps(pattern)).matches(event)


def inside(pattern):
    return matched({"detail": pattern})


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["other", "aws.sagemaker"]},
        {"source": ["aws.sagemaker"], "detail": {"Status": ["Failed"]}},
        {"detail": {"Tags": ["b"]}},
        {"detail": {"Steps": {"name": ["two"], "n": [2]}}},
        {"detail": {"Nothing": [None]}},
        {"detail": {"Absent": [{"exists": False}]}},
        {"detail": {"Absent": {"deeper": [{"exists": False}]}}},
        {"detail": {"Steps": [{"exists": False}]}},  # it is no plain value
        {"detail": {"Empty": [{"exists": False}]}},
        {"detail": {"Nothing": [{"exists": True}]}},
        {"$or": [{"source": ["x"]}, {"detail": {"Tags": ["a"]}}]},
        {"detail": {"$or": [{"Status": ["x"]}, {"Absent": [{"exists": False}]}]}},
    ],
)
def test_an_event_that_has_all_that_is_asked_matches(pattern):
    assert matched(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["other"]},
        {"source": ["aws.sagemaker"], "detail": {"Status": ["Completed"]}},
        {"detail": {"Tags": ["c"]}},
        {"detail": {"Steps": {"name": ["one"], "n": [2]}}},  # of two objects
        {"detail": {"Absent": ["x"]}},
        {"detail": {"Absent": [{"anything-but": "x"}]}},
        {"detail": [{"exists": True}]},
        {"detail": {"Status": {"deeper": ["x"]}}},
        {"$or": [{"source": ["x"]}, {"source": ["y"]}]},
        {"source": ["z"], "$or": [{"detail": {"Tags": ["a"]}}, {"source": ["y"]}]},
    ],
)
def test_an_event_that_lacks_something_does_not(pattern):
    assert not matched(pattern)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not valid JSON"),
        ("[]", "not an object"),
        ("{}", "Empty objects"),
        ('{"a": {}}', "Empty objects"),
        ('{"a": []}', "Empty arrays"),
        ('{"a": "b"}', '"a" must be an object or an array'),
        ('{"a": [["b"]]}', "Match value must be"),
        ('{"a": [NaN]}', "not valid JSON"),
        ('{"$or": [{"a": ["b"]}]}', "Unrecognized match type a"),
        ('{"$or": [{"a": "b"}, {"a": ["b"]}]}', "must be an object or an array"),
        ('{"a": ' * 2000 + "1" + "}" * 2000, "not valid JSON"),
    ],
)
def test_what_is_no_pattern_is_refused_with_its_reason(text, reason):
    with pytest.raises(BadPattern, match=reason):
        parse(text)
