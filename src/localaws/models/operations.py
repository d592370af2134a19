"""Models: what an endpoint is made from."""

from __future__ import annotations

from typing import Any

from localaws.api.errors import invalid
from localaws.api.members import check
from localaws.api.registry import Call, operation
from localaws.iam.roles import check_role
from localaws.machine.sandbox import PATHS, choose
from localaws.models.data import check_data
from localaws.models.kinds import MODEL
from localaws.models.members import CREATE_MODEL
from localaws.models.specification import MOST, resolved
from localaws.records import resources
from localaws.records.store import table_of


@operation("CreateModel")
def create_model(call: Call) -> dict[str, Any]:
    """Record a model; its archive and its role must exist.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html
    """
    check(call.input, CREATE_MODEL)
    resources.refuse_duplicate(table_of(call, MODEL), call.input["ModelName"])
    if ("PrimaryContainer" in call.input) == bool(call.input.get("Containers")):
        raise invalid("Exactly one of PrimaryContainer and Containers is required.")
    if role := call.input.get("ExecutionRoleArn"):
        check_role(call.context, role)
    elif call.context.enforce_iam:
        raise invalid(
            "A model without an ExecutionRoleArn would read and call AWS with nobody's "
            "permissions: name a role, since this server asks for them."
        )
    given = definitions(call.input)
    containers = [one for definition in given for one in resolved(call, definition)]
    if len(containers) > MOST:
        raise invalid(f"A model has up to {MOST} containers, not {len(containers)}.")
    for definition in containers:
        _check_definition(call, definition)
        definition.setdefault("Mode", "SingleModel")
    own = {} if containers == given else {"_containers": containers}
    return resources.create(call, MODEL, EnableNetworkIsolation=False, **own)


@operation("DescribeModel")
def describe_model(call: Call) -> dict[str, Any]:
    """Return a model.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModel.html
    """
    return resources.describe(call, MODEL)


@operation("ListModels")
def list_models(call: Call) -> dict[str, Any]:
    """Return summaries of models.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModels.html
    """
    return resources.summaries(call, MODEL, "CreationTime")


@operation("DeleteModel")
def delete_model(call: Call) -> dict[str, Any]:
    """Delete a model; endpoints made from it go on.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModel.html
    """
    return resources.delete(call, MODEL)


def definitions(model: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the container definitions of a model, in the order of its pipeline.

    Of one made from a package those of the package, which may be deleted since.
    """
    given = model.get("Containers") or [model["PrimaryContainer"]]
    return model.get("_containers") or given


def _check_definition(call: Call, definition: dict[str, Any]) -> None:
    if not definition.get("Image"):
        raise invalid("The Image of a container is required.")
    try:
        choose(definition.get("Environment", {}).get(PATHS, "auto"))
    except ValueError as error:
        raise invalid(str(error)) from None
    check_data(call, definition, call.input.get("ExecutionRoleArn"))
