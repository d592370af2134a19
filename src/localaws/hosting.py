"""Endpoints: created, updated without a gap, rolled back, deleted."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from localaws import asynchronous, invocation, models, streaming  # each registers
from localaws.containers import CannotDeploy
from localaws.errors import invalid
from localaws.fleet import Fleet
from localaws.operations import Call, Context, operation
from localaws.store import Table

HOLD_SECONDS = 20
IN_PROGRESS = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")

logger = logging.getLogger("localaws")


def setup(context: Context) -> None:
    """Give the server its fleet; endpoints of an earlier run come back."""
    context.fleet = Fleet(context)
    context.starters.append(lambda: _resume(context))
    context.on_close(context.fleet.close)


@operation("CreateEndpoint")
def create_endpoint(call: Call) -> dict:
    """Start an endpoint: Creating, then InService or Failed.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html
    """
    table, name = call.table("Endpoint"), call.input["EndpointName"]
    models.refuse_duplicate(table, name)
    config = _snapshot(call, call.input["EndpointConfigName"])
    record = {
        "EndpointConfigName": call.input["EndpointConfigName"],
        "EndpointStatus": "Creating",
        "_config": config,
        "_number": 1,
        **_shared(config),
    }
    arn = table.create(name, record, call.input.get("Tags"))
    _in_background(_create, call.context, table, name)
    return {"EndpointArn": arn}


@operation("DescribeEndpoint")
def describe_endpoint(call: Call) -> dict:
    """Return an endpoint; while it changes, the answer waits for the end, at most 20 s.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
    """
    table, name = call.table("Endpoint"), call.input["EndpointName"]
    table.get(name)
    closing = call.context.closing
    table.wait(
        name,
        lambda row: row["EndpointStatus"] not in IN_PROGRESS or closing.is_set(),
        HOLD_SECONDS,
    )
    return table.describe(name)


@operation("ListEndpoints")
def list_endpoints(call: Call) -> dict:
    """Return summaries of endpoints.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListEndpoints.html
    """
    members = ("CreationTime", "LastModifiedTime", "EndpointStatus")
    return models.summaries(call, "Endpoint", "Endpoints", members)


@operation("UpdateEndpoint")
def update_endpoint(call: Call) -> dict:
    """Replace the variants by those of another configuration, once they are healthy.

    The old ones answer until then, and go on where the new ones fail.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html
    """
    table, name = call.table("Endpoint"), call.input["EndpointName"]
    with table.store.changed:
        record = _settled(table, name)
        if record["EndpointStatus"] == "Failed":
            raise invalid(f'Cannot update failed endpoint "{table.arn(name)}".')
        config = _snapshot(call, call.input["EndpointConfigName"])
        if call.input.get("RetainAllVariantProperties"):
            excluded = call.input.get("ExcludeRetainedVariantProperties", [])
            _retain(config, record, [row["VariantPropertyType"] for row in excluded])
        table.update(name, EndpointStatus="Updating")
    new_name = call.input["EndpointConfigName"]
    _in_background(_update, call.context, table, name, new_name, config)
    return {"EndpointArn": table.arn(name)}


@operation("UpdateEndpointWeightsAndCapacities")
def update_weights(call: Call) -> dict:
    """Set the weights, and the instance counts that are reported, of variants.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpointWeightsAndCapacities.html
    """
    table, name = call.table("Endpoint"), call.input["EndpointName"]
    with table.store.changed:
        _settled(table, name)
        with table.edit(name) as record:
            for wish in call.input["DesiredWeightsAndCapacities"]:
                _apply(record, wish, table.arn(name))
        deployment = call.context.fleet.live(call.region, name)
        weights = {row["VariantName"]: row for row in record["ProductionVariants"]}
        for variant in deployment.variants if deployment else ():
            variant.weight = weights[variant.name]["CurrentWeight"]
    return {"EndpointArn": table.arn(name)}


@operation("DeleteEndpoint")
def delete_endpoint(call: Call) -> dict:
    """End an endpoint's servers; when this answers, none of its processes is left.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteEndpoint.html
    """
    table, name = call.table("Endpoint"), call.input["EndpointName"]
    with table.store.changed:
        _settled(table, name)
        table.update(name, EndpointStatus="Deleting")
    call.context.fleet.end(call.region, name)
    table.delete(name)
    return {}


def _settled(table: Table, name: str) -> dict[str, Any]:
    """Return an endpoint's record, or raise because it is being changed."""
    record = table.get(name)
    if record["EndpointStatus"] in IN_PROGRESS:
        raise invalid(f'Cannot update in-progress endpoint "{table.arn(name)}".')
    return record


def _snapshot(call: Call, name: str) -> dict[str, Any]:
    """Return a configuration with the definitions of its models: what is deployed.

    Models and configurations may be deleted while the endpoint lives.
    """
    config = call.table("EndpointConfig").get(name)
    for variant in config["ProductionVariants"]:
        model = call.table("Model").get(variant["ModelName"])
        variant["_containers"] = models.definitions(model)
        variant["_role"] = model.get("ExecutionRoleArn")
        mode = model.get("InferenceExecutionConfig", {}).get("Mode", "Serial")
        variant["_direct"] = mode == "Direct"
    return config


def _shared(config: dict[str, Any]) -> dict[str, Any]:
    """Return the members that an endpoint takes from its configuration."""
    shared = {k: config[k] for k in ("AsyncInferenceConfig",) if k in config}
    if "DataCaptureConfig" in config:
        capture = config["DataCaptureConfig"]
        enabled = capture.get("EnableCapture", True)
        shared["DataCaptureConfig"] = {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
            "DestinationS3Uri": capture["DestinationS3Uri"],
            "KmsKeyId": capture.get("KmsKeyId", ""),
        }
    return shared


def _summary(variant: dict[str, Any]) -> dict[str, Any]:
    """Return what DescribeEndpoint says of a variant that is in service.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantSummary.html
    """
    weight = variant.get("InitialVariantWeight", 1.0)
    images = [container["Image"] for container in variant["_containers"]]
    summary = {
        "VariantName": variant["VariantName"],
        "DeployedImages": [
            {"SpecifiedImage": i, "ResolvedImage": i, "ResolutionTime": time.time()}
            for i in images
        ],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
    }
    if "ServerlessConfig" in variant:
        return {**summary, "CurrentServerlessConfig": variant["ServerlessConfig"]}
    count = variant["InitialInstanceCount"]
    return {**summary, "CurrentInstanceCount": count, "DesiredInstanceCount": count}


def _retain(
    config: dict[str, Any], record: dict[str, Any], excluded: list[str]
) -> None:
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


def _apply(record: dict[str, Any], wish: dict[str, Any], arn: str) -> None:
    """Write the wished weight and count of a variant into an endpoint's record."""
    name = wish["VariantName"]
    summaries = {row["VariantName"]: row for row in record["ProductionVariants"]}
    if name not in summaries:
        raise invalid(f'Could not find variant "{name}" of endpoint "{arn}".')
    if "ServerlessUpdateConfig" in wish:
        raise invalid("localaws does not emulate ServerlessUpdateConfig yet.")
    rows = record["_config"]["ProductionVariants"]
    [variant] = [row for row in rows if row["VariantName"] == name]
    for wished, member, told in [
        ("DesiredWeight", "InitialVariantWeight", "Weight"),
        ("DesiredInstanceCount", "InitialInstanceCount", "InstanceCount"),
    ]:
        if wished in wish:
            variant[member] = wish[wished]
            for word in ("Current", "Desired"):
                summaries[name][word + told] = wish[wished]


def _create(context: Context, table: Table, name: str) -> None:
    """Bring an endpoint into service from its record."""
    record = table.get(name)
    config, number = record["_config"], record["_number"]
    reason = _start(context, table, name, number, config)
    if context.closing.is_set():
        return
    if reason:
        table.update(name, EndpointStatus="Failed", FailureReason=reason)
        return
    rows = [_summary(variant) for variant in config["ProductionVariants"]]
    table.update(name, EndpointStatus="InService", ProductionVariants=rows)


def _update(
    context: Context, table: Table, name: str, new_name: str, config: dict[str, Any]
) -> None:
    number = table.get(name)["_number"] + 1
    reason = _start(context, table, name, number, config)
    if context.closing.is_set():
        return
    with table.edit(name) as record:
        record["EndpointStatus"] = "InService"
        record["_number"] = number
        if reason:
            record["FailureReason"] = reason
            return
        for member in ("FailureReason", "AsyncInferenceConfig", "DataCaptureConfig"):
            record.pop(member, None)
        record["EndpointConfigName"] = new_name
        rows = [_summary(variant) for variant in config["ProductionVariants"]]
        record |= {"ProductionVariants": rows, "_config": config, **_shared(config)}


def _start(
    context: Context, table: Table, name: str, number: int, config: dict[str, Any]
) -> str:
    """Start a deployment; return why it cannot serve, or nothing."""
    fleet: Fleet = context.fleet
    try:
        deployment = fleet.build(table.region, name, number, config)
        fleet.start(table.region, name, deployment)
    except CannotDeploy as error:
        return str(error)
    except Exception as error:
        logger.exception("could not start the endpoint %s", name)
        return f"The endpoint could not be started: {type(error).__name__}: {error}"
    return ""


def _resume(context: Context) -> None:
    """Start again what was in service, or on its way, when the server ended."""
    for region in context.store.regions():
        table = context.store.table("Endpoint", region)
        for record in table.all():
            name, status = record["EndpointName"], record["EndpointStatus"]
            if status == "Deleting":
                context.fleet.end(region, name)
                table.delete(name)
            elif status != "Failed":
                if status != "Creating":
                    table.update(name, EndpointStatus="SystemUpdating")
                _in_background(_recreate, context, table, name)


def _recreate(context: Context, table: Table, name: str) -> None:
    """Bring an endpoint back, then answer what had waited for it before."""
    waiting = asynchronous.waiting(context, table.region, name)
    _create(context, table, name)
    asynchronous.resume(waiting)


def _in_background(function: Any, *arguments: Any) -> None:
    threading.Thread(target=function, args=arguments, daemon=True).start()


__all__ = ["asynchronous", "invocation", "setup", "streaming"]
