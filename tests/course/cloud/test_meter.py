import time
from datetime import UTC, datetime

import boto3
import pytest
from botocore import xform_name

from course.cloud import connect
from course.cloud.bill import Charge
from course.cloud.meter import (
    BILLED,
    CloudError,
    Meter,
    pieces,
    scaled,
    stop_metering,
)


def test_endpoints_are_charged_by_instance_and_second_also_after_deletion(
    cloud, configure
):
    sagemaker = configure("n2e-charged", count=2)
    sagemaker.create_endpoint(
        EndpointName="n2e-charged", EndpointConfigName="n2e-charged"
    )
    time.sleep(1)
    assert cloud.clean_up()[0] == "endpoint n2e-charged"
    (charge,) = [c for c in cloud.cost().charges if c.name == "n2e-charged"]
    assert (charge.kind, charge.count, charge.instance_type) == (
        "endpoint",
        2,
        "ml.m5.large",
    )
    assert 1 <= charge.seconds < 20
    assert charge.dollars == pytest.approx(0.23 * charge.seconds / 3600)
    total = [line for line in str(cloud.cost()).splitlines() if "total" in line]
    assert f"${cloud.cost().dollars:.5f}" in total[0]


def test_what_is_waited_for_is_on_the_bill(cloud, configure):
    sagemaker = configure("n2e-waited")
    cloud.wait(600)  # before it is there
    sagemaker.create_endpoint(
        EndpointName="n2e-waited", EndpointConfigName="n2e-waited"
    )
    cloud.wait(3600)
    again = connect("local")  # another session goes by the same clock
    cloud.clean_up()
    (charge,) = [c for c in cloud.cost().charges if c.name == "n2e-waited"]
    assert 3600 <= charge.seconds < 3660
    assert abs(again._meter.now() - again.now().timestamp()) < 5


def test_a_refused_call_is_not_charged(cloud):
    before = len(cloud.cost().charges)
    with pytest.raises(boto3.client("sagemaker").exceptions.ClientError):
        boto3.client("sagemaker").create_endpoint(
            EndpointName="n2e-none", EndpointConfigName="no-such-configuration"
        )
    assert len(cloud.cost().charges) == before


@pytest.fixture
def client():
    """Return a function: a client under a meter, which sends nothing."""

    def made(meter, service="sagemaker"):
        meter.start()
        session = boto3.session.Session("k", "s", region_name="us-east-1")
        made = session.client(service)
        made.meta.events.register("before-call", lambda **_: (Sent(), {}))
        return made

    yield made
    stop_metering()


class Sent:
    status_code = 200


OTHERS = {"RunInstances": "ec2", "StartInstances": "ec2", "CreateFunction": "lambda"}
OTHERS |= {"CreateApi": "apigatewayv2", "CreateRestApi": "apigateway"}
OTHERS |= {"CreateSchedule": "scheduler", "PutMetricAlarm": "cloudwatch"}
OTHERS |= {"PutDashboard": "cloudwatch", "CreateRepository": "ecr"}


@pytest.mark.parametrize("operation", BILLED)
def test_a_meter_that_may_not_spend_stops_each_call_that_costs(client, operation):
    service = OTHERS.get(operation, "sagemaker")
    with pytest.raises(CloudError, match=f"{operation} costs money"):
        getattr(client(Meter(allowed=False), service), xform_name(operation))()


def test_a_dry_run_costs_nothing_and_is_sent(client, monkeypatch):
    meter = Meter(allowed=False)
    ec2 = client(meter, "ec2")
    monkeypatch.setattr(Sent, "status_code", 412)  # which is all that it answers
    with pytest.raises(ec2.exceptions.ClientError):
        ec2.run_instances(ImageId="ami-1", MinCount=1, MaxCount=1, DryRun=True)
    assert meter.besides == {"ec2"} and meter.machine_charges() == []


def test_an_update_ends_one_charge_and_begins_another(client):
    meter = Meter(allowed=True)
    sagemaker = client(meter)
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large"}
    for name, count in [("one", 1), ("two", 3)]:
        variants = [{**variant, "InitialInstanceCount": count}]
        sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=variants
        )
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two")
    assert [charge.count for charge in meter.endpoint_charges()] == [1, 3]


def test_each_number_of_instances_is_charged_for_its_time(client):
    meter = Meter(allowed=True)
    sagemaker = client(meter)
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName="c",
        ProductionVariants=[{**variant, "InitialInstanceCount": 1}],
    )
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="e",
        DesiredWeightsAndCapacities=[{"VariantName": "v", "DesiredInstanceCount": 4}],
    )
    end = datetime.now(UTC)
    activity = {
        "ResourceId": "endpoint/e/variant/v",
        "Description": "Setting desired instance count to 2.",
        "StatusCode": "Successful",
        "EndTime": end,
    }
    rows = [activity, {**activity, "StatusCode": "Failed"}]
    sagemaker.delete_endpoint(EndpointName="e")
    charges = meter.endpoint_charges(scaled(rows))
    assert [charge.count for charge in charges] == [1, 4, 2]
    assert [charge.count for charge in meter.endpoint_charges()] == [1, 4]


def test_the_pieces_of_a_charge_cover_its_time():
    first = Charge("e", "endpoint", "ml.m5.large", 1, 0.0)
    changes = [(5.0, 9), (12.0, 3), (14.0, 3), (16.0, 2), (40.0, 7)]
    found = [(one.count, one.seconds) for one in pieces(first, 10.0, 20.0, changes)]
    assert found == [(1, 2), (3, 4), (2, 4)]


def test_only_one_meter_watches_a_process(client):
    first, second = Meter(allowed=False), Meter(allowed=True)
    client(first)
    client(second)
    assert Meter.current is second
    stop_metering()
    assert Meter.current is None
