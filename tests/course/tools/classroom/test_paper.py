"""Notebooks are found below a folder, and matched with the lesson they were made of."""

import json

import nbformat
import pytest

from course.tools.classroom import paper
from course.tools.classroom.paper import Paper, handed_in, papers
from course.tools.lessons import lesson, lessons


def test_a_paper_knows_its_exercises_and_its_checker(own):
    known = papers(lessons(), own)
    assert known["decay"].exercises == ["decayed"]
    assert known["decay"].checker == "decay_check"
    assert known["decay"].beside == own / "decay_check.py"
    for each in lessons():
        assert known[each.name].checker == f"course.check.{each.plan.check}"
        assert known[each.name].beside is None and len(known[each.name].exercises) >= 3


def test_a_paper_without_a_checker_has_none(tmp_path):
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "plain.ipynb")
    plain = Paper(papers([], tmp_path)["plain"].lesson)
    assert (plain.checker, plain.exercises, plain.beside) == ("", [], None)


def test_students_are_folders_or_files(own, hand_in):
    folder = hand_in("ada", "1", name="decay (2).ipynb")
    (folder / "ada" / "decay (2).ipynb").rename(folder / "bob-decay.ipynb")
    hand_in("eve/late", "1")
    hand_in("eve/.ipynb_checkpoints", "1")
    (folder / "notes.txt").write_text("not a notebook")
    found = [
        (g.student, g.paper.lesson.name) for g in handed_in(folder, papers([], own))
    ]
    assert found == [("bob-decay", "decay"), ("eve", "decay")]


def test_what_the_copy_says_counts_more_than_its_name(own, hand_in):
    folder = hand_in("ada", "1", name="03_activations.ipynb")
    path = folder / "ada" / "03_activations.ipynb"
    content = json.loads(path.read_text())
    content["metadata"]["desk"] = {"lesson": "decay"}
    path.write_text(json.dumps(content))
    known = papers([lesson("03")], own)
    (given,) = handed_in(folder, known)
    assert given.paper is known["decay"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cannot be read as a notebook"),
        (b"\xff\xfe", "cannot be read as a notebook"),
        (b"[1]", "cannot be read as a notebook"),
        (b'{"nbformat": 4, "cells": 7, "metadata": {}}', "cannot be read"),
        (b"[" * 5000, "cannot be read as a notebook"),
    ],
)
def test_what_is_no_notebook_is_said_to_be_none(tmp_path, own, content, said):
    folder = tmp_path / "in" / "ada"
    folder.mkdir(parents=True)
    (folder / "decay.ipynb").write_bytes(content)
    (given,) = handed_in(tmp_path / "in", papers([], own))
    assert given.paper is None and said in given.trouble


def test_what_is_too_large_or_unknown_is_said_to_be(own, hand_in, monkeypatch):
    folder = hand_in("ada", "1", name="something.ipynb")
    (given,) = handed_in(folder, papers([], own))
    assert given.paper is None and "no lesson is known" in given.trouble
    monkeypatch.setattr(paper, "MOST", 10)
    (given,) = handed_in(folder, papers([], own))
    assert "more than 10 bytes" in given.trouble


def test_a_folder_without_notebooks_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no notebook, expected a folder for each"):
        list(handed_in(tmp_path, {}))
