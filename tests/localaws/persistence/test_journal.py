"""Lines are added whole or not at all, and records are written when they changed."""

import errno
import os
from types import SimpleNamespace

import pytest

from localaws.persistence import journal as journals
from localaws.persistence.journal import Journal, Records


def test_a_line_that_is_cut_short_is_dropped(tmp_path):
    journal = Journal(tmp_path / "lines")
    journal.add([1, "two"])
    with journal.path.open("ab") as file:
        file.write(b'{"half')
    again = Journal(journal.path)
    assert again.load() == [1, "two"]
    again.add([3])
    assert Journal(journal.path).load() == [1, "two", 3]


def test_records_are_written_only_when_they_changed(tmp_path):
    backend = SimpleNamespace(a=[1], b="not kept")
    records = Records(tmp_path / "r.json", backend, ["a"])
    records.load()  # there is nothing yet
    records.keep()
    first = records.path.stat().st_ino
    records.keep()
    assert records.path.stat().st_ino == first
    backend.a.append(2)
    records.keep()
    other = SimpleNamespace(a=None, b="its own")
    Records(records.path, other, ["a"]).load()
    assert (other.a, other.b) == ([1, 2], "its own")


def test_lines_that_are_none_are_set_aside_and_the_others_are_read(tmp_path, caplog):
    journal = Journal(tmp_path / "lines")
    journal.add([1, 2])
    whole = journal.path.read_bytes() + b'{"torn by a full disk3\n4\n'
    journal.path.write_bytes(whole)
    for _ in range(2):
        again = Journal(journal.path)
        assert again.load() == [1, 2, 4] and again.count == 3
    assert (tmp_path / "lines~unreadable").read_bytes() == whole
    assert "lines" in caplog.text and "JSONDecodeError" in caplog.text


class Small:
    """A file on a disk that has room for some bytes more."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def write(self, data):
        return self.file.write(data[: self.room])

    def __getattr__(self, name):
        return getattr(self.file, name)


def test_a_line_that_the_disk_does_not_take_whole_is_not_there(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "lines")
    journal.add(["one"])
    opened = journals.Path.open
    with monkeypatch.context() as patch:
        small = lambda *a, **k: Small(opened(*a, **k), 4)  # noqa: E731
        patch.setattr(journals.Path, "open", small)
        with pytest.raises(OSError, match="No space"):
            journal.add(["two", "three"])
    journal.add(["four"])
    assert journal.count == 2
    assert Journal(journal.path).load() == ["one", "four"]


@pytest.mark.parametrize("middle", [b"", b"{no\n"])
def test_a_full_disk_hides_no_line(tmp_path, monkeypatch, caplog, middle):
    journal = Journal(tmp_path / "lines")
    journal.add([1, 2])
    with journal.path.open("ab") as file:
        file.write(middle + b'{"half')

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(journals, "write_text", fail)
    again = Journal(journal.path)
    assert again.load() == [1, 2] and bool(middle) == ("lines" in caplog.text)
    again.add([3])
    monkeypatch.undo()
    assert Journal(journal.path).load() == [1, 2, 3]
