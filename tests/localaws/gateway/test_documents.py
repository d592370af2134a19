"""Documents are changed whole or not at all, and there again after a restart."""

import os

import pytest

from localaws.api.errors import ServiceError
from localaws.gateway.documents import REST, Documents, identifier


def test_documents_are_found_again(tmp_path):
    held = Documents(tmp_path)
    held.put(REST, "eu-west-1", "a/b", {"id": "a/b"})
    held.put(REST, "us-east-1", "c", {"id": "c"})
    again = Documents(tmp_path)
    assert again.get(REST, "eu-west-1", "a/b") == {"id": "a/b"}
    assert again.find(REST, "c") == ("us-east-1", {"id": "c"})
    assert again.find(REST, "d") is None and again.all(REST, "nowhere") == []
    assert again.regions(REST) == ["eu-west-1", "us-east-1"]
    again.remove(REST, "us-east-1", "c")
    again.remove(REST, "us-east-1", "c")
    assert Documents(tmp_path).find(REST, "c") is None


def test_a_change_that_fails_changes_nothing(tmp_path):
    held = Documents(tmp_path)
    held.put(REST, "r", "a", {"n": [1]})
    before = held.get(REST, "r", "a")
    with pytest.raises(ValueError, match="no"), held.edit(REST, "r", "a") as document:
        document["n"].append(2)
        raise ValueError("no")
    assert held.get(REST, "r", "a") is before and before == {"n": [1]}
    with held.edit(REST, "r", "a") as document:
        document["n"].append(2)
    assert before == {"n": [1]} and held.get(REST, "r", "a") == {"n": [1, 2]}
    with pytest.raises(ServiceError, match="Invalid"), held.edit(REST, "r", "b"):
        pass


def test_what_the_disk_does_not_take_is_not_there(tmp_path, monkeypatch):
    held = Documents(tmp_path)

    def full(*_):
        raise OSError(28, "full")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="full"):
        held.put(REST, "r", "a", {})
    assert held.get(REST, "r", "a") is None


def test_a_file_that_is_no_document_is_set_aside(tmp_path, caplog):
    folder = tmp_path / "r" / REST
    folder.mkdir(parents=True)
    (folder / "a.json").write_text("[1")
    (folder / "b.json").write_text("[1]")
    (folder / ".tmp.json").write_text("{")
    assert Documents(tmp_path).all(REST, "r") == []
    names = {path.name for path in folder.iterdir()}
    assert names == {"a.json~unreadable", "b.json~unreadable"}
    assert "cannot be read" in caplog.text


def test_identifiers_differ():
    assert len({identifier() for _ in range(100)}) == 100
    assert len(identifier(6)) == 6
