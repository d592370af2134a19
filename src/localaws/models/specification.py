"""Inference specifications: what packages serve with, and models made from them."""

from __future__ import annotations

from typing import Any

from localaws.api.errors import invalid
from localaws.api.registry import Call
from localaws.models.data import check_data
from localaws.models.kinds import package_of, versioned
from localaws.records.store import Record

MOST = 15  # containers of a model
_SERVED = ("ContainerHostname", "Image", "ModelDataUrl", "ModelDataSource")
_INSTEAD = ("Image", "ModelDataUrl", "ModelDataSource")  # of a package
_INSTANCES = (
    "SupportedTransformInstanceTypes",
    "SupportedRealtimeInferenceInstanceTypes",
)


def check_specification(call: Call, given: Record, alone: bool) -> None:
    """Raise for a specification that no model could be made from.

    `alone` for a package that is not a version in a group: it needs more.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_InferenceSpecification.html
    """
    for member in _INSTANCES if alone else ():
        if not given.get(member):
            raise invalid(f"{member} is required for unversioned model packages.")
    for container in given["Containers"]:
        if not container.get("Image"):
            raise invalid("The Image of a container is required.")
        if alone and "ModelDataSource" in container:
            raise invalid("ModelDataSource is not supported for unversioned packages.")
        check_data(call, container, None)


def resolved(call: Call, definition: Record) -> list[Record]:
    """Return the container definitions that one of a CreateModel request stands for.

    One that names a package stands for those of its specification; variables that it
    sets itself are added to theirs.
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html
    """
    if "ModelPackageName" not in definition:
        if "InferenceSpecificationName" in definition:
            raise invalid("InferenceSpecificationName needs a ModelPackageName.")
        return [definition]
    both = [member for member in _INSTEAD if member in definition]
    if both:
        raise invalid(
            f"A container has either a ModelPackageName or {both[0]}: leave one out."
        )
    package = package_of(call, definition["ModelPackageName"])
    _check_deployable(package)
    found = _specification(package, definition.get("InferenceSpecificationName"))
    own = definition.get("Environment", {})
    return [
        {
            **{name: one[name] for name in _SERVED if name in one},
            "Environment": {**one.get("Environment", {}), **own},
        }
        for one in found["Containers"]
    ]


def from_model(definitions: list[Record]) -> Record:
    """Return the specification of a package that is made from a model."""
    kept = (*_SERVED, "Environment")
    return {
        "Containers": [
            {name: one[name] for name in kept if name in one} for one in definitions
        ]
    }


def _check_deployable(package: Record) -> None:
    arn, status = package["ModelPackageArn"], package.get("ModelApprovalStatus")
    if versioned(package) and status != "Approved":
        raise invalid(
            f"Model package {arn} cannot be deployed: its ModelApprovalStatus is "
            f'"{status}", and "Approved" was expected. UpdateModelPackage changes it.'
        )


def _specification(package: Record, name: str | None) -> Record:
    arn = package["ModelPackageArn"]
    if name is None:
        if "InferenceSpecification" not in package:
            raise invalid(f"Model package {arn} has no InferenceSpecification.")
        return package["InferenceSpecification"]
    named: dict[str, Any] = {
        one["Name"]: one for one in package.get("AdditionalInferenceSpecifications", ())
    }
    if name not in named:
        raise invalid(
            f'Model package {arn} has no inference specification "{name}". It has '
            f"{', '.join(sorted(named)) or 'no additional ones'}."
        )
    return named[name]
