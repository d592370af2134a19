"""Models and endpoint configurations: what an endpoint is made from."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from localaws.access import check_role, role_client
from localaws.containers import PATHS, CannotDeploy, address, model_source
from localaws.errors import invalid
from localaws.operations import Call, operation
from localaws.sandbox import choose
from localaws.store import Table

MEMORY = range(1024, 6145, 1024)  # MB of a serverless variant


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
    _check_together(call.input)
    return {"EndpointConfigArn": table.create(name, *_record(call))}


@operation("DescribeModel")
@operation("DescribeEndpointConfig")
def describe(call: Call) -> dict:
    """Return a model, or an endpoint configuration.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModel.html
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpointConfig.html
    """
    kind = _kind(call)
    record = call.table(kind).describe(call.input[f"{kind}Name"])
    record.pop("LastModifiedTime")
    return record


@operation("ListModels")
@operation("ListEndpointConfigs")
def list_all(call: Call) -> dict:
    """Return summaries of models, or of endpoint configurations.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModels.html
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListEndpointConfigs.html
    """
    kind = _kind(call)
    return summaries(call, kind, f"{kind}s", ("CreationTime",))


@operation("DeleteModel")
@operation("DeleteEndpointConfig")
def delete(call: Call) -> dict:
    """Delete a model, or an endpoint configuration; endpoints made from it go on.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModel.html
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteEndpointConfig.html
    """
    kind = _kind(call)
    call.table(kind).delete(call.input[f"{kind}Name"])
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


def _kind(call: Call) -> str:
    return "EndpointConfig" if "EndpointConfig" in call.operation else "Model"


def _record(call: Call, **defaults: Any) -> tuple[dict, list]:
    record = {**defaults, **call.input}
    return record, record.pop("Tags", [])


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
    model = call.table("Model").get(variant["ModelName"])
    instances = "InstanceType" in variant and "InitialInstanceCount" in variant
    if instances == ("ServerlessConfig" in variant):
        raise invalid(
            f'The production variant "{name}" needs either InstanceType and '
            "InitialInstanceCount, or ServerlessConfig."
        )
    if "ServerlessConfig" in variant:
        _check_serverless(variant["ServerlessConfig"], model)


def _check_serverless(config: dict[str, int], model: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html"""
    memory, most = config["MemorySizeInMB"], config["MaxConcurrency"]
    if memory not in MEMORY:
        raise invalid(
            f"Value '{memory}' at 'memorySizeInMB' failed to satisfy constraint: "
            f"Member must satisfy enum value set: {list(MEMORY)}"
        )
    if (provisioned := config.get("ProvisionedConcurrency", 1)) > most:
        raise invalid(
            f"ProvisionedConcurrency {provisioned} exceeds MaxConcurrency {most}."
        )
    if len(definitions(model)) > 1:
        raise invalid("A serverless endpoint does not support inference pipelines.")


def _check_together(config: dict[str, Any]) -> None:
    """Refuse what AWS does not combine, and what is not emulated."""
    variants = config["ProductionVariants"]
    serverless = any("ServerlessConfig" in variant for variant in variants)
    kind = "serverless" if serverless else "asynchronous"
    if not serverless and "AsyncInferenceConfig" not in config:
        kind = ""
    if kind and len(variants) > 1:
        raise invalid(f"An endpoint that is {kind} has one production variant.")
    if kind and "DataCaptureConfig" in config:
        raise invalid(f"An endpoint that is {kind} does not support data capture.")
    if serverless and "AsyncInferenceConfig" in config:
        raise invalid("An endpoint is either serverless or asynchronous.")
    _check_places(config)
    for member in ("ShadowProductionVariants", "ExplainerConfig"):
        if config.get(member):
            raise invalid(f"localaws does not emulate {member} yet.")


def _check_places(config: dict[str, Any]) -> None:
    """Raise where an address that is written to is none of S3."""
    output = config.get("AsyncInferenceConfig", {}).get("OutputConfig", {})
    places = [output.get("S3OutputPath"), output.get("S3FailurePath")]
    places.append(config.get("DataCaptureConfig", {}).get("DestinationS3Uri"))
    if "AsyncInferenceConfig" in config and places[0] is None:
        raise invalid("The OutputConfig of AsyncInferenceConfig needs S3OutputPath.")
    try:
        for place in filter(None, places):
            address(place)
    except ValueError as error:
        raise invalid(str(error)) from None
