"""A new fleet takes over in steps, unless an alarm or the time takes it back."""

import threading

import pytest
from alarmed import ONE
from inside import Worker, deployment_of
from waiting import until

from localaws.endpoints import changes, rollout
from localaws.endpoints.fleet import Fleet
from localaws.endpoints.record import ENDPOINT
from localaws.endpoints.strategy import Strategy
from localaws.records.store import Store

PLACE = "us-east-1", "e"
CANARY = Strategy(shares=(0.25, 1.0), bake=600, linger=60, limit=3600, alarms=("bad",))


def config(image):
    machine = {"InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    variant = {"VariantName": "a", "_containers": [{"Image": image}], **machine}
    return {"ProductionVariants": [variant]}


@pytest.fixture
def alarm(context):
    """A function that sets the state of the alarm "bad"."""
    cloudwatch = context.clients.get("cloudwatch", "us-east-1")
    cloudwatch.put_metric_alarm(**{**ONE, "AlarmName": "bad"})

    def put(state):
        cloudwatch.set_alarm_state(AlarmName="bad", StateValue=state, StateReason="-")

    put("OK")
    return put


@pytest.fixture
def updating(context, alarm, monkeypatch):
    """An endpoint that serves "old", and a function that begins to update it."""
    monkeypatch.setattr(rollout, "LOOK", 0.01)
    fleet = context.add(Fleet(context))
    table = context.part(Store).table(ENDPOINT, "us-east-1")
    record = {"EndpointStatus": "Creating", "_number": 0, "_config": config("old")}
    table.create("e", {**record, "EndpointConfigName": "c"})
    home = context.folder / "endpoints/us-east-1/e"

    def build(region, name, number, config):
        image = config["ProductionVariants"][0]["_containers"][0]["Image"]
        return deployment_of(home / str(number), Worker(image), config=config)

    monkeypatch.setattr(fleet, "build", build)
    changes.create(context, table, "e")
    threads = []

    def begin(strategy):
        pending = rollout.pending(config("new"), "new")
        table.update("e", EndpointStatus="Updating", PendingDeploymentSummary=pending)
        given = context, table, "e", "new", config("new"), strategy
        threads.append(threading.Thread(target=changes.update, args=given))
        threads[0].start()
        return threads[0]

    yield table, begin
    context.closing.set()
    [thread.join(5) for thread in threads]
    fleet.close()
    context.clock.stop()


def share(context, count=400):
    """Return how many of some requests the new fleet has."""
    fleet, new = context.part(Fleet), 0
    for _ in range(count):
        with fleet.use(*PLACE) as deployment:
            worker = deployment.variants[0].workers[0]
            new += worker.word == "new"
            assert "stop " + worker.word not in worker.happened
    return new


def message(table):
    rows = table.get("e").get("PendingDeploymentSummary", {})["ProductionVariants"]
    return rows[0]["VariantStatus"][0].get("StatusMessage", "")


def bakes(context, table, share):
    """Wait until the new fleet has a share, and the clock will say when it is over."""
    until(lambda: message(table).startswith(share))
    until(lambda: waits(context))


def waits(context):
    """Return whether the clock will end a wait of the rollout; it calls others too."""
    timers = [timer for _, _, timer in context.clock._waiting]
    owners = [getattr(timer.function, "__self__", None) for timer in timers]
    return any(isinstance(owner, threading.Event) for owner in owners)


def test_a_canary_has_its_share_until_it_has_everything(context, updating):
    table, begin = updating
    thread = begin(CANARY)
    bakes(context, table, "25%")
    assert 50 < share(context) < 150  # 100 expected, six standard deviations
    context.clock.advance(599)
    assert message(table).startswith("25%")
    context.clock.advance(1)
    bakes(context, table, "100%")
    assert share(context) == 400 and table.get("e")["EndpointStatus"] == "Updating"
    context.clock.advance(600)  # the second baking
    until(lambda: waits(context))
    context.clock.advance(60)  # the old fleet stays for a minute
    thread.join(5)
    record = table.get("e")
    assert (record["EndpointStatus"], record["EndpointConfigName"]) == (
        "InService",
        "new",
    )
    assert not {"PendingDeploymentSummary", "FailureReason"} & record.keys()
    assert share(context) == 400


@pytest.mark.parametrize("step", ["before", "25%", "100%"])
def test_an_alarm_takes_everything_back(context, updating, alarm, step):
    table, begin = updating
    if step == "before":
        alarm("ALARM")
    thread = begin(CANARY)
    if step != "before":
        bakes(context, table, "25%")
    if step == "100%":
        context.clock.advance(600)
        bakes(context, table, "100%")
    alarm("ALARM")
    thread.join(5)
    record = table.get("e")
    assert (record["EndpointStatus"], record["EndpointConfigName"]) == (
        "InService",
        "c",
    )
    assert "alarms are in the ALARM state: bad" in record["FailureReason"]
    assert record["_config"] == config("old") and share(context) == 0
    assert "PendingDeploymentSummary" not in record
    assert not (context.folder / "endpoints/us-east-1/e/1").exists()


def test_while_it_is_taken_back_it_says_so_and_its_requests_are_finished(
    context, updating, alarm
):
    table, begin = updating
    thread = begin(CANARY)
    bakes(context, table, "25%")
    fleet = context.part(Fleet)
    while True:
        with fleet.use(*PLACE) as deployment:
            worker = deployment.variants[0].workers[0]
            if worker.word == "new":
                alarm("ALARM")
                until(lambda: table.get("e")["EndpointStatus"] == "RollingBack")
                assert share(context) == 0 and thread.is_alive()
                assert "stop new" not in worker.happened
                break
    thread.join(5)
    assert "stop new" in worker.happened
    assert table.get("e")["EndpointStatus"] == "InService"


def test_a_deployment_that_takes_too_long_is_taken_back(context, updating):
    table, begin = updating
    thread = begin(Strategy(shares=(0.5, 1.0), bake=3600, limit=600))
    bakes(context, table, "50%")
    context.clock.advance(601)
    thread.join(5)
    assert "MaximumExecutionTimeoutInSeconds, 600" in table.get("e")["FailureReason"]
    assert share(context) == 0


def test_a_server_that_ends_in_the_middle_brings_the_old_configuration_back(
    context, updating
):
    table, begin = updating
    thread = begin(CANARY)
    bakes(context, table, "25%")
    context.closing.set()
    thread.join(5)
    assert table.get("e")["EndpointStatus"] == "Updating"
    context.closing.clear()
    changes.resume(context)
    until(lambda: table.get("e")["EndpointStatus"] == "InService")
    record = table.get("e")
    assert record["FailureReason"] == changes.CUT_OFF
    assert record["EndpointConfigName"] == "c" and share(context) == 0
    assert "PendingDeploymentSummary" not in record


def test_what_another_update_left_on_disk_is_not_served(context, updating):
    table, begin = updating
    left = context.folder / "endpoints/us-east-1/e/1"
    left.mkdir(parents=True)
    (left / ".complete").touch()  # a server was killed in the middle of one
    begin(Strategy()).join(5)
    assert table.get("e")["EndpointConfigName"] == "new"
    assert not (left / ".complete").exists()
