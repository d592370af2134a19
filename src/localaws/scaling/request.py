"""What scaling is refused for: other resources, other metrics, and contradictions."""

from __future__ import annotations

import itertools
from typing import Any

from localaws.api.errors import invalid
from localaws.api.members import FOLLOWED, Table, Unfollowed, below, check
from localaws.api.registry import Call
from localaws.neighbours.guards import refused
from localaws.records.store import Record, Store
from localaws.scaling.records import DIMENSION, NAMESPACE
from localaws.scaling.tracking import INVOCATIONS, VARIANT

_NAMED: Table = {
    "ServiceNamespace": FOLLOWED,
    "ResourceId": FOLLOWED,
    "ScalableDimension": FOLLOWED,
}
TARGET: Table = {
    **_NAMED,
    "MinCapacity": FOLLOWED,
    "MaxCapacity": FOLLOWED,
    "RoleARN": "on AWS too, endpoints are scaled in the name of a service-linked role",
    "SuspendedState.DynamicScalingInSuspended": FOLLOWED,
    "SuspendedState.DynamicScalingOutSuspended": FOLLOWED,
    "SuspendedState.ScheduledScalingSuspended": FOLLOWED,
    "Tags{}": Unfollowed("targets have no tags here. Leave them out"),
}
_STEP: Table = {
    "AdjustmentType": FOLLOWED,
    "StepAdjustments[].MetricIntervalLowerBound": FOLLOWED,
    "StepAdjustments[].MetricIntervalUpperBound": FOLLOWED,
    "StepAdjustments[].ScalingAdjustment": FOLLOWED,
    "MinAdjustmentMagnitude": FOLLOWED,
    "Cooldown": FOLLOWED,
    "MetricAggregationType": FOLLOWED,
}
_TRACKING: Table = {
    "TargetValue": FOLLOWED,
    "PredefinedMetricSpecification.PredefinedMetricType": FOLLOWED,
    "PredefinedMetricSpecification.ResourceLabel": Unfollowed(
        "it is for load balancers. Leave it out"
    ),
    "CustomizedMetricSpecification.MetricName": FOLLOWED,
    "CustomizedMetricSpecification.Namespace": FOLLOWED,
    "CustomizedMetricSpecification.Dimensions[].Name": FOLLOWED,
    "CustomizedMetricSpecification.Dimensions[].Value": FOLLOWED,
    "CustomizedMetricSpecification.Statistic": FOLLOWED,
    "CustomizedMetricSpecification.Unit": FOLLOWED,
    "CustomizedMetricSpecification.Metrics": Unfollowed(
        "a policy tracks one metric here. Give MetricName, Namespace and Statistic"
    ),
    "ScaleOutCooldown": FOLLOWED,
    "ScaleInCooldown": FOLLOWED,
    "DisableScaleIn": FOLLOWED,
}
POLICY: Table = {
    **_NAMED,
    "PolicyName": FOLLOWED,
    "PolicyType": FOLLOWED,
    **below("StepScalingPolicyConfiguration", _STEP),
    **below("TargetTrackingScalingPolicyConfiguration", _TRACKING),
    "PredictiveScalingPolicyConfiguration": Unfollowed("nothing is predicted here"),
}
CONFIGURED = {
    "StepScaling": "StepScalingPolicyConfiguration",
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
}


def ours(call: Call) -> None:
    """Refuse what is not a variant of an endpoint: nothing else scales here."""
    service = call.input["ServiceNamespace"]
    dimension = call.input.get("ScalableDimension", DIMENSION)
    if service != NAMESPACE:
        raise refused(
            f"localaws scales endpoints of SageMaker: {call.operation} would change "
            f'nothing for "{service}".'
        )
    if dimension != DIMENSION:
        raise refused(
            f"localaws scales the instances of variants ({DIMENSION}): "
            f'"{dimension}" is not emulated.'
        )


def variant(store: Store, region: str, account: str, resource: str) -> Record:
    """Return what an endpoint's record says of a variant, with the endpoint's status.

    Raises ServiceError in SageMaker's own words where it is not there.
    """
    match = VARIANT.fullmatch(resource)
    if not match:
        raise invalid(
            f'The resource ID "{resource}" must be "endpoint/NAME/variant/NAME".'
        )
    arn = f"arn:aws:sagemaker:{region}:{account}:endpoint/{match[1]}"
    table, name = store.by_arn(arn)
    record = table.get(name)
    for row in record.get("ProductionVariants", ()):
        if row["VariantName"] == match[2]:
            return {"EndpointStatus": record["EndpointStatus"], **row}
    raise invalid(f'Could not find variant "{match[2]}" of endpoint "{arn}".')


def target(call: Call, before: Record | None) -> dict[str, int]:
    """Return the bounds that a target is to have; raise where they cannot be."""
    check(call.input, TARGET)
    names = ("MinCapacity", "MaxCapacity")
    given = {**(before or {}), **call.input}
    found = {name: int(given[name]) for name in names if name in given}
    if len(found) < len(names):
        raise invalid("A new scalable target needs MinCapacity and MaxCapacity.")
    if found["MinCapacity"] < 1:
        raise invalid(
            "The MinCapacity of a variant is at least 1: localaws keeps an instance of "
            "an asynchronous endpoint, too."
        )
    if found["MinCapacity"] > found["MaxCapacity"]:
        raise invalid("Maximum capacity cannot be less than minimum capacity.")
    return found


def policy(call: Call, before: Record | None) -> tuple[str, dict[str, Any]]:
    """Return the type and configuration of a policy; raise where it could not work."""
    check(call.input, POLICY)
    old = before or {}
    kind = call.input.get("PolicyType", old.get("PolicyType", "StepScaling"))
    if kind not in CONFIGURED:
        raise refused(f"localaws does not emulate policies of the type {kind}.")
    if before and before["PolicyType"] != kind:
        raise invalid(f"The policy is of the type {before['PolicyType']}, not {kind}.")
    wrong = [m for k, m in CONFIGURED.items() if k != kind and m in call.input]
    config = call.input.get(CONFIGURED[kind]) or old.get(CONFIGURED[kind])
    if wrong or not config:
        raise invalid(f"A policy of the type {kind} needs {CONFIGURED[kind]} alone.")
    (_check_step if kind == "StepScaling" else _check_tracking)(config)
    return kind, config


def _check_tracking(config: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html"""
    if config["TargetValue"] <= 0:
        raise invalid(f"TargetValue is {config['TargetValue']}: it must be above 0.")
    metrics = "PredefinedMetricSpecification", "CustomizedMetricSpecification"
    given = [name for name in metrics if name in config]
    if len(given) != 1:
        raise invalid(f"A target tracking policy needs one of {' and '.join(metrics)}.")
    one = config[given[0]]
    if given[0] == metrics[0] and one["PredefinedMetricType"] != INVOCATIONS:
        raise refused(
            f"localaws has no metric {one['PredefinedMetricType']}: it has "
            f"{INVOCATIONS}, and others as a CustomizedMetricSpecification."
        )
    wanted = ("MetricName", "Namespace", "Statistic")
    if given[0] == metrics[1] and (lacks := [m for m in wanted if m not in one]):
        raise invalid(f"CustomizedMetricSpecification needs {' and '.join(lacks)}.")
    _check_cooldowns(config, "ScaleOutCooldown", "ScaleInCooldown")


def _check_step(config: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepAdjustment.html"""
    for name in ("AdjustmentType", "StepAdjustments"):
        if not config.get(name):
            raise invalid(f"StepScalingPolicyConfiguration needs {name}.")
    _check_cooldowns(config, "Cooldown", "MinAdjustmentMagnitude")
    infinite = float("inf")
    spans = sorted(
        (
            step.get("MetricIntervalLowerBound", -infinite),
            step.get("MetricIntervalUpperBound", infinite),
        )
        for step in config["StepAdjustments"]
    )
    if any(low >= high for low, high in spans):
        raise invalid("A step's lower bound must be below its upper bound.")
    for (_, high), (low, _) in itertools.pairwise(spans):
        if low != high:
            words = "overlap" if low < high else "have a gap"
            raise invalid(
                f"The steps of a policy {words} between {high:g} and {low:g}."
            )


def _check_cooldowns(config: dict[str, Any], *names: str) -> None:
    for name in names:
        if config.get(name, 0) < 0:
            raise invalid(f"{name} is {config[name]}: it must not be negative.")
