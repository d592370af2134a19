"""Guardrails of deployments on a real server: a canary grows, or rings."""

import boto3
import pytest
from alarmed import ONE
from botocore.exceptions import ClientError
from deployed import SAY, load, make_model, servers, settled, upload
from waiting import until

LOUD = SAY.replace("return model", "raise ValueError('a bad model')")


def canary(*alarms, percent=25, wait=0, **members):
    size = {"Type": "CAPACITY_PERCENT", "Value": percent}
    routing = {"Type": "CANARY", "WaitIntervalInSeconds": wait, "CanarySize": size}
    policy = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}
    policy["BlueGreenUpdatePolicy"] |= members
    watched = {"Alarms": [{"AlarmName": name} for name in alarms]}
    return {**policy, "AutoRollbackConfiguration": watched} if alarms else policy


@pytest.fixture
def alarm(connection):
    """The name of an alarm that is OK."""
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(**{**ONE, "AlarmName": "errors"})
    ring("OK")
    yield "errors"
    cloudwatch.delete_alarms(AlarmNames=["errors"])


def ring(state):
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="-")


@pytest.fixture
def update(connection, sagemaker):
    """Return a function that begins to update an endpoint to another script."""

    def begin(name, script, deployment):
        files = {"code/inference.py": script.replace("{word!r}", "'new'")}
        url = upload(connection, f"{name}-new/model.tar.gz", files)
        make_model(connection, sagemaker, f"{name}-new", url)
        variant = {"VariantName": "variant-0", "ModelName": f"{name}-new"}
        variant |= {"InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
        sagemaker.create_endpoint_config(
            EndpointConfigName=f"{name}-new", ProductionVariants=[variant]
        )
        sagemaker.update_endpoint(
            EndpointName=name,
            EndpointConfigName=f"{name}-new",
            DeploymentConfig=deployment,
        )

    return begin


def baking(sagemaker, name):
    found = sagemaker.describe_endpoint(EndpointName=name)
    [row] = found.get("PendingDeploymentSummary", {}).get("ProductionVariants", [{}])
    said = row.get("VariantStatus", [{}])[0].get("StatusMessage", "")
    return said.partition("%")[0]


def test_a_canary_answers_its_share_of_the_requests_and_then_all(
    connection, sagemaker, runtime, say, alarm, update
):
    say("grows", "old", instances=2)
    with load(runtime, "grows") as (answers, failed):
        update("grows", SAY, canary(alarm, wait=3, TerminationWaitInSeconds=1))
        until(lambda: baking(sagemaker, "grows") == "25")
        begun = end = len(answers) + 4  # the requests that are under way
        while baking(sagemaker, "grows") == "25":
            end = len(answers)
        asked, new = end - begun, answers[begun:end].count(b"new")
        until(lambda: baking(sagemaker, "grows") == "100")
        begun = len(answers) + 4
        until(lambda: len(answers) > begun + 40)
        assert {*answers[begun:]} == {b"new"}
        described = settled(sagemaker, "grows")
    spread = 5 * (asked * 0.25 * 0.75) ** 0.5
    assert failed == [] and asked > 20 and abs(new - asked / 4) < spread
    assert described["EndpointConfigName"] == "grows-new"
    assert len(servers(connection, "grows")) == 2
    assert "FailureReason" not in described


def test_a_canary_that_rings_is_taken_back_and_only_its_own_requests_have_failed(
    connection, sagemaker, runtime, say, alarm, update
):
    say("rings", "old", instances=2)
    with load(runtime, "rings") as (answers, failed):
        update("rings", LOUD, canary(alarm, wait=3600))
        until(lambda: len(failed) > 5)
        ring("ALARM")
        described = settled(sagemaker, "rings")
        begun, lost = len(answers), len(failed)
        until(lambda: len(answers) > begun + 40)
    assert described["EndpointStatus"] == "InService"
    assert described["EndpointConfigName"] == "rings-0"
    assert described["FailureReason"].endswith("in the ALARM state: errors.")
    assert {*answers} == {b"old"} and len(failed) == lost
    assert all("a bad model" in str(error) for error in failed)
    assert len(servers(connection, "rings")) == 2


def test_an_alarm_that_is_not_there_is_not_waited_for(sagemaker, say, update):
    say("unheard", "old")
    with pytest.raises(ClientError, match=r"find the CloudWatch alarms \['no'\]"):
        update("unheard", SAY, canary("no"))
    assert settled(sagemaker, "unheard")["EndpointStatus"] == "InService"
