"""Targets and policies are kept, shown in pages, and removed with their alarms."""

import pytest
from scaled import WIDE

from localaws.api.errors import ServiceError
from localaws.records.store import Store
from localaws.scaling.records import Book

GONE = "ObjectNotFoundException"


def test_a_target_is_registered_changed_and_deregistered(scaled):
    made = scaled("RegisterScalableTarget", MinCapacity=1, MaxCapacity=2)
    again = scaled("RegisterScalableTarget", MaxCapacity=4)
    assert made == again and ":scalable-target/" in made["ScalableTargetARN"]
    [row] = scaled("DescribeScalableTargets")["ScalableTargets"]
    assert (row["MinCapacity"], row["MaxCapacity"]) == (1, 4)
    assert row["RoleARN"].endswith("AutoScaling_SageMakerEndpoint")
    assert not [name for name in row if name.startswith("_")]
    scaled("DeregisterScalableTarget")
    assert scaled("DescribeScalableTargets")["ScalableTargets"] == []
    scaled.refuses("No scalable target found", "DeregisterScalableTarget", GONE)


def test_a_policy_needs_a_target_and_goes_with_it(scaled):
    words = "No scalable target registered for service namespace: sagemaker, resource"
    with pytest.raises(ServiceError, match=words) as caught:
        scaled.tracking()
    assert caught.value.code == GONE
    scaled.target()
    scaled.tracking()
    scaled.stepping(1)
    scaled("DeregisterScalableTarget")
    assert scaled("DescribeScalingPolicies")["ScalingPolicies"] == []
    assert scaled.alarms == []


def test_a_policy_that_is_deleted_is_gone_with_its_alarms(scaled):
    scaled.target()
    scaled.tracking()
    scaled("DeleteScalingPolicy", PolicyName="p")
    assert scaled.alarms == []
    words = "No scaling policy found for .*, policy name: p"
    scaled.refuses(words, "DeleteScalingPolicy", GONE, PolicyName="p")


def test_answers_come_in_pages_and_of_what_is_asked_for(scaled):
    scaled.target()
    for number in range(3):
        scaled.stepping(1, name=f"s{number}")
    first = scaled("DescribeScalingPolicies", MaxResults=2)
    rest = scaled("DescribeScalingPolicies", NextToken=first["NextToken"])
    rows = [*first["ScalingPolicies"], *rest["ScalingPolicies"]]
    assert [row["PolicyName"] for row in rows] == ["s0", "s1", "s2"]
    assert "NextToken" not in rest
    [one] = scaled("DescribeScalingPolicies", PolicyNames=["s1"])["ScalingPolicies"]
    assert one["PolicyType"] == "StepScaling"
    for ids, found in [(["no"], 0), (["no", "endpoint/e/variant/v"], 1)]:
        rows = scaled("DescribeScalableTargets", WIDE, ResourceIds=ids)
        assert len(rows["ScalableTargets"]) == found
    words, code = "No such token", "InvalidNextTokenException"
    for token in ("x", "²", "9" * 5000):
        scaled.refuses(words, "DescribeScalingActivities", code, NextToken=token)
    words = "it must be between 1 and 50"
    scaled.refuses(words, "DescribeScalableTargets", MaxResults=-5)


def test_targets_and_policies_are_there_after_a_restart(scaled):
    scaled.target()
    arn = scaled.tracking()
    scaled.act(arn, 25.0)
    store = Store(scaled.context.part(Store).folder, scaled.context.account)
    before, after = scaled.scaling.book("us-east-1"), Book(store, "us-east-1")
    assert after.policy(arn) == before.policy(arn)
    assert after.activities() == before.activities()
    assert after.policy(arn)[1]["_last"]["up"] is True  # its cooldown goes on
