"""What is not a variant, not a metric here, or contradicts itself is refused."""

import pytest
from members import stale, unjudged
from scaled import PLACE

from localaws.api.errors import ServiceError
from localaws.scaling import request

REFUSED, INVALID = "NotImplementedException", "ValidationException"
STEP = {"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}
TABLES = [
    (request.TARGET, "RegisterScalableTarget"),
    (request.POLICY, "PutScalingPolicy"),
]


@pytest.mark.parametrize(("table", "operation"), TABLES)
def test_botocores_model_has_no_member_that_nobody_judged(table, operation):
    assert unjudged("application-autoscaling", operation, table) == []
    assert stale(table, ("application-autoscaling", operation)) == []


COPIES = "sagemaker:variant:DesiredProvisionedConcurrency"


@pytest.mark.parametrize(
    ("place", "words", "code"),
    [
        ({"ServiceNamespace": "dynamodb"}, 'change nothing for "dynamodb"', REFUSED),
        ({"ScalableDimension": COPIES}, "is not emulated", REFUSED),
        ({"ResourceId": "endpoint/e"}, 'must be "endpoint/NAME/variant/N', INVALID),
        ({"ResourceId": "endpoint/x/variant/v"}, "Could not find endpoint", INVALID),
        ({"ResourceId": "endpoint/e/variant/w"}, "Could not find variant", INVALID),
    ],
)
def test_only_variants_that_are_there_are_scaled(scaled, place, words, code):
    bounds = {"MinCapacity": 1, "MaxCapacity": 2}
    given = {"place": {**PLACE, **place}, **bounds}
    scaled.refuses(words, "RegisterScalableTarget", code, **given)
    assert scaled("DescribeScalableTargets")["ScalableTargets"] == []


def test_a_serverless_variant_has_nothing_to_scale(scaled):
    config = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    row = {"VariantName": "v", "CurrentServerlessConfig": config}
    scaled.table.update("e", ProductionVariants=[row])
    bounds = {"MinCapacity": 1, "MaxCapacity": 2}
    scaled.refuses("is serverless", "RegisterScalableTarget", **bounds)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"MaxCapacity": 2}, "needs MinCapacity and MaxCapacity"),
        ({"MinCapacity": 0, "MaxCapacity": 2}, "at least 1"),
        ({"MinCapacity": 3, "MaxCapacity": 2}, "cannot be less than minimum"),
        ({"MinCapacity": 1, "MaxCapacity": 2, "Tags": {"a": "b"}}, "no tags here"),
    ],
)
def test_bounds_must_be_bounds(scaled, bounds, words):
    scaled.refuses(words, "RegisterScalableTarget", **bounds)
    assert scaled("DescribeScalableTargets")["ScalableTargets"] == []


def tracking(**config):
    kind = "TargetTrackingScalingPolicyConfiguration"
    return {"PolicyType": "TargetTrackingScaling", kind: {"TargetValue": 1.0, **config}}


def custom(**metric):
    return tracking(CustomizedMetricSpecification=metric)


def stepping(*steps, **config):
    given = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": list(steps)}
    return {"StepScalingPolicyConfiguration": {**given, **config}}


TRACK = {"PolicyType": "TargetTrackingScaling"}
REST = {"ScaleInCooldown": -1}
METRIC = {"MetricName": "m", "Namespace": "n", "Statistic": "Sum"}
OTHER = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
LOW = {"MetricIntervalUpperBound": -2, "ScalingAdjustment": -1}


@pytest.mark.parametrize(
    ("members", "words", "code"),
    [
        ({"PolicyType": "PredictiveScaling"}, "type PredictiveScaling", REFUSED),
        (TRACK, "needs TargetTracking", INVALID),
        ({**TRACK, **stepping(STEP)}, "alone", INVALID),
        (tracking(), "needs one of", INVALID),
        (tracking(PredefinedMetricSpecification=OTHER), "no metric ECS", REFUSED),
        (tracking(TargetValue=0.0), "must be above 0", INVALID),
        (custom(MetricName="m"), "needs Namespace and Statistic", INVALID),
        (custom(Metrics=[{"Id": "a"}]), "tracks one metric", INVALID),
        (tracking(CustomizedMetricSpecification=METRIC, **REST), "-1", INVALID),
        (stepping(), "needs StepAdjustments", INVALID),
        (stepping(STEP, Cooldown=-1), "Cooldown is -1", INVALID),
        (stepping(STEP, STEP), "overlap", INVALID),
        (stepping(STEP, LOW), "have a gap", INVALID),
        (stepping({**STEP, **LOW}), "lower bound must be below", INVALID),
    ],
)
def test_a_policy_that_could_not_work_is_refused(scaled, members, words, code):
    scaled.target()
    scaled.refuses(words, "PutScalingPolicy", code, PolicyName="p", **members)
    assert scaled("DescribeScalingPolicies")["ScalingPolicies"] == []


def test_a_policy_keeps_its_type(scaled):
    scaled.target()
    scaled.stepping(1, name="p")
    with pytest.raises(ServiceError, match="of the type StepScaling, not Target"):
        scaled.tracking("p")


def test_activities_that_did_not_happen_are_not_noted(scaled):
    wish = {"IncludeNotScaledActivities": True}
    scaled.refuses("notes no activities", "DescribeScalingActivities", REFUSED, **wish)
