"""Models and endpoint configurations: what an endpoint is made from."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from localaws.access import check_role, role_client
from localaws.containers import PATHS, CannotDeploy, model_source
from localaws.errors import invalid
from localaws.operations import Call, operation
from localaws.sandbox import choose
from localaws.store import Table


@operation("CreateModel")
def create_model(call: Call) -> dict:
    """Record a model; its archive and its role must exist.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html
    """
    table, name = call.table("Model"), call.input["ModelName"]
    refuse_duplicate(table, name)
    if ("PrimaryContainer" in call.input) == bool(call.input.get("Containers")):
        raise invalid("Exactly one of PrimaryContainer and Containers is required.")
    if role := call.input.get("ExecutionRoleArn"):
        check_role(call.context, role)
    for definition in definitions(call.input):
        _check_definition(call, definition)
        definition.setdefault("Mode", "SingleModel")
    return {
        "ModelArn": table.create(name, *_record(call, EnableNetworkIsolation=False))
    }


@operation("DescribeModel")
def describe_model(call: Call) -> dict:
    """Return a model.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModel.html
    """
    return _without_date(call.table("Model").describe(call.input["ModelName"]))


@operation("ListModels")
def list_models(call: Call) -> dict:
    """Return summaries of models.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModels.html
    """
    return summaries(call, "Model", "Models", ("CreationTime",))


@operation("DeleteModel")
def delete_model(call: Call) -> dict:
    """Delete a model; endpoints made from it go on, and its archive stays in S3.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModel.html
    """
    call.table("Model").delete(call.input["ModelName"])
    return {}


@operation("CreateEndpointConfig")
def create_endpoint_config(call: Call) -> dict:
    """Record an endpoint configuration; its models must exist.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    """
    table, name = call.table("EndpointConfig"), call.input["EndpointConfigName"]
    refuse_duplicate(table, name)
    variants = call.input["ProductionVariants"]
    names = [variant["VariantName"] for variant in variants]
    if len(names) != len(set(names)):
        raise invalid(f"The names of production variants must differ: {names}.")
    for variant in variants:
        _check_variant(call, variant)
        variant.setdefault("InitialVariantWeight", 1.0)
    return {"EndpointConfigArn": table.create(name, *_record(call))}


@operation("DescribeEndpointConfig")
def describe_endpoint_config(call: Call) -> dict:
    """Return an endpoint configuration.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpointConfig.html
    """
    name = call.input["EndpointConfigName"]
    return _without_date(call.table("EndpointConfig").describe(name))


@operation("ListEndpointConfigs")
def list_endpoint_configs(call: Call) -> dict:
    """Return summaries of endpoint configurations.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListEndpointConfigs.html
    """
    return summaries(call, "EndpointConfig", "EndpointConfigs", ("CreationTime",))


@operation("DeleteEndpointConfig")
def delete_endpoint_config(call: Call) -> dict:
    """Delete an endpoint configuration; endpoints made from it go on.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteEndpointConfig.html
    """
    call.table("EndpointConfig").delete(call.input["EndpointConfigName"])
    return {}


def definitions(model: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the container definitions of a model, in the order of its pipeline."""
    return model.get("Containers") or [model["PrimaryContainer"]]


def refuse_duplicate(table: Table, name: str) -> None:
    """Raise what AWS answers when a hosting resource of this name exists."""
    if table.exists(name):
        words = f"Cannot create already existing {table.kind.words}"
        raise invalid(f'{words} "{table.arn(name)}".')


def summaries(call: Call, kind: str, key: str, members: tuple[str, ...]) -> dict:
    """Return a page of a List operation with these members, name and ARN."""
    rows, more = call.table(kind).page(call.input)
    kept = (f"{kind}Name", f"{kind}Arn", *members)
    return {key: [{name: row[name] for name in kept} for row in rows], **more}


def _record(call: Call, **defaults: Any) -> tuple[dict, list]:
    record = {**defaults, **call.input}
    return record, record.pop("Tags", [])


def _without_date(record: dict) -> dict:
    return {k: v for k, v in record.items() if k != "LastModifiedTime"}


def _check_definition(call: Call, definition: dict[str, Any]) -> None:
    for member, value in [("ModelPackageName", None), ("Mode", "SingleModel")]:
        if definition.get(member, value) != value:
            raise invalid(f"localaws does not emulate {member} of a container yet.")
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


def _check_variant(call: Call, variant: dict[str, Any]) -> None:
    name = variant["VariantName"]
    if "ModelName" not in variant:
        raise invalid(f'The production variant "{name}" needs a ModelName.')
    call.table("Model").get(variant["ModelName"])
    instances = "InstanceType" in variant and "InitialInstanceCount" in variant
    if instances == ("ServerlessConfig" in variant):
        raise invalid(
            f'The production variant "{name}" needs either InstanceType and '
            "InitialInstanceCount, or ServerlessConfig."
        )
