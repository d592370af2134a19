import os
import shutil

import pytest

from course.tools.desk import copies, lab
from course.tools.lessons import Lesson


def test_the_copies_are_made_once_and_news_are_told(commit, lesson, work):
    assert "1 lesson(s)" in lab.prepare([lesson], work)[0]
    assert lab.prepare([lesson], work) == []
    cells = lesson.notebook.cells
    cells[0].source += " Two?"
    [told] = lab.prepare([commit(*cells)], work)
    assert "lesson 07" in told and "`course update`" in told


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_only_root_is_allowed_to_be_root(tmp_path, monkeypatch, user, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    words = lab.command(tmp_path, "work", [])
    assert ("--allow-root" in words) == allowed
    assert not any("token" in word or "--ip" in word for word in words)


def test_its_root_is_the_repository_and_it_opens_what_is_asked(tmp_path):
    words = lab.command(tmp_path, "work/07_halving.ipynb", ["--no-browser"])
    assert f"--ServerApp.root_dir={tmp_path}" in words
    assert "--LabApp.default_url=/lab/tree/work/07_halving.ipynb" in words
    assert words[-1] == "--no-browser"


@pytest.mark.parametrize("how", ["a draft", "a conflict"])
def test_a_lesson_without_an_edition_is_told_and_keeps_nobody_from_others(
    commit, lesson, work, how
):
    other = Lesson(lesson.path.with_name("08_other.ipynb"))
    shutil.copy(lesson.path, other.path)
    if how == "a draft":
        cells = lesson.notebook.cells
        cells[7].source = "half = 2"
        commit(*cells)
    else:
        lesson.path.write_text("<<<<<<< HEAD")
    odd, made = lab.prepare([Lesson(lesson.path), other], work)
    assert odd.startswith("No copy is made: ") and "07_halving.ipynb" in odd
    assert made.startswith("Your copies of 1 lesson(s)")
    assert copies.place(other, work).exists()


def test_a_copy_that_cannot_be_read_does_not_keep_the_lab_shut(lesson, work):
    lab.prepare([lesson], work)
    copies.place(lesson, work).write_text("{")
    assert lab.prepare([lesson], work) == []
