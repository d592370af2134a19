"""Conditions, as the SDK writes them, against Python's own comparisons."""

import pytest
from sagemaker.core.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThan,
    ConditionGreaterThanOrEqualTo,
    ConditionIn,
    ConditionLessThan,
    ConditionLessThanOrEqualTo,
    ConditionNot,
    ConditionOr,
)

from localaws.pipelines.conditions import check, hold
from localaws.pipelines.expressions import Scope, Unresolved

SCOPE = Scope({"n": 3, "t": "x", "b": True}, {})
N, T, B = ({"Get": f"Parameters.{name}"} for name in "ntb")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (ConditionEquals(N, 3), True),
        (ConditionEquals(N, 3.0), True),
        (ConditionEquals(N, "3"), False),
        (ConditionEquals(B, True), True),
        (ConditionEquals(B, 1), False),
        (ConditionEquals(T, "x"), True),
        (ConditionGreaterThan(N, 3), False),
        (ConditionGreaterThan(N, 2.9), True),
        (ConditionGreaterThanOrEqualTo(N, 3), True),
        (ConditionLessThan(N, 3), False),
        (ConditionLessThan("a", T), True),
        (ConditionLessThanOrEqualTo(N, 3), True),
        (ConditionIn(T, ["y", "x"]), True),
        (ConditionIn(N, [1, 2, T]), False),
        (ConditionNot(ConditionEquals(N, 3)), False),
        (ConditionOr([ConditionEquals(N, 1), ConditionEquals(T, "x")]), True),
        (ConditionOr([]), False),
    ],
)
def test_a_condition_holds_or_does_not(condition, expected):
    written = condition.to_request()
    if "Condition" in written:
        assert isinstance(written["Condition"], dict)
    check([written], "the step")
    assert hold([written], SCOPE) is expected


def test_all_of_several_must_hold():
    yes, no = (ConditionEquals(N, value).to_request() for value in (3, 4))
    assert hold([yes, yes], SCOPE) and not hold([yes, no], SCOPE)
    assert hold([], SCOPE)


@pytest.mark.parametrize("pair", [(N, "4"), (T, 1), (B, 0), (B, True)])
def test_what_has_no_order_is_told(pair):
    with pytest.raises(Unresolved, match="cannot compare"):
        hold([ConditionLessThan(*pair).to_request()], SCOPE)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [7],
        [{"Type": "Between"}],
        [{"Type": "Equals", "LeftValue": 1}],
        [{"Type": "In", "QueryValue": 1, "Values": 1}],
        [{"Type": "Not", "Condition": {"Type": "x"}}],
        [{"Type": "Or", "Conditions": {}}],
    ],
)
def test_what_is_no_condition_is_told(wrong):
    with pytest.raises(ValueError, match="the step"):
        check(wrong, "the step")
