"""The regions that an account may use: moto lists those of other clouds as well."""

from __future__ import annotations

from typing import Any

import boto3

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.iam.policy import like
from localaws.neighbours.guards import guard

# What an account has from its beginning; the others are for whoever enables them.
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
ENABLED = frozenset(
    (
        *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"),
        *("ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1"),
        *("eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1"),
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    )
)
FILTERS = {
    "endpoint": "Endpoint",
    "opt-in-status": "OptInStatus",
    "region-name": "RegionName",
}


@guard("ec2", "DescribeRegions")
def describe_regions(call: Call) -> dict[str, Any] | None:
    """Answer with the enabled regions, or with those that are asked for.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
    """
    if call.input.get("DryRun"):
        return None  # moto says that it would
    known = {
        name: _region(name) for name in boto3.Session().get_available_regions("ec2")
    }
    named = call.input.get("RegionNames") or ()
    unknown = [name for name in named if name not in known]
    if unknown:
        raise _invalid(f"Invalid region found in RegionName: {unknown[0]}")
    everything = named or (known if call.input.get("AllRegions") else ENABLED)
    found = [known[name] for name in sorted(everything)]
    for each in call.input.get("Filters") or ():
        if each.get("Name") not in FILTERS:
            raise _invalid(f"The filter '{each.get('Name')}' is invalid")
        member, values = FILTERS[each["Name"]], each.get("Values") or ()
        found = [row for row in found if any(like(one, row[member]) for one in values)]
    return {"Regions": found}


def _region(name: str) -> dict[str, str]:
    status = "opt-in-not-required" if name in ENABLED else "not-opted-in"
    endpoint = f"ec2.{name}.amazonaws.com"
    return {"RegionName": name, "Endpoint": endpoint, "OptInStatus": status}


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message)
