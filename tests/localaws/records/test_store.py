"""Records: unique names, pages, filters, and a life beyond the process."""

import threading

import pytest

from localaws.api.errors import ServiceError
from localaws.records.store import Kind, Store

MODEL = Kind("Model", "model")


@pytest.fixture
def table(tmp_path):
    return Store(tmp_path, "123456789012").table(MODEL, "us-east-1")


def test_a_name_is_used_once(table):
    arn = table.create("one", {})
    assert arn == "arn:aws:sagemaker:us-east-1:123456789012:model/one"
    with pytest.raises(ServiceError, match="already exists") as caught:
        table.create("one", {})
    assert caught.value.code == "ResourceInUse"


def test_an_absent_resource_is_named(table):
    with pytest.raises(ServiceError, match=r'Could not find model "arn:.*/none"'):
        table.get("none")


def test_records_are_there_after_a_restart(table, tmp_path):
    table.create("kept", {"Image": "x"}, [{"Key": "team", "Value": "a"}])
    table.create("gone", {})
    table.delete("gone")
    again = Store(tmp_path, "123456789012").table(MODEL, "us-east-1")
    assert again.get("kept") == table.get("kept")
    assert not again.exists("gone")


def test_private_members_are_not_shown(table):
    table.create("one", {"_folder": "/secret"})
    assert "_folder" in table.get("one") and "_folder" not in table.describe("one")


def test_pages_join_to_the_whole_list(table):
    for number in range(7):
        table.create(f"model-{number}", {})
    names, request = [], {"MaxResults": 3, "SortBy": "Name", "SortOrder": "Ascending"}
    while True:
        rows, more = table.page(request)
        names += [row["ModelName"] for row in rows]
        if not more:
            break
        request = {**request, **more}
    assert names == [f"model-{number}" for number in range(7)]


def test_a_list_is_filtered_by_name_and_time(table):
    for name in ("cat", "dog"):
        table.create(name, {})
    born = table.get("dog")["CreationTime"]
    assert [row["ModelName"] for row in table.page({"NameContains": "CA"})[0]] == [
        "cat"
    ]
    assert table.page({"CreationTimeAfter": born + 1}) == ([], {})


def test_waiting_ends_when_the_record_changes(table):
    table.create("one", {"State": "a"})
    timer = threading.Timer(0.1, table.update, ["one"], {"State": "b"})
    timer.start()
    record = table.wait("one", lambda row: row["State"] == "b", 10)
    timer.join()
    assert record["State"] == "b"


def test_waiting_ends_when_the_record_is_deleted(table):
    table.create("one", {})
    timer = threading.Timer(0.1, table.delete, ["one"])
    timer.start()
    assert table.wait("one", lambda row: False, 10) is None
    timer.join()
