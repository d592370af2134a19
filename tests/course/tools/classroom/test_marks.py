"""The table of a class: printed, counted, and written for a spreadsheet."""

import csv

from course.tools.classroom.grading import Row
from course.tools.classroom.marks import plain, show, write

ROWS = [
    Row("ada", "decay", "decayed", True, "correct."),
    Row("ada", "decay", "other", None, "not attempted yet"),
    Row("=1+1", "decay", "decayed", False, "\x1b[31m[red]no\nline"),
    Row("eve", "broken.ipynb", "", None, "cannot be read"),
]


def test_each_student_has_a_sum(capsys):
    show(ROWS)
    printed = capsys.readouterr().out
    assert "ada: 1 of 2 solved" in printed and "=1+1: 0 of 1 solved" in printed
    assert "eve: 0 of 0 solved" in printed
    assert "\x1b[31m" not in printed and "[red]no line" in printed


def test_the_file_holds_all_of_it_and_no_formula(tmp_path):
    write(ROWS, tmp_path / "marks.csv")
    head, *rows = csv.reader((tmp_path / "marks.csv").open(newline=""))
    assert head == ["student", "lesson", "exercise", "solved", "message"]
    assert rows[0] == ["ada", "decay", "decayed", "yes", "correct."]
    assert rows[1][3] == "-" and rows[2][0] == "'=1+1"


def test_a_text_stays_on_its_line():
    assert plain("a\r\nb\tc\x07") == "a b c"
