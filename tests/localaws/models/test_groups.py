"""Groups of model packages, and their policies."""

import json

import pytest

ALLOW = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sagemaker:*"}],
    }
)


def names(answer):
    return [
        row["ModelPackageGroupName"] for row in answer["ModelPackageGroupSummaryList"]
    ]


def test_a_group_is_described_by_name_and_by_arn(registry):
    arn = registry.group("digits", ModelPackageGroupDescription="ten classes")
    arn = arn["ModelPackageGroupArn"]
    assert arn.endswith(":model-package-group/digits")
    found = [
        registry("DescribeModelPackageGroup", ModelPackageGroupName=one)
        for one in ("digits", arn)
    ]
    assert found[0] == found[1]
    assert found[0]["ModelPackageGroupStatus"] == "Completed"
    assert found[0]["ModelPackageGroupDescription"] == "ten classes"


def test_groups_are_listed_by_name_the_oldest_first(registry):
    for name in ("b", "a", "other"):
        registry.group(name)
    assert names(registry("ListModelPackageGroups")) == ["b", "a", "other"]
    assert names(registry("ListModelPackageGroups", SortBy="Name")) == [
        "a",
        "b",
        "other",
    ]
    assert names(registry("ListModelPackageGroups", NameContains="the")) == ["other"]
    first = registry("ListModelPackageGroups", MaxResults=2)
    rest = registry(
        "ListModelPackageGroups", MaxResults=2, NextToken=first["NextToken"]
    )
    assert names(rest) == ["other"] and "NextToken" not in rest
    assert (
        names(
            registry("ListModelPackageGroups", CrossAccountFilterOption="CrossAccount")
        )
        == []
    )


def test_a_name_is_taken_once(registry):
    registry.group("digits")
    registry.refuses(
        "Model Package Group already exists: arn",
        "CreateModelPackageGroup",
        ModelPackageGroupName="digits",
    )


def test_a_group_is_deleted_when_it_is_empty(registry):
    registry.group("digits")
    registry.group("digits2")
    registry.version("digits2")
    arns = [registry.version(), registry.version()]
    registry.refuses(
        r"contains Model Package Versions: delete arn\S+/digits/1 and 1 more first",
        "DeleteModelPackageGroup",
        code="ConflictException",
        ModelPackageGroupName="digits",
    )
    for arn in arns:
        registry("DeleteModelPackage", ModelPackageName=arn)
    registry("DeleteModelPackageGroup", ModelPackageGroupName="digits")
    assert names(registry("ListModelPackageGroups")) == ["digits2"]


@pytest.mark.parametrize(
    "name", ["no", "arn:aws:sagemaker:eu-west-1:123456789012:model-package-group/no"]
)
@pytest.mark.parametrize(
    "operation", ["DescribeModelPackageGroup", "DeleteModelPackageGroup"]
)
def test_what_is_not_there_is_named(registry, operation, name):
    words = r"ModelPackageGroup arn\S+:model-package-group/no does not exist\."
    registry.refuses(words, operation, ModelPackageGroupName=name)


def test_a_group_of_another_account_is_refused(registry):
    registry.group("digits")
    arn = "arn:aws:sagemaker:eu-west-1:999999999999:model-package-group/digits"
    registry.refuses(
        "has no other accounts", "DescribeModelPackageGroup", ModelPackageGroupName=arn
    )


def test_a_policy_is_kept_and_removed(registry):
    registry.group("digits")
    group = {"ModelPackageGroupName": "digits"}
    registry("PutModelPackageGroupPolicy", **group, ResourcePolicy=ALLOW)
    assert registry("GetModelPackageGroupPolicy", **group)["ResourcePolicy"] == ALLOW
    assert "_policy" not in registry("DescribeModelPackageGroup", **group)
    registry("DeleteModelPackageGroupPolicy", **group)
    for operation in ("GetModelPackageGroupPolicy", "DeleteModelPackageGroupPolicy"):
        registry.refuses("Cannot find Model Package Group Policy", operation, **group)


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (ALLOW.replace("Allow", "Deny"), "a Deny would not hold"),
        ("{}", "Invalid resource policy"),
        ("[", "Invalid resource policy"),
        ('{"Statement": ["x"]}', "Invalid resource policy"),
    ],
)
def test_a_policy_that_would_not_hold_is_refused(registry, policy, words):
    registry.group("digits")
    registry.refuses(
        words,
        "PutModelPackageGroupPolicy",
        ModelPackageGroupName="digits",
        ResourcePolicy=policy,
    )


def test_a_group_managed_by_others_is_refused(registry):
    registry.refuses(
        "does not emulate",
        "CreateModelPackageGroup",
        ModelPackageGroupName="digits",
        ManagedConfiguration={"ManagedStorageType": "Restricted"},
    )
