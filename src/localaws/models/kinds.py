"""The kinds of resource of this folder: models, their packages, and groups of these."""

from __future__ import annotations

from localaws.api.errors import invalid
from localaws.api.registry import Call
from localaws.records.store import Kind, Record, register, table_of

MODEL = register(Kind("Model", "model", first=3))
# A version in a group is called "group/1", another package as its author calls it.
PACKAGE = register(Kind("ModelPackage", "model-package"))
GROUP = register(Kind("ModelPackageGroup", "model-package-group", told=False))


def name_of(call: Call, kind: Kind, given: str) -> str:
    """Return the name of a package or a group that exists, from its name or its ARN.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelPackage.html
    """
    table = table_of(call, kind)
    name = given
    if given.startswith("arn:"):
        name = given.split(":", 5)[5].partition("/")[2]
        if given != table.arn(name):
            raise invalid(
                f'"{given}" is no {kind.words} of this account in {call.region}: '
                f'localaws has no other accounts. An ARN such as "{table.arn(name)}" '
                "was expected."
            )
    if not table.exists(name):
        raise invalid(f"{kind.name} {table.arn(name)} does not exist.")
    return name


def package_of(call: Call, given: str) -> Record:
    """Return the record of the package that a name or an ARN stands for."""
    return table_of(call, PACKAGE).get(name_of(call, PACKAGE, given))


def versioned(package: Record) -> bool:
    """Return whether a package is a version in a group."""
    return "ModelPackageVersion" in package
