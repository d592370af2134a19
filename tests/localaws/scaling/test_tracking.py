"""A policy that tracks a target has the alarms that AWS makes, and no others."""

from scaled import INVOCATIONS

CUSTOM = {"MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Unit": "Percent"}


def test_a_policy_has_an_alarm_for_each_side(scaled):
    scaled.target()
    arn = scaled.tracking()
    low, high = sorted(scaled.alarms, key=lambda row: row["Threshold"])
    assert (high["Threshold"], high["EvaluationPeriods"], high["Period"]) == (10, 3, 60)
    assert (low["Threshold"], low["EvaluationPeriods"], low["Period"]) == (9, 15, 60)
    assert high["ComparisonOperator"] == "GreaterThanThreshold"
    assert low["ComparisonOperator"] == "LessThanThreshold"
    for alarm in (low, high):
        assert alarm["AlarmActions"] == [arn] and alarm["Statistic"] == "Sum"
        assert alarm["MetricName"] == "InvocationsPerInstance"
        values = {row["Name"]: row["Value"] for row in alarm["Dimensions"]}
        assert values == {"EndpointName": "e", "VariantName": "v"}
    [policy] = scaled("DescribeScalingPolicies")["ScalingPolicies"]
    names = {row["AlarmName"] for row in policy["Alarms"]}
    assert names == {low["AlarmName"], high["AlarmName"]}


def test_a_metric_of_ones_own_is_the_alarms(scaled):
    scaled.target()
    scaled.tracking(TargetValue=50.0, CustomizedMetricSpecification=CUSTOM)
    for alarm in scaled.alarms:
        assert {name: alarm[name] for name in CUSTOM} == CUSTOM


def test_a_policy_that_is_put_again_keeps_its_alarms_and_its_arn(scaled):
    scaled.target()
    first = scaled.tracking()
    names = {row["AlarmName"] for row in scaled.alarms}
    assert scaled.tracking(TargetValue=50.0) == first
    assert {row["AlarmName"] for row in scaled.alarms} == names
    assert {row["Threshold"] for row in scaled.alarms} == {50, 45}
    scaled.tracking(DisableScaleIn=True)
    [alarm] = scaled.alarms
    assert "-AlarmHigh-" in alarm["AlarmName"]


def test_an_alarm_that_is_refused_leaves_neither_policy_nor_alarm(scaled):
    scaled.target()
    real = scaled.clients.get("cloudwatch", "us-east-1")

    class Refusing:
        describe_alarms, delete_alarms = real.describe_alarms, real.delete_alarms

        def put_metric_alarm(self, **members):
            if "AlarmLow" in members["AlarmName"]:
                said = {"Error": {"Message": "no more alarms", "Code": "x"}}
                raise real.exceptions.LimitExceededFault(said, "PutMetricAlarm")
            real.put_metric_alarm(**members)

    scaled.get = lambda service, region, owner="": Refusing()
    config = {"TargetValue": 1.0, "PredefinedMetricSpecification": INVOCATIONS}
    members = {"PolicyName": "p", "PolicyType": "TargetTrackingScaling"}
    members["TargetTrackingScalingPolicyConfiguration"] = config
    scaled.refuses("no more alarms", "PutScalingPolicy", **members)
    del scaled.get
    assert scaled("DescribeScalingPolicies")["ScalingPolicies"] == []
    assert scaled.alarms == []
