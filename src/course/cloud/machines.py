"""Machines of EC2 that the course named, in whichever region they are."""

from collections.abc import Callable, Iterator
from typing import Any

from course.cloud.meter import PREFIX

# Those that cost: a stopped machine still pays for its disk.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
COSTLY = ("pending", "running", "stopping", "stopped")
NAMED = (
    {"Name": "tag:Name", "Values": [f"{PREFIX}*"]},
    {"Name": "instance-state-name", "Values": list(COSTLY)},
)

Client = Callable[..., Any]  # service, region_name=... -> client of boto3


def listed(client: Client) -> Iterator[tuple[str, str]]:
    """Yield region and identifier of each machine of the course that costs money."""
    regions = client("ec2").describe_regions()["Regions"]
    for region in (row["RegionName"] for row in regions):
        pages = client("ec2", region_name=region).get_paginator("describe_instances")
        for page in pages.paginate(Filters=list(NAMED)):
            for reservation in page["Reservations"]:
                for machine in reservation["Instances"]:
                    yield region, machine["InstanceId"]


def terminate(client: Client) -> list[str]:
    """End the machines of the course, in all regions; return which they were."""
    removed = []
    for region, name in list(listed(client)):
        client("ec2", region_name=region).terminate_instances(InstanceIds=[name])
        removed.append(f"instance {name} in {region}")
    return removed
