"""Endpoints are created, updated, rolled back, deleted, and come back."""

import json
import socket
import threading
import time

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError
from deployed import (
    IMAGE,
    SAY,
    change,
    deploy,
    encode,
    invoke,
    make_model,
    names,
    own_answer,
    servers,
    settled,
    upload,
)
from waiting import until

REGISTRY = IMAGE.partition("/")[0]
SAY_OLD = SAY.replace("{word!r}", "'old'")


def test_the_sdk_creates_waits_invokes_updates_and_deletes(connection, digits):
    from sagemaker.core.resources import Endpoint, EndpointConfig, Model
    from sagemaker.core.shapes import ContainerDefinition, ProductionVariant

    container = ContainerDefinition(image=IMAGE, model_data_url=digits["url"])
    model = Model.create(
        model_name="sdk",
        primary_container=container,
        execution_role_arn=connection.role_arn,
    )
    variant = ProductionVariant(
        variant_name="AllTraffic",
        model_name="sdk",
        initial_instance_count=1,
        instance_type="ml.m5.large",
    )
    config, other = [
        EndpointConfig.create(endpoint_config_name=name, production_variants=[variant])
        for name in ("sdk", "sdk-other")
    ]
    endpoint = Endpoint.create(endpoint_name="sdk", endpoint_config_name="sdk")
    endpoint.wait_for_status("InService")
    body = encode(digits["x"], "application/json")
    answer = endpoint.invoke(body=body, content_type="application/json")
    assert (
        json.loads(answer.body.read())["probabilities"] == own_answer(digits).tolist()
    )
    endpoint.endpoint_config_name = "sdk-other"
    endpoint.update()
    endpoint.wait_for_status("InService")
    assert endpoint.refresh().endpoint_config_name == "sdk-other"
    for resource in (endpoint, config, other, model):
        resource.delete()
    with pytest.raises(ClientError, match="Could not find endpoint"):
        Endpoint.get(endpoint_name="sdk")


def test_an_update_under_load_fails_no_request(connection, sagemaker, runtime, say):
    say("update", "old")
    old = servers(connection, "update")
    words, failed, stop = [], [], threading.Event()

    def ask():
        while not stop.is_set():
            try:
                words.append(invoke(runtime, "update"))
            except Exception as error:
                failed.append(error)

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    change(connection, sagemaker, "update", "new", SAY.replace("{word!r}", "'new'"))
    described = sagemaker.describe_endpoint(EndpointName="update")
    count = len(words)
    until(lambda: len(words) > count + 20)
    stop.set()
    for asker in askers:
        asker.join()
    assert failed == []
    assert described["EndpointConfigName"] == "update-new"
    assert b"old" in words and set(words[count + 8 :]) == {b"new"}
    assert not any(process.is_running() for process in old)


def test_an_update_that_fails_rolls_back(connection, sagemaker, runtime, say):
    say("back", "old")
    change(connection, sagemaker, "back", "bad", "raise RuntimeError('wrong weights')")
    described = sagemaker.describe_endpoint(EndpointName="back")
    assert described["EndpointStatus"] == "InService"
    assert described["EndpointConfigName"] == "back-0"
    assert "did not pass the ping health check" in described["FailureReason"]
    assert "wrong weights" in described["FailureReason"]
    assert invoke(runtime, "back") == b"old"
    assert len(servers(connection, "back")) == 1


def test_a_model_that_cannot_load_fails_the_endpoint_in_words(
    connection, sagemaker, runtime, say
):
    described = say("broken", "x", script="import a_module_that_is_absent")
    assert described["EndpointStatus"] == "Failed"
    reason = described["FailureReason"]
    assert "variant-0 did not pass the ping health check" in reason
    assert "No module named 'a_module_that_is_absent'" in reason
    with pytest.raises(ClientError, match="Endpoint broken of account"):
        invoke(runtime, "broken")
    with pytest.raises(ClientError, match="Cannot update failed endpoint"):
        change(connection, sagemaker, "broken", "new", SAY)
    assert servers(connection, "broken") == []


SCIKIT = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1"
HUGGING = f"{REGISTRY}/huggingface-pytorch-inference:2.1.0-transformers4.37.0-cpu-py310"
LEARNED = """
class Model:
    def predict(self, x): return x.sum(axis=1)
def model_fn(model_dir): return Model()
"""
PARSED = """
def model_fn(model_dir): return len
def predict_fn(data, model): return [model(text) for text in data["inputs"]]
"""


@pytest.mark.parametrize(
    ("image", "script", "body", "expected"),
    [
        (SCIKIT, LEARNED, b"[[1, 2], [3, 4]]", b"[3.0, 7.0]"),
        (HUGGING, PARSED, b'{"inputs": ["a", "bc"]}', b"[1,2]"),
    ],
)
def test_each_image_is_served_by_its_own_contract(
    connection, sagemaker, runtime, image, script, body, expected
):
    url = upload(connection, "own/model.tar.gz", {"code/inference.py": script})
    make_model(connection, sagemaker, "own", url, image=image)
    assert deploy(sagemaker, "own", ["own"])["EndpointStatus"] == "InService"
    answer = invoke(runtime, "own", body)
    sagemaker.delete_endpoint(EndpointName="own")
    assert answer == expected


@pytest.mark.parametrize("image", ["own:1", "mxnet-inference:1.9", "kmeans:1"])
def test_an_image_that_nothing_serves_fails_at_once_and_can_be_deleted(
    connection, sagemaker, image
):
    url = upload(connection, "strange/model.tar.gz", {"weights": "42"})
    make_model(connection, sagemaker, "strange", url, image=f"{REGISTRY}/{image}")
    begun = time.monotonic()
    described = deploy(sagemaker, "strange", ["strange"])
    assert described["EndpointStatus"] == "Failed" and time.monotonic() - begun < 10
    assert f'the image "{REGISTRY}/{image}"' in described["FailureReason"]
    sagemaker.delete_endpoint(EndpointName="strange")
    assert names(sagemaker, "list_endpoints", "strange") == []


def test_an_object_that_is_no_archive_fails_the_endpoint_in_words(
    connection, sagemaker
):
    body = {
        "Bucket": connection.bucket,
        "Key": "text/model.tar.gz",
        "Body": b"no archive",
    }
    boto3.client("s3").put_object(**body)
    url = f"s3://{connection.bucket}/text/model.tar.gz"
    make_model(connection, sagemaker, "text", url)
    described = deploy(sagemaker, "text", ["text"])
    sagemaker.delete_endpoint(EndpointName="text")
    words = "Failed to extract model data archive for container"
    start = f'{words} "container_1" from URL "{url}"'
    assert described["FailureReason"].startswith(start)


def test_an_archive_that_is_gone_fails_the_endpoint_in_words(connection, sagemaker):
    url = upload(connection, "lost/model.tar.gz", {"code/inference.py": SAY})
    make_model(connection, sagemaker, "lost", url)
    boto3.client("s3").delete_object(Bucket=connection.bucket, Key="lost/model.tar.gz")
    described = deploy(sagemaker, "lost", ["lost"])
    sagemaker.delete_endpoint(EndpointName="lost")
    assert described["EndpointStatus"] == "Failed"
    words = (
        f'Failed to download model data for container "container_1" from URL: "{url}"'
    )
    assert described["FailureReason"].startswith(words)


def test_deleting_leaves_no_process_no_port_and_no_file(connection, sagemaker, say):
    say("gone", "x")
    [process] = servers(connection, "gone")
    rows = process.net_connections("tcp")
    [port] = {row.laddr.port for row in rows if row.status == psutil.CONN_LISTEN}
    family = [process, *process.parents()[:1]]
    sagemaker.delete_endpoint(EndpointName="gone")
    assert [one.status() for one in family if one.is_running()] == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert not (connection.folder / "endpoints" / connection.region / "gone").exists()
    assert say("gone", "y")["EndpointStatus"] == "InService"  # the name is free again


def test_an_endpoint_that_is_being_created_takes_no_request_of_any_kind(
    sagemaker, runtime, say
):
    script = "import time; time.sleep(1)" + SAY
    starting = threading.Thread(
        target=say, args=("busy", "x"), kwargs={"script": script}
    )
    starting.start()
    until(lambda: names(sagemaker, "list_endpoints", "busy") == ["busy"])
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        sagemaker.delete_endpoint(EndpointName="busy")
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        sagemaker.update_endpoint(EndpointName="busy", EndpointConfigName="busy-0")
    with pytest.raises(ClientError, match="Endpoint busy of account"):
        invoke(runtime, "busy")
    starting.join()
    assert (
        sagemaker.describe_endpoint(EndpointName="busy")["EndpointStatus"]
        == "InService"
    )


def test_the_waiters_of_boto3_see_an_endpoint_come_and_go(
    connection, sagemaker, runtime
):
    url = upload(connection, "waited/model.tar.gz", {"code/inference.py": SAY_OLD})
    make_model(connection, sagemaker, "waited", url)
    deploy(sagemaker, "waited", ["waited"])
    name = {"EndpointName": "waited"}
    sagemaker.get_waiter("endpoint_in_service").wait(**name)
    assert invoke(runtime, "waited") == b"old"
    sagemaker.delete_endpoint(**name)
    sagemaker.get_waiter("endpoint_deleted").wait(**name)


def test_what_an_endpoint_was_made_from_may_be_deleted(sagemaker, runtime, say):
    say("alone", "old")
    sagemaker.delete_endpoint_config(EndpointConfigName="alone-0")
    sagemaker.delete_model(ModelName="alone-old")
    assert invoke(runtime, "alone") == b"old"


def test_an_update_keeps_what_it_is_asked_to_retain(connection, sagemaker, say):
    say("kept", "a", "b", weights=[1, 3])
    wishes = [
        {"VariantName": "variant-1", "DesiredWeight": 5, "DesiredInstanceCount": 2}
    ]
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="kept", DesiredWeightsAndCapacities=wishes
    )
    settled(sagemaker, "kept")
    sagemaker.update_endpoint(
        EndpointName="kept",
        EndpointConfigName="kept-0",
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[
            {"VariantPropertyType": "DesiredInstanceCount"}
        ],
    )
    rows = sagemaker.describe_endpoint(EndpointName="kept")["ProductionVariants"]
    found = [(row["CurrentWeight"], row["CurrentInstanceCount"]) for row in rows]
    assert found == [(1.0, 1), (5.0, 1)]


def test_a_weight_for_an_unknown_variant_is_refused(sagemaker, say):
    arn = say("described", "x")["EndpointArn"]
    with pytest.raises(ClientError, match="Could not find variant") as caught:
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="described",
            DesiredWeightsAndCapacities=[{"VariantName": "no", "DesiredWeight": 1}],
        )
    assert arn in str(caught.value)
