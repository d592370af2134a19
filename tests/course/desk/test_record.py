"""The record of what is solved: whole, whoever writes, whatever stood there."""

import json
import os
import subprocess
import sys

import filelock
import pytest

from course.desk import record

PROGRAM = """
import sys
from pathlib import Path
from course.desk.record import Record
for number in range(25):
    told = Record(Path(sys.argv[1])).note(f"doubling.{sys.argv[2]}", solved=False)
    assert not told, told
"""


@pytest.fixture
def kept(work):
    return record.Record(work / record.NAME)


def test_attempts_are_counted_until_the_exercise_is_solved(kept):
    for solved in (False, True, True, False):
        assert record.note("doubling.half", solved) == ""
    assert kept.read() == ({"doubling.half": {"attempts": 2, "solved": True}}, "")


def test_nothing_is_recorded_outside_of_the_work_copies(root, monkeypatch):
    (root / "work").mkdir()
    monkeypatch.chdir(root / "notebooks")
    assert record.note("doubling.half", True) == ""
    assert not list((root / "work").iterdir())


def test_a_folder_inside_the_desk_belongs_to_it(work, monkeypatch):
    (work / "mine").mkdir()
    monkeypatch.chdir(work / "mine")
    assert record.desk() == work


def test_a_folder_that_has_gone_is_no_desk(work, monkeypatch):
    gone = work / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert record.desk() is None and record.note("doubling.half", True) == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"exercises": {',
        b"[1]",
        b"\xff",
        b'{"exercises": 3}',
        b'{"exercises": {"a.b": 3}}',
        b'{"exercises": {"a.b": {"attempts": "2", "solved": true}}}',
        b"[" * 100_000,
    ],
)
def test_a_corrupt_file_is_moved_aside_whole_and_told(kept, work, content):
    kept.path.write_bytes(content)
    assert "cannot be read" in kept.read()[1]
    told = record.note("doubling.half", True)
    [aside] = work.glob("progress-unreadable-*.json")
    assert aside.name in told and aside.read_bytes() == content
    assert kept.read()[0] == {"doubling.half": {"attempts": 1, "solved": True}}


def test_a_write_that_fails_leaves_the_record_and_does_not_raise(kept, monkeypatch):
    record.note("doubling.half", True)
    before = kept.path.read_bytes()

    def full(self, *_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(kept.path), "write_text", full)
    told = record.note("doubling.double", True)
    assert "not saved" in told and "No space left" in told
    assert kept.path.read_bytes() == before


def test_a_file_that_may_not_be_read_stays_where_it_is(kept, work):
    kept.path.mkdir()  # whoever runs the tests as root may read every file
    assert "cannot be read" in kept.read()[1]
    assert "not saved" in record.note("doubling.half", True)
    assert kept.path.is_dir()


def test_a_lock_that_is_never_given_back_only_costs_a_note(kept, work, monkeypatch):
    monkeypatch.setattr(record, "WAIT", 0.01)
    (work / ".base").mkdir()
    with filelock.FileLock(work / ".base" / "progress.lock"):
        assert "not saved" in record.note("doubling.half", True)


def test_kernels_side_by_side_lose_nothing(kept):
    words = [sys.executable, "-c", PROGRAM, str(kept.path)]
    src = os.path.dirname(os.path.dirname(os.path.dirname(record.__file__)))
    own = os.environ | {"PYTHONPATH": src}
    kernels = [subprocess.Popen([*words, name], env=own) for name in "abc"]
    assert [kernel.wait() for kernel in kernels] == [0, 0, 0]
    entry = {"attempts": 25, "solved": False}
    assert kept.read() == ({f"doubling.{name}": entry for name in "abc"}, "")
    assert json.loads(kept.path.read_text())["exercises"].keys() == {
        "doubling.a",
        "doubling.b",
        "doubling.c",
    }
