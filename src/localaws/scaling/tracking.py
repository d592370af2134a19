"""The two alarms of a target tracking policy, made and removed as a customer would.

https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from botocore.exceptions import ClientError

from localaws.api.errors import ServiceError
from localaws.api.registry import Context
from localaws.records.store import Record

VARIANT = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")
INVOCATIONS = "SageMakerVariantInvocationsPerInstance"
PERIOD = 60  # seconds
# Each alarm: how it compares, with what share of the target, for how many periods.
ALARMS = {
    "AlarmHigh": ("GreaterThanThreshold", 1.0, 3),
    "AlarmLow": ("LessThanThreshold", 0.9, 15),
}


def metric(config: dict[str, Any], resource: str) -> dict[str, Any]:
    """Return the metric of a configuration, as PutMetricAlarm names it."""
    if given := config.get("CustomizedMetricSpecification"):
        return dict(given)
    match = VARIANT.fullmatch(resource)
    assert match, "the target was registered"
    names = {"EndpointName": match[1], "VariantName": match[2]}
    return {
        "Namespace": "AWS/SageMaker",
        "MetricName": "InvocationsPerInstance",
        "Dimensions": [{"Name": k, "Value": v} for k, v in names.items()],
        "Statistic": "Sum",
    }


def put(context: Context, region: str, policy: Record) -> list[dict[str, str]]:
    """Make a policy's alarms, or make those that it has anew; return them.

    Raises ServiceError where CloudWatch refuses one; then there is none.
    """
    config = policy["TargetTrackingScalingPolicyConfiguration"]
    sides = [s for s in ALARMS if s == "AlarmHigh" or not config.get("DisableScaleIn")]
    names = {row["AlarmName"] for row in policy.get("Alarms", ())}
    chosen = [_name(policy, side, names) for side in sides]
    remove(context, region, sorted(names - {*chosen}))
    try:
        for side, name in zip(sides, chosen, strict=True):
            _put(context, region, policy, side, name)
    except ClientError as error:
        remove(context, region, chosen)
        said = error.response["Error"]
        raise ServiceError("ValidationException", said["Message"]) from error
    place = f"arn:aws:cloudwatch:{region}:{context.account}:alarm"
    return [{"AlarmName": name, "AlarmARN": f"{place}:{name}"} for name in chosen]


def remove(context: Context, region: str, names: list[str]) -> None:
    """Delete alarms; those that somebody has deleted before are no error."""
    if names:
        client = context.clients.get("cloudwatch", region)
        found = client.describe_alarms(AlarmNames=names)["MetricAlarms"]
        there = [row["AlarmName"] for row in found]
        if there:
            client.delete_alarms(AlarmNames=there)


def _name(policy: Record, side: str, names: set[str]) -> str:
    start = f"TargetTracking-{policy['ResourceId']}-{side}-"
    old = next((name for name in names if name.startswith(start)), None)
    return old or f"{start}{uuid.uuid4()}"


def _put(context: Context, region: str, policy: Record, side: str, name: str) -> None:
    config = policy["TargetTrackingScalingPolicyConfiguration"]
    comparison, share, periods = ALARMS[side]
    said = "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy "
    context.clients.get("cloudwatch", region).put_metric_alarm(
        AlarmName=name,
        AlarmDescription=f"{said}{policy['PolicyARN']}.",
        AlarmActions=[policy["PolicyARN"]],
        ComparisonOperator=comparison,
        Threshold=share * config["TargetValue"],
        Period=PERIOD,
        EvaluationPeriods=periods,
        **metric(config, policy["ResourceId"]),
    )
