"""Tags: of a resource its own, of a version in the registry those of its group."""

import pytest
from registered import INSTANCES, SPECIFICATION

TAGS = [{"Key": "team", "Value": "a"}]


@pytest.fixture
def tag(registry):
    """Return a function that performs an operation on the tags of an ARN."""
    return lambda verb, arn, **members: registry(
        f"{verb}Tags", ResourceArn=arn, **members
    ).get("Tags")


def test_a_key_has_one_value_and_is_removed(registry, tag):
    arn = registry.group("digits", Tags=TAGS)["ModelPackageGroupArn"]
    more = [{"Key": "team", "Value": "b"}, {"Key": "x", "Value": "y"}]
    assert tag("Add", arn, Tags=more) == more
    tag("Delete", arn, TagKeys=["team", "absent"])
    assert tag("List", arn) == more[1:]


def test_a_version_has_the_tags_of_its_group(registry, tag):
    registry.group("digits", Tags=TAGS)
    arn = registry.version()
    assert tag("List", arn) == TAGS
    for operation, members in (
        ("AddTags", {"Tags": TAGS}),
        ("DeleteTags", {"TagKeys": ["team"]}),
    ):
        registry.refuses("tags of its group", operation, ResourceArn=arn, **members)


def test_a_package_without_a_group_has_tags_of_its_own(registry, tag):
    arn = registry(
        "CreateModelPackage",
        ModelPackageName="alone",
        InferenceSpecification={**SPECIFICATION, **INSTANCES},
        Tags=TAGS,
    )["ModelPackageArn"]
    assert tag("List", arn) == TAGS
    assert tag("Add", arn, Tags=[{"Key": "team", "Value": "b"}])[0]["Value"] == "b"
