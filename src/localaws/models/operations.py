"""Models: what an endpoint is made from."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from localaws.api.errors import invalid
from localaws.api.members import check
from localaws.api.registry import Call, operation
from localaws.iam.roles import check_role, role_client
from localaws.machine.sandbox import PATHS, choose
from localaws.models.containers import CannotDeploy, model_source
from localaws.models.members import CREATE_MODEL
from localaws.records import resources
from localaws.records.store import Kind, register, table_of

MODEL = register(Kind("Model", "model", first=3))


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
    for definition in definitions(call.input):
        _check_definition(call, definition)
        definition.setdefault("Mode", "SingleModel")
    return resources.create(call, MODEL, EnableNetworkIsolation=False)


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
    """Return the container definitions of a model, in the order of its pipeline."""
    return model.get("Containers") or [model["PrimaryContainer"]]


def _check_definition(call: Call, definition: dict[str, Any]) -> None:
    if not definition.get("Image"):
        raise invalid("The Image of a container is required.")
    try:
        choose(definition.get("Environment", {}).get(PATHS, "auto"))
        source = model_source(definition)
    except (CannotDeploy, ValueError) as error:
        raise invalid(str(error)) from None
    if source and not _exists(call, *source):
        raise invalid(f"Could not find model data at s3://{source[0]}/{source[1]}.")


def _exists(call: Call, bucket: str, key: str, kind: str) -> bool:
    role = call.input.get("ExecutionRoleArn")
    s3 = role_client(call.context, role, "s3", call.region)
    try:
        if kind == "prefix":
            found = s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
            return found["KeyCount"] > 0
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDenied":
            raise invalid(
                f"Could not access model data at s3://{bucket}/{key}. Please ensure "
                f'that the role "{role}" exists and that its trust relationship policy '
                'allows the action "sts:AssumeRole" for the service principal '
                '"sagemaker.amazonaws.com". Also ensure that the role has '
                '"s3:GetObject" permissions and that the object is located in '
                f"{call.region}."
            ) from None
        return False
    return True
