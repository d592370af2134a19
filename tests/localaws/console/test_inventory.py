"""What the console shows of a resource: its price, its buttons, its log."""

import time
from functools import partial

import pytest

from localaws import app  # noqa: F401 -- registers all operations and kinds
from localaws.api.errors import ServiceError
from localaws.console import inventory
from localaws.pipelines.record import EXECUTION, PIPELINE
from localaws.processing.operations import PROCESSING_JOB
from localaws.records.store import KINDS, Kind, Store, write_json
from localaws.training.operations import TRAINING_JOB
from localaws.transform.operations import TRANSFORM_JOB
from localaws.tuning.operations import TUNING_JOB


def test_instances_are_counted_and_an_unknown_price_is_not_guessed():
    def item(**resources):
        record = {"ResourceConfig": resources, "BillableTimeInSeconds": 1800}
        return inventory.Item(TRAINING_JOB, "us-east-1", record)

    two = item(InstanceType="ml.m5.xlarge", InstanceCount=2)
    assert (two.hourly, two.cost) == (pytest.approx(0.46), pytest.approx(0.23))
    assert item(InstanceType="ml.z9.huge", InstanceCount=1).hourly is None


MODEL, ENDPOINT = KINDS["Model"], KINDS["Endpoint"]


def shown(kind, status, **record):
    return inventory.Item(kind, "us-east-1", {kind.status: status, **record})


@pytest.mark.parametrize(
    ("kind", "status", "verb"),
    [
        (TRAINING_JOB, "InProgress", "Stop"),
        (TRAINING_JOB, "Stopping", None),
        (TRAINING_JOB, "Completed", "Delete"),
        (ENDPOINT, "Creating", None),
        (ENDPOINT, "InService", "Delete"),
        (ENDPOINT, "Failed", "Delete"),
        (MODEL, "", "Delete"),
        (EXECUTION, "Executing", "Stop"),
        (EXECUTION, "Stopping", None),
        (EXECUTION, "Succeeded", None),
        (PIPELINE, "Active", "Delete"),
    ],
)
def test_a_button_does_what_is_possible_now(kind, status, verb):
    assert shown(kind, status).verb == verb


def test_a_kind_without_the_operation_has_no_button():
    assert shown(Kind("Nothing", "nothing"), "InProgress").verb is None


def test_an_operation_asks_for_what_the_resource_is_called():
    model = inventory.Item(MODEL, "us-east-1", {"ModelName": "m", "ModelArn": "arn"})
    assert model.members == {"ModelName": "m"}
    hashed = Kind("Artifact", "artifact", own_key="_id")
    item = inventory.Item(hashed, "us-east-1", {"_id": "h", "ArtifactArn": "arn"})
    assert item.members == {"ArtifactArn": "arn"} and item.name == "h"


def test_what_is_alive_costs_until_now(monkeypatch):
    monkeypatch.setattr(inventory.time, "time", lambda: 10_000.0)
    machine = {"InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
    variants = {"ProductionVariants": [{"VariantName": "v", **machine}]}
    record = {"CreationTime": 2_800.0, "_config": variants}
    alive = shown(ENDPOINT, "InService", **record)
    assert (alive.seconds, alive.cost) == (7200, pytest.approx(2 * alive.hourly))
    assert shown(ENDPOINT, "Failed", **record).cost == 0
    waiting = {"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}}
    assert shown(TRAINING_JOB, "InProgress", CreationTime=0, **waiting).seconds == 0


@pytest.mark.parametrize(
    ("status", "times", "seconds"),
    [
        ("InProgress", {}, 0),  # it waits for a place
        ("InProgress", {"ProcessingStartTime": 9_000.0}, 1000),
        (
            "Completed",
            {"ProcessingStartTime": 9_000.0, "ProcessingEndTime": 9_100},
            100,
        ),
        ("Failed", {"ProcessingEndTime": 9_100}, 0),  # before it began
    ],
)
def test_a_processing_job_costs_from_its_start_to_its_end(
    monkeypatch, status, times, seconds
):
    monkeypatch.setattr(inventory.time, "time", lambda: 10_000.0)
    cluster = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2}
    found = shown(
        PROCESSING_JOB,
        status,
        CreationTime=8_000.0,
        ProcessingResources={"ClusterConfig": cluster},
        **times,
    )
    assert found.seconds == seconds
    assert found.cost == pytest.approx(2 * 0.23 * seconds / 3600)
    assert found.verb == ("Stop" if status == "InProgress" else "Delete")


def test_a_transform_job_costs_from_its_start_to_its_end_and_is_not_deleted():
    times = {"TransformStartTime": 9_000.0, "TransformEndTime": 9_360.0}
    machine = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2}
    asked = {"CreationTime": 8_000.0, "TransformResources": machine}
    found = shown(TRANSFORM_JOB, "Completed", **asked, **times)
    assert (found.seconds, found.cost) == (360.0, pytest.approx(2 * 0.23 / 10))
    assert found.verb is None


@pytest.mark.parametrize("status", ["InProgress", "Stopping", "Completed"])
def test_a_tuning_job_costs_nothing_itself(status):
    found = shown(TUNING_JOB, status, CreationTime=8_000.0, _jobs=[])
    assert found.cost is None and found.machines == []
    assert found.verb == {"InProgress": "Stop", "Completed": "Delete"}.get(status)


def test_sections_hold_all_regions_with_the_newest_first(context):
    store = context.part(Store)
    for number, region in enumerate(["us-east-1", "eu-west-1", "us-east-1"]):
        store.table(MODEL, region).create(f"m{number}", {"_private": 1})
    found = dict(inventory.sections(context))
    assert [item.name for item in found[MODEL]] == ["m2", "m1", "m0"]
    assert "_private" not in found[MODEL][0].details
    firsts = [kind.first for kind in found if kind.first]
    assert firsts == sorted(firsts) and found[ENDPOINT] == []
    assert KINDS["EndpointConfig"] not in found


def test_a_resource_is_found_by_its_page_or_is_a_404(context):
    context.part(Store).table(MODEL, "eu-west-1").create("m", {})
    found = inventory.item(context, "model", "eu-west-1", "m")
    assert found.address == "/_localaws/model/eu-west-1/m"
    for wrong in (("model", "us-east-1", "m"), ("endpoint", "eu-west-1", "m")):
        with pytest.raises(ServiceError, match="may have been deleted") as caught:
            inventory.item(context, *wrong)
        assert caught.value.status == 404


def test_a_page_never_shows_a_record_from_another_folder(context, tmp_path):
    dates = {"CreationTime": 1.0, "LastModifiedTime": 1.0}
    record = {"ModelName": "m", "ModelArn": "arn:aws:sagemaker:x", **dates}
    write_json(tmp_path / "outside" / "Model" / "m.json", record)
    (tmp_path / "state").mkdir()
    assert context.part(Store).table(MODEL, "../outside").exists("m")
    with pytest.raises(ServiceError, match="may have been deleted"):
        inventory.item(context, "model", "../outside", "m")


def test_a_log_is_shown_by_stream_and_long_lines_are_cut(context):
    logs, group = context.clients.get("logs", "us-east-1"), TRAINING_JOB.log_group
    item = shown(TRAINING_JOB, "Completed", TrainingJobName="job")
    assert list(inventory.logs(context, item)) == []
    logs.create_log_group(logGroupName=group)
    for stream, text in [("job/algo-1", "one"), ("job/algo-2", "x" * 3000), ("jo", "")]:
        place = {"logGroupName": group, "logStreamName": stream}
        logs.create_log_stream(**place)
        event = {"timestamp": int(time.time() * 1000), "message": text or "other"}
        logs.put_log_events(**place, logEvents=[event])
    found = dict(inventory.logs(context, item))
    assert found == {"job/algo-1": "one\n", "job/algo-2": "x" * 2000 + "\n"}


def test_objects_are_listed_in_pages(context, monkeypatch):
    s3 = context.clients.get("s3", "us-east-1")
    two = partial(s3.list_objects_v2, MaxKeys=2)  # in place of 1,000
    monkeypatch.setattr(s3, "list_objects_v2", two)
    s3.create_bucket(Bucket="shelf")
    for number in range(3):
        s3.put_object(Bucket="shelf", Key=f"k{number}")
    assert [row["Name"] for row in inventory.buckets(context)] == ["shelf"]
    first, after = inventory.objects(context, "shelf", "")
    assert (len(first), after) == (2, "k1")
    rest, end = inventory.objects(context, "shelf", after)
    assert ([row["Key"] for row in rest], end) == (["k2"], "")
