"""A model made from a package serves what the package says, once it is approved."""

import pytest
from registered import IMAGE, REGION, SPECIFICATION, URL

from localaws.models.kinds import MODEL
from localaws.models.operations import definitions
from localaws.records.store import Store

SMALL = {"Image": IMAGE, "ModelDataUrl": URL, "Environment": {"SIZE": "small"}}


@pytest.fixture
def approved(registry):
    """The operations, and the ARN of an approved version with two specifications."""
    registry.group("digits")
    additional = [{"Name": "small", "Containers": [SMALL, SMALL]}]
    arn = registry.version(
        ModelApprovalStatus="Approved", AdditionalInferenceSpecifications=additional
    )
    return registry, arn


def served(registry, **members):
    """Return the containers that a model of this request would be served with."""
    registry("CreateModel", ModelName="m", **members)
    table = registry.context.part(Store).table(MODEL, REGION)
    return definitions(table.get("m"))


@pytest.mark.parametrize("many", [False, True])
def test_a_model_stands_for_its_package(approved, many):
    registry, arn = approved
    given = {"ModelPackageName": arn, "Environment": {"B": "2"}}
    [found] = served(
        registry, **({"Containers": [given]} if many else {"PrimaryContainer": given})
    )
    [told] = SPECIFICATION["Containers"]
    assert found == {**told, "Environment": {"A": "1", "B": "2"}, "Mode": "SingleModel"}
    shown = registry("DescribeModel", ModelName="m")
    assert (shown["Containers"][0] if many else shown["PrimaryContainer"]) == given
    registry("DeleteModelPackage", ModelPackageName=arn)
    assert definitions(registry.context.part(Store).table(MODEL, REGION).get("m")) == [
        found
    ]


def test_another_specification_is_chosen_by_its_name(approved):
    registry, arn = approved
    given = {"ModelPackageName": arn, "InferenceSpecificationName": "small"}
    found = served(registry, Containers=[given, {"Image": IMAGE}])
    assert [one.get("Environment") for one in found] == [
        *({"SIZE": "small"}, {"SIZE": "small"}, None)
    ]


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"Image": IMAGE}, "either a ModelPackageName or Image"),
        ({"ModelDataUrl": URL}, "either a ModelPackageName or ModelDataUrl"),
        ({"InferenceSpecificationName": "big"}, '"big". It has small'),
        ({"ModelPackageName": "no"}, "model-package/no does not exist"),
    ],
)
def test_what_no_package_answers_is_refused(approved, container, words):
    registry, arn = approved
    given = {"ModelPackageName": arn, **container}
    registry.refuses(words, "CreateModel", ModelName="m", PrimaryContainer=given)


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_only_an_approved_version_is_deployed(approved, status):
    registry, arn = approved
    registry("UpdateModelPackage", ModelPackageArn=arn, ModelApprovalStatus=status)
    registry.refuses(
        f'{arn} cannot be deployed: its ModelApprovalStatus is "{status}"',
        "CreateModel",
        ModelName="m",
        PrimaryContainer={"ModelPackageName": arn},
    )


def test_a_model_has_up_to_fifteen_containers(approved):
    registry, arn = approved
    given = {"ModelPackageName": arn, "InferenceSpecificationName": "small"}
    words = "up to 15 containers, not 16"
    registry.refuses(words, "CreateModel", ModelName="m", Containers=[given] * 8)


def test_a_name_of_a_specification_needs_a_package(registry):
    given = {"Image": IMAGE, "InferenceSpecificationName": "small"}
    words = "needs a ModelPackageName"
    registry.refuses(words, "CreateModel", ModelName="m", PrimaryContainer=given)


def test_a_version_without_a_specification_is_not_deployed(registry):
    registry.group("digits")
    arn = registry.version(InferenceSpecification=None, ModelApprovalStatus="Approved")
    given = {"ModelPackageName": arn}
    words = "has no InferenceSpecification"
    registry.refuses(words, "CreateModel", ModelName="m", PrimaryContainer=given)
