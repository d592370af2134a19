"""Endpoints that others began since a session connected, such as its functions."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from course.cloud.bill import Charge
from course.cloud.meter import PREFIX


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


def _variants(sagemaker: Any, name: str, seconds: float) -> Iterator[Charge]:
    config = sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    found = sagemaker.describe_endpoint_config(EndpointConfigName=config)
    for variant in found["ProductionVariants"]:
        if "InstanceType" in variant:  # a serverless variant has none
            count = variant.get("InitialInstanceCount", 1)
            yield Charge(name, "endpoint", variant["InstanceType"], count, seconds)
