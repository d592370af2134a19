"""Endpoints: the operations of SageMaker's control plane."""

from __future__ import annotations

from localaws.api.errors import invalid
from localaws.api.members import check
from localaws.api.registry import Call, Context, operation
from localaws.endpoints import capacity
from localaws.endpoints.changes import (
    create,
    in_background,
    rescale,
    resume,
    update,
)
from localaws.endpoints.fleet import Fleet
from localaws.endpoints.members import (
    CREATE_ENDPOINT,
    UPDATE_ENDPOINT,
    UPDATE_WEIGHTS,
)
from localaws.endpoints.record import (
    ENDPOINT,
    apply,
    changing,
    instances,
    retain,
    shared,
    snapshot,
)
from localaws.endpoints.rollout import alarms, pending
from localaws.endpoints.strategy import Strategy, strategy_of
from localaws.records.resources import refuse_duplicate, summaries
from localaws.records.store import Record, Table, table_of

HOLD_SECONDS = 20
IN_PROGRESS = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")


def setup(context: Context) -> None:
    """Give the server its fleet; endpoints of an earlier run come back."""
    fleet = context.add(Fleet(context))
    context.on_start(lambda: resume(context))
    context.on_close(fleet.close)


@operation("CreateEndpoint")
def create_endpoint(call: Call) -> dict:
    """Start an endpoint: Creating, then InService or Failed.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html
    """
    check(call.input, CREATE_ENDPOINT)
    table, name = table_of(call, ENDPOINT), call.input["EndpointName"]
    refuse_duplicate(table, name)
    config = snapshot(call, call.input["EndpointConfigName"])
    strategy_of(call.input.get("DeploymentConfig", {}), config, config)
    capacity.refuse(call.context, instances(config), sum(instances(config)))
    record = {
        "EndpointConfigName": call.input["EndpointConfigName"],
        "EndpointStatus": "Creating",
        "_config": config,
        "_number": 1,
        **shared(config),
        **deployment_of(call),
    }
    arn = table.create(name, record, call.input.get("Tags"))
    in_background(create, call.context, table, name)
    return {"EndpointArn": arn}


@operation("DescribeEndpoint")
def describe_endpoint(call: Call) -> dict:
    """Return an endpoint; while it changes, the answer waits for the end, at most 20 s.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
    """
    table, name = table_of(call, ENDPOINT), call.input["EndpointName"]
    table.get(name)
    closing = call.context.closing
    table.wait(
        name,
        lambda row: not _held(row) or closing.is_set(),
        HOLD_SECONDS,
    )
    return table.describe(name)


@operation("ListEndpoints")
def list_endpoints(call: Call) -> dict:
    """Return summaries of endpoints.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListEndpoints.html
    """
    members = ("CreationTime", "LastModifiedTime", "EndpointStatus")
    return summaries(call, ENDPOINT, *members)


@operation("UpdateEndpoint")
def update_endpoint(call: Call) -> dict:
    """Replace the variants by those of another configuration, once they are healthy.

    The old ones answer until then, and go on where the new ones fail.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html
    """
    check(call.input, UPDATE_ENDPOINT)
    table, name = table_of(call, ENDPOINT), call.input["EndpointName"]
    new_name = call.input["EndpointConfigName"]
    record = _serving(table, name)
    config = snapshot(call, new_name)
    if call.input.get("RetainAllVariantProperties"):
        excluded = call.input.get("ExcludeRetainedVariantProperties", [])
        retain(config, record, [row["VariantPropertyType"] for row in excluded])
    strategy = _strategy(call, config, record)
    capacity.refuse(call.context, instances(config), sum(instances(config)))
    told = {"PendingDeploymentSummary": pending(config, new_name)}
    with table.store.changed:
        _serving(table, name)
        table.update(name, EndpointStatus="Updating", **told, **deployment_of(call))
    in_background(update, call.context, table, name, new_name, config, strategy)
    return {"EndpointArn": table.arn(name)}


@operation("UpdateEndpointWeightsAndCapacities")
def update_weights(call: Call) -> dict:
    """Set the weights and the instance counts of variants.

    Weights hold at once. While instances start or stop, the endpoint is Updating.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpointWeightsAndCapacities.html
    """
    check(call.input, UPDATE_WEIGHTS)
    table, name = table_of(call, ENDPOINT), call.input["EndpointName"]
    with table.store.changed:
        _serving(table, name)
        with table.edit(name) as record:
            for wish in call.input["DesiredWeightsAndCapacities"]:
                apply(record, wish, table.arn(name))
            if wished := changing(record):
                _refuse_more(call, record, wished)
                record["EndpointStatus"] = "Updating"
        deployment = call.context.part(Fleet).live(call.region, name)
        weights = {row["VariantName"]: row for row in record["ProductionVariants"]}
        for variant in deployment.variants if deployment else ():
            variant.weight = weights[variant.name]["CurrentWeight"]
    if wished:
        in_background(rescale, call.context, table, name)
    return {"EndpointArn": table.arn(name)}


@operation("DeleteEndpoint")
def delete_endpoint(call: Call) -> dict:
    """End an endpoint's servers; when this answers, none of its processes is left.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteEndpoint.html
    """
    table, name = table_of(call, ENDPOINT), call.input["EndpointName"]
    with table.store.changed:
        _settled(table, name)
        table.update(name, EndpointStatus="Deleting")
    call.context.part(Fleet).end(call.region, name)
    table.delete(name)
    return {}


def _refuse_more(call: Call, record: Record, wished: dict[str, int]) -> None:
    """Raise where this machine has no room for the instances that are wished for."""
    rows = {row["VariantName"]: row for row in record["ProductionVariants"]}
    more = [wished[name] - rows[name]["CurrentInstanceCount"] for name in wished]
    if sum(more) > 0:
        capacity.refuse(call.context, list(wished.values()), sum(more))


def _strategy(call: Call, config: Record, record: Record) -> Strategy:
    """Return how an update goes: as it says, or as the last one if it retains that."""
    last = record.get("LastDeploymentConfig", {})
    kept = last if call.input.get("RetainDeploymentConfig") else {}
    given = call.input.get("DeploymentConfig") or kept
    found = strategy_of(given, config, record["_config"])
    there = alarms(call.context, call.region, found.alarms)
    missing = {*found.alarms} - {row["AlarmName"] for row in there}
    if missing:
        raise invalid(f"Could not find the CloudWatch alarms {sorted(missing)}.")
    return found


def _held(record: Record) -> bool:
    """Return whether Describe waits: not while a fleet bakes, which may take hours."""
    rows = record.get("PendingDeploymentSummary", {}).get("ProductionVariants", ())
    baking = any(row["VariantStatus"][0]["Status"] == "Baking" for row in rows)
    return record["EndpointStatus"] in IN_PROGRESS and not baking


def deployment_of(call: Call) -> dict:
    """Return the deployment configuration that an endpoint will show as its last."""
    given = call.input.get("DeploymentConfig")
    return {"LastDeploymentConfig": given} if given else {}


def _serving(table: Table, name: str) -> Record:
    """Return the record of an endpoint that can be updated, or raise why not."""
    record = _settled(table, name)
    if record["EndpointStatus"] == "Failed":
        raise invalid(f'Cannot update failed endpoint "{table.arn(name)}".')
    return record


def _settled(table: Table, name: str) -> Record:
    """Return an endpoint's record, or raise because it is being changed."""
    record = table.get(name)
    if record["EndpointStatus"] in IN_PROGRESS:
        raise invalid(f'Cannot update in-progress endpoint "{table.arn(name)}".')
    return record
