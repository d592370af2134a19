"""Model packages: versions, approval, lists, changes, and what is refused."""

import json

import pytest
from registered import IMAGE, INSTANCES, SPECIFICATION, URL

from localaws.models.kinds import GROUP, PACKAGE
from localaws.neighbours import events
from localaws.records.store import Store

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/digits"


@pytest.fixture
def digits(registry):
    """The operations, and a group without packages."""
    registry.group("digits", Tags=[{"Key": "team", "Value": "a"}])
    return registry


def alone(registry, name="alone", **members):
    given = {**SPECIFICATION, **INSTANCES}
    return registry(
        "CreateModelPackage",
        ModelPackageName=name,
        **{"InferenceSpecification": given, **members},
    )["ModelPackageArn"]


def listed(registry, **members):
    rows = registry("ListModelPackages", **members)["ModelPackageSummaryList"]
    return [row["ModelPackageName"] for row in rows]


def test_versions_count_up_and_no_number_is_given_twice(digits):
    assert [digits.version() for _ in range(3)] == [f"{ARN}/{n}" for n in (1, 2, 3)]
    digits("DeleteModelPackage", ModelPackageName=f"{ARN}/3")
    assert digits.version() == f"{ARN}/4"


@pytest.mark.parametrize("name", [f"{ARN}/1", "digits/1"])
def test_a_version_is_described_as_it_was_registered(digits, name):
    told = {
        "ModelPackageDescription": "the first",
        "ModelMetrics": {
            "ModelQuality": {
                "Statistics": {"ContentType": "application/json", "S3Uri": "s3://b/k"}
            }
        },
        "MetadataProperties": {"CommitId": "abc"},
        "CustomerMetadataProperties": {"accuracy": "0.9"},
        "Domain": "COMPUTER_VISION",
        "ModelCard": {"ModelCardContent": "{}", "ModelCardStatus": "Draft"},
    }
    digits.version(**told)
    found = digits.package(name)
    assert {key: found[key] for key in told} == told
    assert found["InferenceSpecification"] == SPECIFICATION
    assert found["ModelPackageVersion"] == 1
    assert found["ModelPackageGroupName"] == "digits"
    assert found["ModelPackageStatus"] == "Completed"
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert not [key for key in found if key.startswith("_")]


def test_a_request_that_is_sent_again_makes_no_second_version(digits):
    one = digits.version(ClientToken="0" * 36)
    assert digits.version(ClientToken="0" * 36) == one
    assert digits.version(ClientToken="1" * 36) != one


def test_a_package_without_a_group_has_its_own_name_and_no_approval(registry):
    arn = alone(registry, ModelApprovalStatus="PendingManualApproval")
    assert arn.endswith(":model-package/alone")
    found = registry.package("alone")
    assert "ModelApprovalStatus" not in found and "ModelPackageVersion" not in found
    registry.refuses(
        "ModelPackage already exists: arn",
        "CreateModelPackage",
        ModelPackageName="alone",
        InferenceSpecification={**SPECIFICATION, **INSTANCES},
    )
    registry.refuses(
        "only versions are approved",
        "UpdateModelPackage",
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
    )


def test_lists_show_what_belongs_together(digits):
    digits.group("other")
    for group, status in (
        ("digits", "Approved"),
        ("digits", "Rejected"),
        ("other", "Approved"),
    ):
        digits.version(group, ModelApprovalStatus=status)
    alone(digits)
    group = {"ModelPackageGroupName": "digits"}
    assert listed(digits) == ["alone"]
    assert listed(digits, **group) == ["digits/1", "digits/2"]
    assert listed(digits, **group, SortOrder="Descending") == ["digits/2", "digits/1"]
    assert listed(digits, **group, ModelApprovalStatus="Rejected") == ["digits/2"]
    assert listed(digits, ModelPackageType="Both", NameContains="o") == [
        "other/1",
        "alone",
    ]
    approved = listed(
        digits, ModelPackageType="Versioned", ModelApprovalStatus="Approved"
    )
    assert approved == ["digits/1", "other/1"]
    assert listed(digits, **group, CreationTimeAfter=2e10) == []
    first = digits("ListModelPackages", **group, MaxResults=1)
    rest = listed(digits, **group, MaxResults=1, NextToken=first["NextToken"])
    assert rest == ["digits/2"]


def test_an_update_changes_what_it_names(digits):
    arn = digits.version(CustomerMetadataProperties={"a": "1", "b": "2"})
    digits(
        "UpdateModelPackage",
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="good",
        CustomerMetadataProperties={"a": "3", "c": "4"},
        CustomerMetadataPropertiesToRemove=["b"],
        ModelCard={"ModelCardStatus": "Approved"},
        ModelLifeCycle={"Stage": "Development", "StageStatus": "Approved"},
        AdditionalInferenceSpecificationsToAdd=[
            {"Name": "small", "Containers": SPECIFICATION["Containers"]}
        ],
    )
    digits(
        "UpdateModelPackage", ModelPackageArn=arn, ModelCard={"ModelCardContent": "{}"}
    )
    found = digits.package(arn)
    assert found["ModelApprovalStatus"] == "Approved"
    assert found["ApprovalDescription"] == "good"
    assert found["CustomerMetadataProperties"] == {"a": "3", "c": "4"}
    assert found["ModelCard"] == {
        "ModelCardStatus": "Approved",
        "ModelCardContent": "{}",
    }
    assert found["ModelLifeCycle"]["Stage"] == "Development"
    assert found["AdditionalInferenceSpecifications"][0]["Name"] == "small"
    assert found["InferenceSpecification"] == SPECIFICATION
    assert found["LastModifiedTime"] > found["CreationTime"]


def test_the_last_metadata_can_be_removed(digits):
    arn = digits.version(CustomerMetadataProperties={"a": "1"})
    gone = {"CustomerMetadataPropertiesToRemove": ["a"]}
    digits("UpdateModelPackage", ModelPackageArn=arn, **gone)
    assert digits.package(arn)["CustomerMetadataProperties"] == {}


def test_a_package_is_registered_from_a_model_and_from_a_package(digits):
    container = {"Image": IMAGE, "ModelDataUrl": URL, "Environment": {"B": "2"}}
    made = digits("CreateModel", ModelName="m", PrimaryContainer=dict(container))
    first = digits.version(SourceUri=made["ModelArn"], InferenceSpecification=None)
    specification = digits.package(first)["InferenceSpecification"]
    assert specification == {"Containers": [container]}
    second = digits.version(SourceUri=first, InferenceSpecification=None)
    assert digits.package(second)["InferenceSpecification"] == specification
    third = digits.version()
    digits("UpdateModelPackage", ModelPackageArn=third, SourceUri="s3://b/notebook")
    assert digits.package(third)["SourceUri"] == "s3://b/notebook"


def test_several_are_described_at_once_and_the_others_named(digits):
    arns = [digits.version(), f"{ARN}/9"]
    answer = digits("BatchDescribeModelPackage", ModelPackageArnList=arns)
    assert list(answer["ModelPackageSummaries"]) == arns[:1]
    assert answer["ModelPackageSummaries"][arns[0]]["ModelPackageVersion"] == 1
    failed = answer["BatchDescribeModelPackageErrorMap"][arns[1]]
    assert failed["ErrorResponse"].endswith("digits/9 does not exist.")


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({}, "Missing ARN"),
        (
            {"ModelPackageName": "a", "ModelPackageGroupName": "digits"},
            "Both ModelPackageName and ModelPackageGroupName are provided",
        ),
        ({"ModelPackageGroupName": "no"}, "ModelPackageGroup arn.* does not exist"),
        ({"ModelPackageName": "a"}, "InferenceSpecification is required"),
        (
            {"ModelPackageName": "a", "InferenceSpecification": SPECIFICATION},
            "SupportedTransformInstanceTypes is required",
        ),
        (
            {
                "ModelPackageGroupName": "digits",
                "Tags": [{"Key": "a", "Value": "b"}],
            },
            "has the tags of its group",
        ),
        (
            {
                "ModelPackageGroupName": "digits",
                "InferenceSpecification": {
                    "Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://models/no"}]
                },
            },
            "Could not find model data at s3://models/no",
        ),
        (
            {
                "ModelPackageGroupName": "digits",
                "InferenceSpecification": {"Containers": [{"ModelDataUrl": URL}]},
            },
            "The Image of a container is required",
        ),
        (
            {
                "ModelPackageGroupName": "digits",
                "SourceUri": "s3://b/k",
                "InferenceSpecification": SPECIFICATION,
            },
            "cannot be given together",
        ),
        (
            {
                "ModelPackageGroupName": "digits",
                "ModelCard": {"ModelCardContent": "x", "ModelCardStatus": "Draft"},
            },
            'ModelCardContent "x" is not a JSON object',
        ),
        (
            {
                "ModelPackageGroupName": "digits",
                "AdditionalInferenceSpecifications": [
                    {"Name": "a", "Containers": SPECIFICATION["Containers"]}
                ]
                * 2,
            },
            "names of their own, not a, a",
        ),
        (
            {"ModelPackageGroupName": "digits", "CertifyForMarketplace": True},
            "does not emulate CertifyForMarketplace",
        ),
        (
            {"ModelPackageGroupName": "digits", "SourceUri": f"{ARN}/9"},
            "digits/9 does not exist",
        ),
    ],
)
def test_what_is_no_package_is_refused_and_takes_no_number(digits, members, words):
    digits.refuses(words, "CreateModelPackage", **members)
    assert digits.version().endswith("/1")


@pytest.mark.parametrize(
    "operation", ["DescribeModelPackage", "DeleteModelPackage", "UpdateModelPackage"]
)
def test_a_package_that_is_not_there_is_named(digits, operation):
    key = "ModelPackageArn" if operation[0] == "U" else "ModelPackageName"
    words = rf"ModelPackage {ARN}/1 does not exist\."
    digits.refuses(words, operation, **{key: f"{ARN}/1"})


def test_too_many_properties_are_refused(digits):
    arn = digits.version(CustomerMetadataProperties={str(n): "x" for n in range(50)})
    digits.refuses(
        "up to 50 metadata properties",
        "UpdateModelPackage",
        ModelPackageArn=arn,
        CustomerMetadataProperties={"one more": "x"},
    )


def test_what_of_a_card_aws_would_hide_is_not_guessed(digits):
    arn = digits.version()
    plain = digits(
        "DescribeModelPackage", ModelPackageName=arn, IncludedData="MetadataOnly"
    )
    assert plain == digits.package(arn)
    card = {"ModelCardContent": "{}", "ModelCardStatus": "Draft"}
    digits.refuses(
        "does not emulate MetadataOnly",
        "DescribeModelPackage",
        ModelPackageName=digits.version(ModelCard=card),
        IncludedData="MetadataOnly",
    )


def test_registration_and_approval_are_events_and_a_new_text_is_none(digits):
    changes = []
    digits.context.part(Store).watchers.append(changes.append)
    arn = digits.version(ModelPackageDescription="one")
    for members in (
        {"ModelApprovalStatus": "Approved"},
        {"CustomerMetadataProperties": {"a": "b"}},
        {"ModelLifeCycle": {"Stage": "Production", "StageStatus": "Ready"}},
    ):
        digits("UpdateModelPackage", ModelPackageArn=arn, **members)
    digits.group("untold")
    told = [events.events_of(digits.context, change) for change in changes]
    found = [event for each in told for event in each]
    assert {event["detail-type"] for event in found} == {
        "SageMaker Model Package State Change"
    }
    assert [event["detail"]["ModelApprovalStatus"] for event in found] == [
        *("PendingManualApproval", "Approved", "Approved")
    ]
    assert found[0]["resources"] == [arn]
    detail = found[0]["detail"]
    assert detail["ModelPackageVersion"] == 1 and detail["CreationTime"].endswith("Z")
    json.dumps(found)


def test_another_server_finds_groups_versions_and_their_numbers(digits, tmp_path):
    digits.version(ModelApprovalStatus="Approved")
    digits("DeleteModelPackage", ModelPackageName=digits.version())
    context = digits.context
    context.add(Store(tmp_path / "state", context.account))
    context.part(Store).load()
    assert digits.package(f"{ARN}/1")["ModelApprovalStatus"] == "Approved"
    assert listed(digits, ModelPackageGroupName="digits") == ["digits/1"]
    assert digits.version() == f"{ARN}/3"
    assert {kind.name for kind in (PACKAGE, GROUP)} == {
        "ModelPackage",
        "ModelPackageGroup",
    }
