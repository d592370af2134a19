"""Endpoints come into service, change without a gap, and come back."""

import sys
import tempfile
from pathlib import Path

import boto3
import psutil
import pytest
from deployed import SAY, deploy, invoke, make_model, servers, settled, upload
from inside import Worker, deployment_of
from restarts import started_server
from waiting import until

from localaws.endpoints import changes
from localaws.endpoints.fleet import Fleet
from localaws.endpoints.record import ENDPOINT
from localaws.records.store import Store

TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/back/variant/variant-0",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
CANARY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "WaitIntervalInSeconds": 3600,
            "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
        }
    }
}


@pytest.fixture
def change(context, monkeypatch):
    """Return a table of endpoints, and a function that says what is deployed next."""
    fleet = context.add(Fleet(context))
    words = []

    def build(region, name, number, config):
        if isinstance(words[0], Exception):
            raise words.pop(0)
        folder = context.folder / "endpoints" / region / name / str(number)
        return deployment_of(folder, words.pop(0), config=config)

    monkeypatch.setattr(fleet, "build", build)
    yield context.part(Store).table(ENDPOINT, "us-east-1"), words.append
    fleet.close()


def config(image, **members):
    machine = {"InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    variant = {"VariantName": "a", "_containers": [{"Image": image}], **machine}
    return {"ProductionVariants": [variant], **members}


def created(table, status="Creating", **members):
    record = {"EndpointStatus": status, "_number": 0, "_config": config("first")}
    table.create("e", {**record, "EndpointConfigName": "c", **members})


@pytest.mark.parametrize(
    ("worker", "status", "words"),
    [
        (Worker("first"), "InService", None),
        (Worker("first", healthy=False), "Failed", "did not pass the ping"),
        (KeyError("x"), "Failed", "could not be started: KeyError: 'x'"),
    ],
)
def test_a_new_endpoint_is_in_service_or_says_why_not(
    context, change, worker, status, words
):
    table, deploy_next = change
    created(table)
    deploy_next(worker)
    changes.create(context, table, "e")
    record = table.get("e")
    assert record["EndpointStatus"] == status
    assert (words or "") in record.get("FailureReason", "")
    live = context.part(Fleet).live("us-east-1", "e")
    assert (live is not None) == (status == "InService")
    assert (live is not None) == ("ProductionVariants" in record)


def test_an_update_replaces_the_configuration_or_rolls_back(context, change):
    table, deploy_next = change
    capture = {"DestinationS3Uri": "s3://b/c", "InitialSamplingPercentage": 1}
    created(table, DataCaptureConfig=capture)
    for worker in (Worker("first"), Worker("bad", healthy=False), Worker("second")):
        deploy_next(worker)
    changes.create(context, table, "e")
    changes.update(context, table, "e", "bad", config("bad"))
    record = table.get("e")
    assert (record["EndpointStatus"], record["EndpointConfigName"]) == (
        "InService",
        "c",
    )
    assert "ping health check" in record["FailureReason"]
    assert record["_config"] == config("first") and "DataCaptureConfig" in record
    changes.update(context, table, "e", "new", config("second"))
    record = table.get("e")
    assert (record["EndpointConfigName"], record["_number"]) == ("new", 2)
    assert not {"FailureReason", "DataCaptureConfig"} & record.keys()
    [row] = record["ProductionVariants"]
    assert row["DeployedImages"][0]["SpecifiedImage"] == "second"


def test_a_reason_has_the_containers_paths_and_no_folder_of_ours(context, change):
    table, deploy_next = change
    created(table)
    folder = context.folder / "endpoints" / "us-east-1" / "e" / "1" / "v-1"
    lost = OSError(f"no room: '{folder}/ml/model/x' '{folder}/model.tar.gz'")
    deploy_next(lost)
    changes.create(context, table, "e")
    reason = table.get("e")["FailureReason"]
    assert "no room: '/opt/ml/model/x'" in reason
    assert str(context.folder) not in reason and "model.tar.gz" in reason


def test_a_change_that_breaks_leaves_no_endpoint_in_the_middle(context, change):
    table, _ = change

    def broken(context, table, name):
        raise ValueError("nobody expected this")

    created(table)
    changes.in_background(broken, context, table, "e")
    until(lambda: table.get("e")["EndpointStatus"] == "Failed")
    assert table.get("e")["FailureReason"].endswith("ValueError: nobody expected this")


def test_a_server_that_ends_records_no_failure(context, change):
    table, deploy_next = change
    created(table)
    context.closing.set()
    for step in (changes.create, changes.update):
        deploy_next(Worker("first"))
        more = ("new", config("new")) if step is changes.update else ()
        before = table.get("e")
        step(context, table, "e", *more)
        assert table.get("e") == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("InService", "InService"),
        ("Updating", "InService"),
        ("Creating", "InService"),
        ("Failed", "Failed"),
        ("Deleting", None),
    ],
)
def test_what_was_on_its_way_comes_back(context, change, before, after):
    table, deploy_next = change
    created(table, before)
    left = context.folder / "endpoints/us-east-1/e/left"
    left.mkdir(parents=True)
    deploy_next(Worker("back"))
    changes.resume(context)
    until(lambda: after is None or table.get("e")["EndpointStatus"] == after)
    assert table.exists("e") == left.exists() == (after is not None)


def test_an_endpoint_comes_back_after_a_kill_in_the_middle_of_a_canary(
    tmp_path, elsewhere
):
    with started_server(tmp_path, elsewhere) as (server, connection):
        sagemaker = boto3.client("sagemaker")
        for word in ("back", "next"):
            files = {"code/inference.py": SAY.replace("{word!r}", repr(word))}
            url = upload(connection, f"{word}/model.tar.gz", files)
            make_model(connection, sagemaker, word, url)
        deploy(sagemaker, "back", ["back"], instances=2)
        scaling = boto3.client("application-autoscaling")
        scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=3)
        variant = {"VariantName": "variant-0", "ModelName": "next"}
        variant |= {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        sagemaker.create_endpoint_config(
            EndpointConfigName="next", ProductionVariants=[variant]
        )
        sagemaker.update_endpoint(
            EndpointName="back", EndpointConfigName="next", DeploymentConfig=CANARY
        )
        runtime = boto3.client("sagemaker-runtime")
        until(lambda: invoke(runtime, "back") == b"next")
        model_servers = servers(connection, "back")
        server.kill()
        psutil.wait_procs(model_servers, timeout=10)
        alive = [one for one in model_servers if one.is_running()]
        assert len(model_servers) == 3 and alive == []
    with started_server(tmp_path, elsewhere) as (_, connection):
        described = settled(boto3.client("sagemaker"), "back")
        runtime = boto3.client("sagemaker-runtime")
        answers = {invoke(runtime, "back") for _ in range(20)}
        found = len(servers(connection, "back"))
        scaling = boto3.client("application-autoscaling")
        rows = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")
    assert (described["EndpointStatus"], answers) == ("InService", {b"back"})
    assert described["FailureReason"] == changes.CUT_OFF and found == 2
    assert described["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    assert rows["ScalableTargets"][0]["MaxCapacity"] == 3


def test_a_reason_names_no_folder_of_this_machine(context):
    ml = context.folder / "endpoints/us-east-1/e/1/variant-0-1/ml"
    places = [sys.prefix, str(Path.home()), tempfile.gettempdir(), str(context.folder)]
    text = f"cannot open {ml}/model/x, {'/x, '.join(places)}/x"
    said = changes.shown(context, text)
    assert said.startswith("cannot open /opt/ml/model/x, ")
    assert [place for place in places if f"{place}/x" in said] in ([], ["/tmp"])


def test_an_endpoint_fails_when_there_is_room_to_say_so(context, change, monkeypatch):
    table, _ = change
    created(table)
    tried, update = [], table.update

    def full(name, **members):
        tried.append(members)
        if len(tried) < 3:
            raise OSError("No space left on device")
        return update(name, **members)

    def broken(*_):
        raise KeyError("x")

    monkeypatch.setattr(table, "update", full)
    monkeypatch.setattr(changes, "AGAIN", 0.01)
    changes.in_background(broken, context, table, "e")
    until(lambda: table.get("e")["EndpointStatus"] == "Failed")
    assert len(tried) == 3 and "KeyError" in table.get("e")["FailureReason"]


def test_a_record_that_is_no_endpoint_does_not_prevent_a_start(
    context, change, monkeypatch, caplog
):
    table, _ = change
    created(table)
    table.create("bad", {})
    back = []
    monkeypatch.setattr(changes, "_recreate", lambda *rest: back.append(rest[-1]))
    changes.resume(context)
    until(lambda: back == ["e"])
    assert table.names() == ["e"] and "bad" in caplog.text
