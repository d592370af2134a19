"""Conditions on records, without a server."""

import pytest

from localaws.api.errors import ServiceError
from localaws.api.validation import service_model
from localaws.lineage.filters import condition

JOB = service_model("sagemaker").shape_for("TrainingJob")
CHANNELS = [
    {"ChannelName": "train", "ContentType": "csv"},
    {"ChannelName": "test", "ContentType": "json"},
]


def holds(expression, **record):
    return condition(expression, JOB, "TrainingJob")(record)


def channel(name, kind, operator="And"):
    pairs = (("ChannelName", name), ("ContentType", kind))
    filters = [{"Name": f"InputDataConfig.{key}", "Value": one} for key, one in pairs]
    return {
        "NestedFilters": [
            {"NestedPropertyName": "InputDataConfig", "Filters": filters}
        ],
        "Operator": operator,
    }


@pytest.mark.parametrize("operator", ["And", "Or"])
def test_a_nested_filter_is_of_one_element(operator):
    assert holds(channel("train", "csv", operator), InputDataConfig=CHANNELS)
    assert not holds(channel("train", "json", operator), InputDataConfig=CHANNELS)
    assert not holds(channel("train", "csv", operator))


def test_what_is_absent_is_unequal():
    unequal = {"Filters": [{"Name": "RoleArn", "Operator": "NotEquals", "Value": "a"}]}
    assert holds(unequal) and holds(unequal, RoleArn="b")
    assert not holds(unequal, RoleArn="a")


@pytest.mark.parametrize(
    ("operator", "value", "text", "expected"),
    [
        ("LessThan", "0.9", "1", True),  # 0 < 1
        ("Equals", "0.9", "0", True),  # an integer is asked for
        ("Equals", "0.9", "0.0", False),
        ("GreaterThan", "many", "1", False),
        ("Equals", "many", "many", True),
        ("NotEquals", "many", "1", True),
        ("LessThan", "inf", "1", False),
    ],
)
def test_texts_are_numbers_where_both_look_like_some(operator, value, text, expected):
    given = {"Name": "HyperParameters.n", "Operator": operator, "Value": text}
    assert holds({"Filters": [given]}, HyperParameters={"n": value}) is expected


def test_an_empty_expression_inside_is_refused_too():
    with pytest.raises(ServiceError, match="at least one filter"):
        holds({"SubExpressions": [{"SubExpressions": []}]})
