"""Nothing scales an endpoint here, so nobody is told that something would."""

import boto3
import pytest
from botocore.exceptions import ClientError

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.endpoints.record import ENDPOINT
from localaws.neighbours import scaling
from localaws.records.store import Store

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
CALLS = {
    "register_scalable_target": {"MinCapacity": 1, "MaxCapacity": 2},
    "put_scaling_policy": {"PolicyName": "p", "PolicyType": "TargetTrackingScaling"},
    "put_scheduled_action": {"ScheduledActionName": "s", "Schedule": "rate(1 day)"},
}


@pytest.mark.parametrize("operation", CALLS)
def test_an_endpoint_that_is_not_there_is_not_found(connection, operation):
    client = boto3.client("application-autoscaling")
    given = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/none/variant/v",
        "ScalableDimension": DIMENSION,
        **CALLS[operation],
    }
    with pytest.raises(ClientError, match="Could not find endpoint"):
        getattr(client, operation)(**given)
    found = client.describe_scalable_targets(ServiceNamespace="sagemaker")
    assert found["ScalableTargets"] == []


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ("endpoint/e/variant/v", "does not scale endpoints.*UpdateEndpointWeightsAnd"),
        ("endpoint/e/variant/w", 'Could not find variant "w"'),
        ("inference-component/c", "does not scale endpoints"),
    ],
)
def test_an_endpoint_that_is_there_is_not_scaled(context, resource, words):
    table = context.part(Store).table(ENDPOINT, "eu-west-1")
    table.create("e", {"ProductionVariants": [{"VariantName": "v"}]})
    given = {"ServiceNamespace": "sagemaker", "ResourceId": resource}
    call = Call("RegisterScalableTarget", given, "eu-west-1", context, None)
    with pytest.raises(ServiceError, match=words):
        scaling.refuse_scaling(call)


def test_other_services_are_left_to_moto(connection):
    client = boto3.client("application-autoscaling")
    client.register_scalable_target(
        ServiceNamespace="dynamodb",
        ResourceId="table/t",
        ScalableDimension="dynamodb:table:ReadCapacityUnits",
        MinCapacity=1,
        MaxCapacity=2,
    )
    found = client.describe_scalable_targets(ServiceNamespace="dynamodb")
    assert len(found["ScalableTargets"]) == 1
