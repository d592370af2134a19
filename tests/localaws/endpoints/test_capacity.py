"""A variant has a server for each instance, and loses no request when they change."""

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError
from deployed import SAY, deploy, invoke, load, make_model, servers, settled, upload
from waiting import until

from localaws.endpoints import capacity

WHO = SAY.replace("{word!r}", "None").replace(
    "return model", "import os, time; time.sleep(0.02); return str(os.getpid())"
)


@pytest.fixture(scope="module")
def model(connection):
    """A model that takes 20 ms, and answers which process it is."""
    url = upload(connection, "who/model.tar.gz", {"code/inference.py": WHO})
    make_model(connection, boto3.client("sagemaker"), "who", url)
    return "who"


def counts(described):
    [row] = described["ProductionVariants"]
    return row["CurrentInstanceCount"], row["DesiredInstanceCount"]


def resize(sagemaker, name, count):
    wish = {"VariantName": "variant-0", "DesiredInstanceCount": count}
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name, DesiredWeightsAndCapacities=[wish]
    )


def test_each_instance_is_a_server_and_no_request_is_lost_when_they_change(
    connection, sagemaker, runtime, model
):
    assert counts(deploy(sagemaker, "many", [model], instances=2)) == (2, 2)
    with load(runtime, "many", askers=6) as (answers, failed):
        until(lambda: len({*answers}) == 2)
        resize(sagemaker, "many", 3)
        rows = sagemaker.list_endpoints(NameContains="many")["Endpoints"]
        assert rows[0]["EndpointStatus"] == "Updating"
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
            resize(sagemaker, "many", 1)
        assert counts(settled(sagemaker, "many")) == (3, 3)
        alive = servers(connection, "many")
        seen = len(answers) + 6  # those that are under way now come first
        until(lambda: len(answers) > seen + 60)
        later = answers[seen : seen + 60]
        shares = [later.count(pid) for pid in {*later}]
        resize(sagemaker, "many", 1)
        assert counts(settled(sagemaker, "many")) == (1, 1)
        seen = len(answers)
        until(lambda: len(answers) > seen + 20)
    assert failed == [] and len({*answers[seen + 6 :]}) == 1
    assert len(alive) == len(shares) == 3 and min(shares) >= 10  # of 60; 20 is even
    [left] = servers(connection, "many")
    psutil.wait_procs([one for one in alive if one != left], timeout=5)
    folder = connection.folder / "endpoints" / connection.region / "many" / "1"
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 1
    sagemaker.delete_endpoint(EndpointName="many")
    assert servers(connection, "many") == []


def test_a_server_that_is_killed_is_replaced_while_the_others_answer(
    connection, sagemaker, runtime, model
):
    deploy(sagemaker, "killed", [model], instances=2)
    answers = {invoke(runtime, "killed") for _ in range(6)}
    assert len(answers) == 2
    killed = servers(connection, "killed")[0]
    killed.kill()
    until(lambda: not killed.is_running())
    later = {invoke(runtime, "killed") for _ in range(6)}  # each is answered
    assert len(later & answers) == 1
    until(lambda: invoke(runtime, "killed") not in answers)
    assert len(servers(connection, "killed")) == 2
    sagemaker.delete_endpoint(EndpointName="killed")


def test_more_instances_than_this_machine_has_room_for_are_refused(
    connection, sagemaker, model
):
    words = f"this machine is {capacity.MOST} Instances .* current utilization of 0"
    with pytest.raises(ClientError, match=words) as caught:
        deploy(sagemaker, "huge", [model], instances=capacity.MOST + 1)
    assert caught.value.response["Error"]["Code"] == "ResourceLimitExceeded"
    assert sagemaker.list_endpoints(NameContains="huge")["Endpoints"] == []
    deploy(sagemaker, "small", [model])
    with pytest.raises(ClientError, match=f"request delta of {capacity.MOST} Inst"):
        resize(sagemaker, "small", capacity.MOST + 1)
    with pytest.raises(ClientError, match="needs an instance"):
        resize(sagemaker, "small", 0)
    assert counts(settled(sagemaker, "small")) == (1, 1)
    sagemaker.delete_endpoint(EndpointName="small")
    sagemaker.delete_endpoint_config(EndpointConfigName="small-0")


def test_an_instance_that_cannot_start_is_told_and_the_others_go_on(
    connection, sagemaker, runtime, model
):
    url = upload(connection, "lost-who/model.tar.gz", {"code/inference.py": WHO})
    make_model(connection, sagemaker, "lost-who", url)
    deploy(sagemaker, "short", ["lost-who"])
    key = "lost-who/model.tar.gz"
    boto3.client("s3").delete_object(Bucket=connection.bucket, Key=key)
    resize(sagemaker, "short", 2)
    described = settled(sagemaker, "short")
    assert described["EndpointStatus"] == "InService" and counts(described) == (1, 1)
    assert "Failed to download model data" in described["FailureReason"]
    assert invoke(runtime, "short") and len(servers(connection, "short")) == 1
    sagemaker.delete_endpoint(EndpointName="short")
