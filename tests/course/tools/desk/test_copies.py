import nbformat
import pytest

from course.tools.desk import copies
from course.tools.desk.edition import edition


@pytest.fixture
def path(lesson, work):
    copies.make(lesson, work)
    return copies.place(lesson, work)


def test_a_copy_is_the_learners_edition_and_trusted(lesson, path):
    copy = copies.read(path)
    assert copy == edition(lesson) and path.name == lesson.path.name
    assert copies.trusted(copy)
    copy.cells[1].outputs = []
    assert not copies.trusted(copy)


def test_what_it_was_made_of_is_kept(lesson, path, work):
    assert copies.base(copies.read(path), work) == edition(lesson)


def test_a_copy_is_never_overwritten(commit, lesson, path, work):
    path.write_text("mine")
    cells = lesson.notebook.cells
    cells[0].source += " Two?"
    assert not copies.make(commit(*cells), work)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("kind", ["folder", "link to nothing"])
def test_whatever_bears_its_name_stays(lesson, work, kind):
    work.mkdir()
    place = copies.place(lesson, work)
    place.mkdir() if kind == "folder" else place.symlink_to(work / "gone")
    assert not copies.make(lesson, work)
    assert place.is_dir() or place.is_symlink()


def test_a_deleted_copy_is_made_again(lesson, path, work):
    path.unlink()
    assert copies.make(lesson, work) and path.exists()


def test_an_interrupted_copy_leaves_nothing_of_that_name(lesson, work, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(copies, "sign", interrupted)
    with pytest.raises(KeyboardInterrupt):
        copies.make(lesson, work)
    assert list(work.glob("*.ipynb")) == []
    monkeypatch.undo()
    assert copies.make(lesson, work)
    assert copies.base(copies.read(copies.place(lesson, work)), work)


def test_a_desk_that_is_a_file_is_told(lesson, work):
    work.write_text("mine")
    with pytest.raises(ValueError, match=r'work" is a file, expected the folder'):
        copies.make(lesson, work)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"cells": 3}'])
def test_what_is_no_notebook_is_told_with_the_way_out(path, content):
    path.write_bytes(content)
    with pytest.raises(copies.Unreadable, match=r"Rename it, and `course start 07`"):
        copies.read(path)


def test_a_lost_or_broken_base_is_none(path, work):
    copy = copies.read(path)
    [kept] = (work / copies.BASES).glob("*.ipynb")
    kept.write_text("{")
    assert copies.base(copy, work) is None
    kept.unlink()
    assert copies.base(copy, work) is None
    assert copies.base(nbformat.v4.new_notebook(), work) is None
