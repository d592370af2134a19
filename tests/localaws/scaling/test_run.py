"""Policies act between bounds, with rests, and tell what they did."""

import pytest
from waiting import until

from localaws.api.errors import ServiceError


def test_a_policy_brings_what_its_metric_needs_and_tells_it(scaled):
    scaled.target()
    scaled.act(scaled.tracking(), 25.0)
    assert scaled.size == 3 and scaled.asked == [3]
    [row] = scaled.activities
    assert row["Cause"] == "monitor alarm alarm in state ALARM triggered policy p"
    assert row["Description"] == "Setting desired instance count to 3."
    assert row["StatusCode"] == "Successful" and row["EndTime"] >= row["StartTime"]
    assert row["StatusMessage"].endswith("Change successfully fulfilled by sagemaker.")
    assert row["ResourceId"] == "endpoint/e/variant/v"


def test_bounds_hold_whatever_a_policy_wants(scaled):
    scaled.target(2, 4)
    assert until(lambda: scaled.activities[0].get("EndTime"))
    assert scaled.size == 2  # brought to the minimum at once
    assert scaled.activities[0]["Cause"] == "minimum capacity was set to 2"
    arn = scaled.tracking()
    scaled.act(arn, 100.0)
    assert scaled.size == 4
    scaled.act(arn, 100.0)
    assert scaled.asked == [2, 4]
    scaled.act(arn, 0.0, threshold=9.0)
    assert scaled.size == 2
    scaled.target(1, 1)
    assert scaled.size == 1
    assert scaled.activities[0]["Cause"] == "maximum capacity was set to 1"


def test_in_its_cooldown_a_policy_adds_only_what_it_wants_beyond_what_it_added(scaled):
    scaled.target(1, 20)
    arn = scaled.stepping(2, Cooldown=300)
    scaled.act(arn, 15.0)
    scaled.act(arn, 15.0)
    assert scaled.size == 3  # 1 and 2 are there already
    assert scaled.stepping(3, Cooldown=300) == arn
    scaled.act(arn, 15.0)
    assert scaled.size == 4  # 1 and 3
    scaled.context.clock.advance(301)
    scaled.act(arn, 15.0)
    assert scaled.size == 7


def test_a_metric_that_is_still_high_in_the_cooldown_is_measured_from_before(scaled):
    scaled.target(1, 20)
    arn = scaled.tracking(ScaleOutCooldown=60)
    scaled.act(arn, 25.0)
    scaled.act(arn, 25.0)  # the new instances are not in the metric yet
    assert scaled.size == 3
    scaled.act(arn, 45.0)
    assert scaled.size == 5
    scaled.context.clock.advance(61)
    scaled.act(arn, 15.0)
    assert scaled.size == 8


def test_scaling_in_waits_for_its_cooldown_and_scaling_out_does_not(scaled):
    scaled.target(1, 9)
    arn = scaled.tracking(ScaleOutCooldown=0, ScaleInCooldown=300)
    scaled.act(arn, 60.0)
    scaled.act(arn, 5.0, threshold=9.0)
    assert scaled.size == 3
    scaled.act(arn, 3.0, threshold=9.0)
    assert scaled.size == 3
    scaled.act(arn, 20.0)
    assert scaled.size == 6
    scaled.context.clock.advance(301)
    scaled.act(arn, 5.0, threshold=9.0)
    assert scaled.size == 3


def test_what_is_suspended_does_not_scale(scaled):
    scaled.target(1, 9, SuspendedState={"DynamicScalingOutSuspended": True})
    arn = scaled.tracking()
    scaled.act(arn, 60.0)
    assert scaled.size == 1
    state = {"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": False}
    scaled.target(1, 9, SuspendedState=state)
    scaled.act(arn, 20.0)
    scaled.act(arn, 1.0, threshold=9.0)
    assert scaled.size == 2
    [row] = scaled("DescribeScalableTargets")["ScalableTargets"]
    assert row["SuspendedState"] == {**state, "ScheduledScalingSuspended": False}


def test_it_scales_in_when_all_that_track_would(scaled):
    scaled.target(1, 9)
    arn = scaled.tracking(ScaleOutCooldown=0)
    other = {"MetricName": "m", "Namespace": "n", "Statistic": "Average"}
    scaled.tracking("other", TargetValue=1.0, CustomizedMetricSpecification=other)
    scaled.act(arn, 60.0)
    [low] = [
        row["AlarmName"]
        for row in scaled.alarms
        if row["MetricName"] == "m" and "-AlarmLow-" in row["AlarmName"]
    ]
    cloudwatch = scaled.clients.get("cloudwatch", "us-east-1")
    for state, size in [("OK", 6), ("ALARM", 1)]:
        cloudwatch.set_alarm_state(AlarmName=low, StateValue=state, StateReason="-")
        scaled.act(arn, 1.0, threshold=9.0)
        assert scaled.size == size


def test_what_sagemaker_refuses_has_failed_with_its_words(scaled):
    scaled.target()
    arn = scaled.tracking()
    scaled.refusal = ServiceError("ResourceLimitExceeded", "no room for 3 Instances")
    scaled.act(arn, 25.0)
    [row] = scaled.activities
    assert row["StatusCode"] == "Failed" and row["StatusMessage"] == (
        "Failed to set desired instance count to 3. Reason: no room for 3 Instances"
    )
    scaled.refusal = None
    scaled.act(arn, 25.0)
    assert scaled.size == 3  # a failure has no cooldown


def test_an_endpoint_that_changes_is_left_alone(scaled):
    scaled.target()
    arn = scaled.tracking()
    scaled.table.update("e", EndpointStatus="Updating")
    scaled.act(arn, 25.0)
    assert scaled.asked == [] and scaled.activities == []


def test_an_endpoint_that_is_deleted_takes_its_targets_and_alarms_along(scaled):
    scaled.target()
    arn = scaled.tracking()
    scaled.act(arn, 25.0)
    scaled.table.delete("e")
    until(lambda: scaled("DescribeScalableTargets")["ScalableTargets"] == [])
    until(lambda: scaled.alarms == [])
    assert len(scaled.activities) == 1  # what was, was
    with pytest.raises(ServiceError, match="There is no scaling policy"):
        scaled.act(arn, 25.0)


def test_what_an_earlier_server_had_begun_is_followed_to_its_end(scaled):
    scaled.target()
    book = scaled.scaling.book("us-east-1")
    told = {"Description": "d", "Cause": "c", "StatusCode": "InProgress"}
    for number in (1, 4):
        state = {"_count": number, "_before": 1, "_policy": None}
        book.begin("endpoint/e/variant/v", float(number), **told, **state)
    scaled.scaling.resume()
    until(lambda: all("EndTime" in row for row in scaled.activities))
    failed, done = scaled.activities
    assert done["StatusCode"] == "Successful" and failed["StatusCode"] == "Failed"
