"""Folders of any depth are deleted, and what cannot be read is set aside by name."""

import os

import pytest
from deep import nest

from localaws.machine.files import UNREADABLE, below, remove, set_aside


def test_three_thousand_folders_in_each_other_are_deleted(tmp_path):
    nest(tmp_path / "deep", 3000)
    remove(tmp_path / "deep")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_nobody_may_read_is_deleted_and_one_that_is_not_there(tmp_path):
    (tmp_path / "shut" / "inner").mkdir(parents=True)
    (tmp_path / "shut" / "inner").chmod(0)
    (tmp_path / "shut").chmod(0)
    remove(tmp_path / "shut")
    remove(tmp_path / "shut")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_deleted_is_named(tmp_path, monkeypatch, caplog):
    def refuse(folder):
        raise OSError("busy")

    monkeypatch.setattr("localaws.machine.files.shutil.rmtree", refuse)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    for name in ("chmod", "rm"):
        (tmp_path / name).write_text("#!/bin/sh\necho held by $0 >&2; exit 1\n")
        (tmp_path / name).chmod(0o755)
    remove(tmp_path / "kept")
    assert "kept" in caplog.text and "held by" in caplog.text


def test_files_below_a_folder_are_found_at_any_depth(tmp_path):
    nest(tmp_path / "deep", 3000)
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").touch()
    (tmp_path / "a" / "link").symlink_to(tmp_path / "a")
    found = {path.relative_to(tmp_path).as_posix() for path in below(tmp_path)}
    assert found == {"a/b/file", "a/link"}
    remove(tmp_path / "deep")


@pytest.mark.parametrize("folder", [False, True])
def test_what_is_set_aside_is_named_and_replaces_what_was_before(
    tmp_path, caplog, folder
):
    path = tmp_path / "odd.json"
    for _ in range(2):
        path.mkdir() if folder else path.write_text("x")
        set_aside(path, ValueError("no record"))
        assert not path.exists()
    assert (tmp_path / f"odd.json{UNREADABLE}").exists()
    assert "odd.json" in caplog.text and "ValueError: no record" in caplog.text
