"""Records: unique names, and a life beyond the process."""

import errno
import json
import os
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


def test_a_name_may_have_a_slash(table, tmp_path):
    for name in ("group/1", "group/2", "group"):
        table.create(name, {})
    table.delete("group/1")
    again = Store(tmp_path, "123456789012").table(MODEL, "us-east-1")
    assert sorted(again.names()) == ["group", "group/2"]
    assert again.get("group/2")["ModelArn"].endswith(":model/group/2")


def test_a_page_holds_what_else_is_asked_for(table):
    for number in range(5):
        table.create(f"n{number}", {"Odd": number % 2})
    rows, more = table.page({"MaxResults": 1}, kept=lambda record: record["Odd"])
    assert [row["ModelName"] for row in rows] == ["n3"]
    rows, more = table.page(more, kept=lambda record: record["Odd"])
    assert [row["ModelName"] for row in rows] == ["n1"] and not more


def test_a_kind_may_call_its_records_otherwise(tmp_path):
    kind = Kind("Artifact", "artifact", own_key="_id")
    table = Store(tmp_path, "123456789012").table(kind, "us-east-1")
    arn = table.create("hash", {"ArtifactName": "data"})
    assert arn.endswith(":artifact/hash")
    again = Store(tmp_path, "123456789012").table(kind, "us-east-1")
    assert again.describe("hash")["ArtifactName"] == "data"
    assert "_id" not in again.describe("hash")


def test_private_members_are_not_shown(table):
    table.create("one", {"_folder": "/secret"})
    assert "_folder" in table.get("one") and "_folder" not in table.describe("one")


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


GARBLED = {
    "torn": b'{"ModelName": "bad", "Mod',
    "no JSON": b"\xff\xfe",
    "a list": b"[1, 2]",
    "of another name": b'{"ModelName": "good"}',
    "deep": b"[" * 100_000,
    "no dates": b'{"ModelName": "bad", "ModelArn": "a", "CreationTime": "now"}',
}


@pytest.mark.parametrize("content", GARBLED.values(), ids=GARBLED)
def test_a_record_that_is_none_is_set_aside_and_the_rest_is_there(
    table, tmp_path, caplog, content
):
    table.create("good", {})
    (table.folder / "bad.json").write_bytes(content)
    again = Store(tmp_path, "123456789012").table(MODEL, "us-east-1")
    assert again.names() == ["good"] and again.get("good") == table.get("good")
    assert (table.folder / "bad.json~unreadable").read_bytes() == content
    assert "bad.json" in caplog.text
    again.create("bad", {})  # the name is free


def test_a_write_that_fails_changes_nothing(table, tmp_path, monkeypatch):
    table.create("one", {"State": "a"})
    before = table.get("one")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        for change in (
            lambda: table.update("one", State="b"),
            lambda: table.create("two", {}),
        ):
            with pytest.raises(OSError, match="No space"):
                change()
    assert table.all() == [before]
    assert [path.name for path in table.folder.iterdir()] == ["one.json"]
    again = Store(tmp_path, "123456789012").table(MODEL, "us-east-1")
    assert again.all() == [before]


def test_nobody_shares_a_record_with_the_table(table):
    given = {"List": [1]}
    table.create("one", given)
    given["List"].append(2)
    table.get("one")["List"].append(3)
    with table.edit("one") as row:
        row["Half"] = json.loads("1.5")
    assert table.get("one")["List"] == [1] and table.get("one")["Half"] == 1.5
