"""What a lesson's recap says at the desk, and what a check leaves there."""

import pytest

from course import desk
from course.desk import record
from course.judging.exercise import Exercise


def half(answer):
    """One half."""
    from course.check import expect

    expect(answer == 0.5, "that is not it.")


half.__module__ = "course.check.doubling"


@pytest.fixture
def check():
    return Exercise(half, ("Divide.",))


def test_the_recap_counts_what_is_solved_and_names_what_is_open(work, check, capsys):
    desk.progress("07")
    assert capsys.readouterr().out == "0 of 2 solved. Still open: double, half.\n"
    check(0.5)
    desk.progress("07")
    assert capsys.readouterr().out.endswith("1 of 2 solved. Still open: double.\n")


def test_elsewhere_the_recap_says_where_progress_is_kept(root, capsys):
    desk.progress("07")
    assert "`course start`" in capsys.readouterr().out


def test_a_check_records_right_and_wrong_but_no_stub(work, check, capsys):
    for answer in (..., 1, 0.5):
        check(answer)
    entries, _ = record.Record(work / record.NAME).read()
    assert entries == {"doubling.half": {"attempts": 2, "solved": True}}


def test_an_exercise_of_no_lesson_is_not_recorded(work, check, monkeypatch, capsys):
    monkeypatch.setattr(half, "__module__", "__main__")
    Exercise(half, ())(0.5)
    assert not (work / record.NAME).exists()


def test_trouble_with_the_record_is_told_after_the_verdict(work, check, capsys):
    (work / record.NAME).write_text("no record")
    check(0.5)
    verdict, note = capsys.readouterr().out.splitlines()
    assert verdict == "✓ half: correct." and note.startswith("note: progress.json")
    desk.progress("07")
    assert capsys.readouterr().out == "1 of 2 solved. Still open: double.\n"


def test_a_solution_is_shown_and_not_run(root, check, capsys):
    check.solution()
    assert capsys.readouterr().out == (
        "A solution of half:\n\nhalf = 0.5\ncheck.half(half)\n"
    )
