"""The list of regions is that of an account of AWS, and no other cloud's is in it."""

import pytest

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.neighbours.regions import ENABLED, describe_regions


def listed(**members):
    call = Call("DescribeRegions", members, "us-east-1", None, None)
    return [row["RegionName"] for row in describe_regions(call)["Regions"]]


def test_an_account_has_the_regions_that_nobody_must_enable():
    assert listed() == sorted(ENABLED) and len(ENABLED) == 17


def test_all_regions_are_those_of_this_partition():
    found = listed(AllRegions=True)
    assert set(found) > ENABLED and "af-south-1" in found
    assert not [name for name in found if name.startswith(("cn-", "us-gov-"))]


def test_regions_are_found_by_name_and_by_filters():
    assert listed(RegionNames=["af-south-1"]) == ["af-south-1"]
    europe = {"Name": "region-name", "Values": ["eu-*", "us-east-1"]}
    assert listed(Filters=[europe])[:2] == ["eu-central-1", "eu-north-1"]
    off = {"Name": "opt-in-status", "Values": ["not-opted-in"]}
    assert listed(Filters=[off]) == []
    assert "af-south-1" in listed(Filters=[off], AllRegions=True)


@pytest.mark.parametrize(
    "members", [{"RegionNames": ["mars-1"]}, {"Filters": [{"Name": "colour"}]}]
)
def test_what_there_is_not_is_refused(members):
    with pytest.raises(ServiceError, match=r"mars-1|'colour' is invalid"):
        listed(**members)
