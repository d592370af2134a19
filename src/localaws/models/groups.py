"""Groups of model packages: the versions of one model, and who else may use them."""

from __future__ import annotations

import json
from typing import Any

from localaws.api.errors import ServiceError, invalid
from localaws.api.members import check
from localaws.api.registry import Call, operation
from localaws.models.kinds import GROUP, PACKAGE, name_of
from localaws.models.package_members import CREATE_GROUP
from localaws.records import resources
from localaws.records.store import table_of


@operation("CreateModelPackageGroup")
def create_model_package_group(call: Call) -> dict[str, Any]:
    """Create a group without packages.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackageGroup.html
    """
    check(call.input, CREATE_GROUP)
    table, name = table_of(call, GROUP), call.input["ModelPackageGroupName"]
    if table.exists(name):
        raise invalid(f"Model Package Group already exists: {table.arn(name)}")
    return resources.create(call, GROUP, ModelPackageGroupStatus="Completed", _last=0)


@operation("DescribeModelPackageGroup")
def describe_model_package_group(call: Call) -> dict[str, Any]:
    """Return a group.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelPackageGroup.html
    """
    return {**table_of(call, GROUP).describe(_name(call)), "CreatedBy": {}}


@operation("ListModelPackageGroups")
def list_model_package_groups(call: Call) -> dict[str, Any]:
    """Return one page of summaries.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModelPackageGroups.html
    """
    if call.input.get("CrossAccountFilterOption") == "CrossAccount":
        return {"ModelPackageGroupSummaryList": []}  # no other account shares any
    rows, more = table_of(call, GROUP).page(call.input, "Ascending")
    return {"ModelPackageGroupSummaryList": rows, **more}


@operation("DeleteModelPackageGroup")
def delete_model_package_group(call: Call) -> dict[str, Any]:
    """Delete a group, once no package is in it.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModelPackageGroup.html
    """
    name, packages = _name(call), table_of(call, PACKAGE)
    with packages.store.changed:  # no version is added between the look and the end
        left = [one for one in packages.names() if one.startswith(f"{name}/")]
        if left:
            raise ServiceError(
                "ConflictException",
                "Model Package Group cannot be deleted because it still contains "
                f"Model Package Versions: delete {packages.arn(left[0])}"
                + (f" and {len(left) - 1} more first." if left[1:] else " first."),
            )
        table_of(call, GROUP).delete(name)
    return {}


@operation("PutModelPackageGroupPolicy")
def put_model_package_group_policy(call: Call) -> dict[str, Any]:
    """Keep a group's policy: what it allows, it allows to accounts that are not here.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_PutModelPackageGroupPolicy.html
    """
    table, name, text = table_of(call, GROUP), _name(call), call.input["ResourcePolicy"]
    if any(one.get("Effect") == "Deny" for one in _statements(text)):
        raise invalid(
            "localaws keeps the policy of a group for other accounts, and asks it of "
            "nobody: a Deny would not hold. Put it into the policies of the roles."
        )
    table.update(name, _policy=text)
    return {"ModelPackageGroupArn": table.arn(name)}


@operation("GetModelPackageGroupPolicy")
def get_model_package_group_policy(call: Call) -> dict[str, Any]:
    """Return a group's policy as it was put.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_GetModelPackageGroupPolicy.html
    """
    return {"ResourcePolicy": _policy(call)}


@operation("DeleteModelPackageGroupPolicy")
def delete_model_package_group_policy(call: Call) -> dict[str, Any]:
    """Remove a group's policy.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModelPackageGroupPolicy.html
    """
    _policy(call)
    with table_of(call, GROUP).edit(_name(call)) as record:
        del record["_policy"]
    return {}


def _name(call: Call) -> str:
    return name_of(call, GROUP, call.input["ModelPackageGroupName"])


def _policy(call: Call) -> str:
    record = table_of(call, GROUP).get(_name(call))
    if "_policy" not in record:
        arn = record["ModelPackageGroupArn"]
        raise invalid(f"Cannot find Model Package Group Policy for: {arn}")
    return record["_policy"]


def _statements(text: str) -> list[dict[str, Any]]:
    """Return the statements of a policy; ValidationException where it is none."""
    try:
        found = json.loads(text)["Statement"]
        statements = [found] if isinstance(found, dict) else list(found)
        if all(isinstance(one, dict) for one in statements):
            return statements
    except (ValueError, LookupError, TypeError):
        pass
    raise invalid(
        f'Invalid resource policy "{text[:200]}": a JSON document with a list '
        '"Statement" was expected.'
    )
