"""The record of an endpoint: what it takes from its configuration and its models."""

from __future__ import annotations

import time
from typing import Any

from localaws.api.errors import invalid
from localaws.api.registry import Call
from localaws.endpoints.configs import ENDPOINT_CONFIG
from localaws.endpoints.telemetry import log_group
from localaws.models.kinds import MODEL
from localaws.models.operations import definitions
from localaws.records.store import Kind, Record, register, table_of


def machines(record: Record) -> list[tuple[str, int]]:
    """Return the types and counts of the instances behind an endpoint's variants."""
    now = {
        row["VariantName"]: row.get("CurrentInstanceCount")
        for row in record.get("ProductionVariants", ())
    }
    return [
        (row["InstanceType"], now.get(name) or row["InitialInstanceCount"])
        for row in record.get("_config", {}).get("ProductionVariants", ())
        if "InstanceType" in row  # a serverless variant has none
        for name in [row["VariantName"]]
    ]


ENDPOINT = register(
    Kind("Endpoint", "endpoint", log_group("{name}"), first=2, machines=machines)
)


def snapshot(call: Call, name: str) -> dict[str, Any]:
    """Return a configuration with the definitions of its models: what is deployed.

    Models and configurations may be deleted while the endpoint lives.
    """
    config = table_of(call, ENDPOINT_CONFIG).get(name)
    for variant in config["ProductionVariants"]:
        model = table_of(call, MODEL).get(variant["ModelName"])
        variant["_containers"] = definitions(model)
        variant["_role"] = model.get("ExecutionRoleArn")
        mode = model.get("InferenceExecutionConfig", {}).get("Mode", "Serial")
        variant["_direct"] = mode == "Direct"
    return config


def shared(config: dict[str, Any]) -> dict[str, Any]:
    """Return the members that an endpoint takes from its configuration."""
    members = {k: config[k] for k in ("AsyncInferenceConfig",) if k in config}
    if "DataCaptureConfig" in config:
        capture = config["DataCaptureConfig"]
        enabled = capture.get("EnableCapture", True)
        members["DataCaptureConfig"] = {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
            "DestinationS3Uri": capture["DestinationS3Uri"],
            "KmsKeyId": capture.get("KmsKeyId", ""),
        }
    return members


def summary(variant: dict[str, Any]) -> dict[str, Any]:
    """Return what DescribeEndpoint says of a variant that is in service.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantSummary.html
    """
    weight = variant.get("InitialVariantWeight", 1.0)
    images = [container["Image"] for container in variant["_containers"]]
    shown = {
        "VariantName": variant["VariantName"],
        "DeployedImages": [
            {"SpecifiedImage": i, "ResolvedImage": i, "ResolutionTime": time.time()}
            for i in images
        ],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
    }
    if "ServerlessConfig" in variant:
        return {**shown, "CurrentServerlessConfig": variant["ServerlessConfig"]}
    count = variant["InitialInstanceCount"]
    return {**shown, "CurrentInstanceCount": count, "DesiredInstanceCount": count}


def retain(config: dict[str, Any], record: dict[str, Any], excluded: list[str]) -> None:
    """Let the variants of `config` keep what those in service have.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VariantProperty.html
    """
    now = {row["VariantName"]: row for row in record.get("ProductionVariants", [])}
    for variant in config["ProductionVariants"]:
        row = now.get(variant["VariantName"], {})
        for wish, member, source in [
            ("DesiredWeight", "InitialVariantWeight", "CurrentWeight"),
            ("DesiredInstanceCount", "InitialInstanceCount", "CurrentInstanceCount"),
        ]:
            if wish not in excluded and source in row and member in variant:
                variant[member] = row[source]
    old = record["_config"].get("DataCaptureConfig")
    if old and "DataCaptureConfig" not in excluded:
        config["DataCaptureConfig"] = old


def apply(record: dict[str, Any], wish: dict[str, Any], arn: str) -> None:
    """Write the wished weight and count of a variant into an endpoint's record.

    The weight holds at once. The current count stays until `count` says what it is.
    """
    name = wish["VariantName"]
    summaries = {row["VariantName"]: row for row in record["ProductionVariants"]}
    if name not in summaries:
        raise invalid(f'Could not find variant "{name}" of endpoint "{arn}".')
    rows = record["_config"]["ProductionVariants"]
    [variant] = [row for row in rows if row["VariantName"] == name]
    if "DesiredWeight" in wish:
        variant["InitialVariantWeight"] = wish["DesiredWeight"]
        for word in ("CurrentWeight", "DesiredWeight"):
            summaries[name][word] = wish["DesiredWeight"]
    if "DesiredInstanceCount" in wish:
        wished = _wished(variant, wish["DesiredInstanceCount"])
        variant["InitialInstanceCount"] = wished
        summaries[name]["DesiredInstanceCount"] = wished


def _wished(variant: dict[str, Any], count: int) -> int:
    if "ServerlessConfig" in variant:
        name = variant["VariantName"]
        raise invalid(f'The variant "{name}" is serverless: it has no instances.')
    if count < 1:
        raise invalid(f"DesiredInstanceCount is {count}: a variant needs an instance.")
    return count


def changing(record: dict[str, Any]) -> dict[str, int]:
    """Return the wished counts of the variants that have another number now."""
    return {
        row["VariantName"]: row["DesiredInstanceCount"]
        for row in record["ProductionVariants"]
        if row.get("DesiredInstanceCount") != row.get("CurrentInstanceCount")
    }


def count(record: dict[str, Any], sizes: dict[str, int]) -> None:
    """Write how many instances the variants have: wished for is what there is now."""
    for row in record["ProductionVariants"]:
        if "CurrentInstanceCount" in row and row["VariantName"] in sizes:
            for word in ("CurrentInstanceCount", "DesiredInstanceCount"):
                row[word] = sizes[row["VariantName"]]
    for variant in record["_config"]["ProductionVariants"]:
        if "InitialInstanceCount" in variant and variant["VariantName"] in sizes:
            variant["InitialInstanceCount"] = sizes[variant["VariantName"]]


def instances(config: dict[str, Any]) -> list[int]:
    """Return how many instances each variant of a configuration has."""
    rows = config["ProductionVariants"]
    return [row["InitialInstanceCount"] for row in rows if "InstanceType" in row]
