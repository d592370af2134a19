"""Endpoint configurations: the variants of an endpoint, and where it writes."""

from __future__ import annotations

from typing import Any

from localaws.api.errors import invalid
from localaws.api.members import check
from localaws.api.registry import Call, operation
from localaws.endpoints.members import CREATE_ENDPOINT_CONFIG
from localaws.endpoints.serverless import idle
from localaws.models.kinds import MODEL
from localaws.models.operations import definitions
from localaws.records import resources
from localaws.records.s3 import address
from localaws.records.store import Kind, register, table_of

ENDPOINT_CONFIG = register(Kind("EndpointConfig", "endpoint-config"))
MEMORY = range(1024, 6145, 1024)  # MB of a serverless variant


@operation("CreateEndpointConfig")
def create_endpoint_config(call: Call) -> dict[str, Any]:
    """Record an endpoint configuration; its models must exist.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    """
    check(call.input, CREATE_ENDPOINT_CONFIG)
    table = table_of(call, ENDPOINT_CONFIG)
    resources.refuse_duplicate(table, call.input["EndpointConfigName"])
    variants = call.input["ProductionVariants"]
    names = [variant["VariantName"] for variant in variants]
    if len(names) != len(set(names)):
        raise invalid(f"The names of production variants must differ: {names}.")
    for variant in variants:
        _check_variant(call, variant)
        variant.setdefault("InitialVariantWeight", 1.0)
    _check_together(call.input)
    return resources.create(call, ENDPOINT_CONFIG)


@operation("DescribeEndpointConfig")
def describe_endpoint_config(call: Call) -> dict[str, Any]:
    """Return an endpoint configuration.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpointConfig.html
    """
    return resources.describe(call, ENDPOINT_CONFIG)


@operation("ListEndpointConfigs")
def list_endpoint_configs(call: Call) -> dict[str, Any]:
    """Return summaries of endpoint configurations.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListEndpointConfigs.html
    """
    return resources.summaries(call, ENDPOINT_CONFIG, "CreationTime")


@operation("DeleteEndpointConfig")
def delete_endpoint_config(call: Call) -> dict[str, Any]:
    """Delete an endpoint configuration; endpoints made from it go on.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteEndpointConfig.html
    """
    return resources.delete(call, ENDPOINT_CONFIG)


def _check_variant(call: Call, variant: dict[str, Any]) -> None:
    name = variant["VariantName"]
    if "ModelName" not in variant:
        raise invalid(f'The production variant "{name}" needs a ModelName.')
    model = table_of(call, MODEL).get(variant["ModelName"])
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
    try:
        idle(definitions(model))
    except ValueError as error:
        raise invalid(str(error)) from None


def _check_together(config: dict[str, Any]) -> None:
    """Refuse what AWS does not combine."""
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
