"""Application Auto Scaling: the operations on targets, policies and activities."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from localaws.api.errors import ServiceError
from localaws.api.registry import Call, Context, operation
from localaws.records.pages import count
from localaws.records.store import Record, public
from localaws.scaling import request, tracking
from localaws.scaling.records import NAMESPACE, PLACE, Book, not_found
from localaws.scaling.run import Scaling

MOST = 50  # rows of an answer
_STATES = ("DynamicScalingIn", "DynamicScalingOut", "ScheduledScaling")


def setup(context: Context) -> None:
    """Let policies act, and follow what an earlier server had begun."""
    scaling = context.add(Scaling(context))
    context.on_start(scaling.resume)
    context.on_close(scaling.close)


def book_of(call: Call) -> Book:
    """Return what is remembered of the region of a call."""
    return call.context.part(Scaling).book(call.region)


@operation("RegisterScalableTarget", "application-autoscaling")
def register(call: Call) -> dict[str, str]:
    """Bound the number of instances of a variant, and bring it between the bounds.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    request.ours(call)
    book, resource = book_of(call), call.input["ResourceId"]
    place = book.store, call.region, call.context.account
    variant = request.variant(*place, resource)
    if "CurrentInstanceCount" not in variant:
        raise request.invalid(f'"{resource}" is serverless: it has no instances.')
    with book.store.changed:
        there = book.targets.exists(resource)
        before = book.targets.get(resource) if there else None
        wish = request.target(call, before)
        if before is None:
            before = _new(call, book, resource)
        state = {**before["SuspendedState"], **call.input.get("SuspendedState", {})}
        role = {k: call.input[k] for k in ("RoleARN",) if k in call.input}
        book.targets.update(resource, **wish, SuspendedState=state, **role)
    call.context.part(Scaling).hold(call.region, resource)
    return {"ScalableTargetARN": before["ScalableTargetARN"]}


def _new(call: Call, book: Book, resource: str) -> Record:
    place = f"{call.region}:{call.context.account}"
    number = uuid.uuid4().hex
    arn = f"arn:aws:application-autoscaling:{place}:scalable-target/{number}"
    linked = "aws-service-role/sagemaker.application-autoscaling.amazonaws.com"
    role = "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    made = {
        **PLACE,
        "ScalableTargetArn": arn,
        "ScalableTargetARN": arn,
        "RoleARN": f"arn:aws:iam::{call.context.account}:role/{linked}/{role}",
        "SuspendedState": {f"{name}Suspended": False for name in _STATES},
        "CreationTime": call.context.clock.now(),
        "_policies": {},
    }
    book.targets.create(resource, made)
    return made


@operation("DeregisterScalableTarget", "application-autoscaling")
def deregister(call: Call) -> dict[str, Any]:
    """Remove a target with its policies; the instances stay as they are.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
    """
    request.ours(call)
    resource = call.input["ResourceId"]
    if not book_of(call).targets.exists(resource):
        raise not_found("scalable target", resource)
    call.context.part(Scaling).forget(call.region, resource)
    return {}


@operation("DescribeScalableTargets", "application-autoscaling")
def describe_targets(call: Call) -> dict[str, Any]:
    """Return targets.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html
    """
    rows = _named(call, book_of(call).targets.all())
    if wanted := call.input.get("ResourceIds"):
        rows = [row for row in rows if row["ResourceId"] in wanted]
    return _page(call, "ScalableTargets", rows)


@operation("PutScalingPolicy", "application-autoscaling")
def put_policy(call: Call) -> dict[str, Any]:
    """Create or replace a policy; one that tracks a target has alarms of its own.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
    """
    request.ours(call)
    book, resource = book_of(call), call.input["ResourceId"]
    name = call.input["PolicyName"]
    before = book.get(resource)["_policies"].get(name)
    kind, config = request.policy(call, before)
    made: Record = {
        "PolicyName": name,
        "ResourceId": resource,
        **PLACE,
        "PolicyARN": _arn(call, resource, name),
        "CreationTime": call.context.clock.now(),
        **(before or {}),
        "PolicyType": kind,
        request.CONFIGURED[kind]: config,
    }
    made.setdefault("Alarms", [])
    if kind == "TargetTrackingScaling":
        _keep(book, resource, made)  # an alarm may only name a policy that is there
        try:
            made["Alarms"] = tracking.put(call.context, call.region, made)
        except ServiceError:
            _keep(book, resource, before, name)
            raise
    _keep(book, resource, made)
    return {"PolicyARN": made["PolicyARN"], "Alarms": made["Alarms"]}


def _keep(book: Book, resource: str, policy: Record | None, name: str = "") -> None:
    with book.targets.edit(resource) as target:
        if policy:
            target["_policies"][policy["PolicyName"]] = policy
        else:
            target["_policies"].pop(name, None)


def _arn(call: Call, resource: str, name: str) -> str:
    place = f"{call.region}:{call.context.account}"
    where = f"{uuid.uuid4()}:resource/{NAMESPACE}/{resource}:policyName/{name}"
    return f"arn:aws:autoscaling:{place}:scalingPolicy:{where}"


@operation("DescribeScalingPolicies", "application-autoscaling")
def describe_policies(call: Call) -> dict[str, Any]:
    """Return policies.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingPolicies.html
    """
    rows = _named(call, list(book_of(call).policies()))
    if wanted := call.input.get("PolicyNames"):
        rows = [row for row in rows if row["PolicyName"] in wanted]
    return _page(call, "ScalingPolicies", rows)


@operation("DeleteScalingPolicy", "application-autoscaling")
def delete_policy(call: Call) -> dict[str, Any]:
    """Remove a policy and the alarms that were made for it.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeleteScalingPolicy.html
    """
    request.ours(call)
    book, resource = book_of(call), call.input["ResourceId"]
    name, policy = call.input["PolicyName"], None
    if book.targets.exists(resource):
        policy = book.targets.get(resource)["_policies"].get(name)
    if policy is None:
        raise not_found("scaling policy", resource, **{"policy name": name})
    _keep(book, resource, None, name)
    names = [row["AlarmName"] for row in policy["Alarms"]]
    tracking.remove(call.context, call.region, names)
    return {}


@operation("DescribeScalingActivities", "application-autoscaling")
def describe_activities(call: Call) -> dict[str, Any]:
    """Return what was scaled, the latest first.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingActivities.html
    """
    if call.input.get("IncludeNotScaledActivities"):
        raise request.refused("localaws notes no activities that were not scaled.")
    return _page(call, "ScalingActivities", _named(call, book_of(call).activities()))


def _named(call: Call, rows: Sequence[Record]) -> list[Record]:
    """Return those of some rows that a Describe request asks for."""
    names = ("ServiceNamespace", "ScalableDimension", "ResourceId")
    asked = {name: call.input[name] for name in names if name in call.input}
    return [row for row in rows if asked.items() <= row.items()]


def _page(call: Call, member: str, rows: list[Record]) -> dict[str, Any]:
    """Return a page of rows, and the token for the next one."""
    given, most = call.input.get("NextToken", "0"), call.input.get("MaxResults", MOST)
    if (start := count(given)) is None:
        raise ServiceError("InvalidNextTokenException", f'No such token: "{given}".')
    if most < 1:
        raise request.invalid(f"MaxResults is {most}: it must be between 1 and {MOST}.")
    end = start + min(most, MOST)
    shown = [public(row) for row in rows[start:end]]
    return {member: shown, **({"NextToken": str(end)} if end < len(rows) else {})}
