"""Endpoints: one in a single call, and those that others began, such as functions."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from course.cloud.bill import Charge
from course.cloud.meter import PREFIX

VARIANT = "all"
SCALING = "application-autoscaling"
PATIENCE = {"Delay": 1, "MaxAttempts": 1800}  # seconds, and how often it is looked


def start(
    name: str,
    image: str,
    archive: str,
    role: str,
    instance_type: str,
    **more: Any,
) -> None:
    """Make model, configuration and endpoint of one name; return when it serves.

    ``archive`` is the address of ``model.tar.gz`` in S3. The steps are those of lesson
    19; the configuration takes ``more``, such as ``DataCaptureConfig``. Raises
    botocore's ``WaiterError`` where the endpoint fails.
    https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html
    """
    import boto3

    sagemaker = boto3.client("sagemaker")
    container = {"Image": image, "ModelDataUrl": archive}
    sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container
    )
    variant: dict[str, Any] = {"VariantName": VARIANT, "ModelName": name}
    variant |= {"InstanceType": instance_type, "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[variant], **more
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=name, WaiterConfig=PATIENCE)


def serves(sagemaker: Any, name: str, variant: str) -> bool:
    """Wait until an endpoint serves one variant alone; False after half an hour.

    The endpoint need not be there yet.
    """
    for _ in range(PATIENCE["MaxAttempts"]):
        for known in sagemaker.list_endpoints(NameContains=name)["Endpoints"]:
            found = sagemaker.describe_endpoint(EndpointName=known["EndpointName"])
            names = [
                each["VariantName"] for each in found.get("ProductionVariants", ())
            ]
            if (found["EndpointStatus"], names) == ("InService", [variant]):
                return True
        time.sleep(PATIENCE["Delay"])
    return False


def charges(sagemaker: Any, since: float, metered: Collection[str]) -> Iterator[Charge]:
    """Yield what the course's endpoints cost that are not metered, until now.

    Each is counted as if its present configuration had been its only one. What is
    deleted is not seen any more.
    """
    pages = sagemaker.get_paginator("list_endpoints").paginate(
        NameContains=PREFIX, CreationTimeAfter=datetime.fromtimestamp(since, UTC)
    )
    for row in (row for page in pages for row in page["Endpoints"]):
        name = row["EndpointName"]
        if name.startswith(PREFIX) and name not in metered:
            seconds = (datetime.now(UTC) - row["CreationTime"]).total_seconds()
            yield from _variants(sagemaker, name, seconds)


def bounds(name: str, variant: str = VARIANT) -> tuple[int, int]:
    """Return the least and the most instances that scaling may give an endpoint.

    Raises ValueError where nothing scales it.
    """
    import boto3

    asked = [f"endpoint/{name}/variant/{variant}"]
    found = boto3.client(SCALING).describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=asked
    )
    for target in found["ScalableTargets"]:
        return target["MinCapacity"], target["MaxCapacity"]
    raise ValueError(f"no scalable target {asked[0]!r}: register one first")


def unscale(client: Callable[[str], Any], services: Collection[str]) -> list[str]:
    """Deregister what scales the course's endpoints; return what was removed.

    Policies and their alarms go with it. ``services`` are those that were used.
    """
    if SCALING not in services:
        return []
    scaling, place = client(SCALING), {"ServiceNamespace": "sagemaker"}
    pages = scaling.get_paginator("describe_scalable_targets").paginate(**place)
    rows = [row for page in pages for row in page["ScalableTargets"]]
    ours = [row for row in rows if row["ResourceId"].startswith(f"endpoint/{PREFIX}")]
    for row in ours:
        one = {name: row[name] for name in ("ResourceId", "ScalableDimension")}
        scaling.deregister_scalable_target(**place, **one)
    return [f"scalable target {row['ResourceId']}" for row in ours]


def _variants(sagemaker: Any, name: str, seconds: float) -> Iterator[Charge]:
    config = sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    found = sagemaker.describe_endpoint_config(EndpointConfigName=config)
    for variant in found["ProductionVariants"]:
        if "InstanceType" in variant:  # a serverless variant has none
            count = variant.get("InitialInstanceCount", 1)
            yield Charge(name, "endpoint", variant["InstanceType"], count, seconds)
