"""What students are given has the tasks and no solution."""

import nbformat
import pytest

from course.tools.classroom.student import chosen, hand_out
from course.tools.cli import main
from course.tools.lessons import lessons


def test_no_lesson_that_is_handed_out_holds_a_solution(tmp_path):
    every = lessons()
    hand_out(every, tmp_path / "new")
    for lesson in every:
        given = nbformat.read(tmp_path / "new" / lesson.path.name, as_version=4)
        tags = [tag for cell in given.cells for tag in cell.metadata.get("tags", [])]
        kept = {cell.source for cell in given.cells if cell.cell_type == "code"}
        asked = [
            cell.source
            for cell in lesson.notebook.cells
            if "exercise" in cell.metadata.get("tags", [])
        ]
        assert "solution" not in tags and asked and set(asked) <= kept
        assert "solution(" not in "".join(kept) and "desk.progress" not in "".join(kept)
        assert given.metadata.desk.lesson == lesson.name


def test_ones_own_goes_with_its_checker_and_comes_back_graded(own, tmp_path, capsys):
    out = tmp_path / "out" / "ada"
    assert main(["student", str(out), str(own / "decay.ipynb")]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "decay.ipynb",
        "decay_check.py",
    ]
    given = nbformat.read(out / "decay.ipynb", as_version=4)
    assert "0.5**steps" not in nbformat.writes(given)
    given.cells[-1].source = "check.decayed(lambda rate, steps: rate * 0.5**steps)"
    nbformat.write(given, out / "decay.ipynb")
    (out / "decay_check.py").write_text("a checker that a student has changed")
    marks = tmp_path / "marks.csv"
    words = ["--own", str(own), "--csv", str(marks), "--workers", "2"]
    assert main(["grade", str(out.parent), *words]) == 0
    assert "ada: 1 of 1 solved" in capsys.readouterr().out
    assert "ada,decay,decayed,yes,correct." in marks.read_text()


def test_nothing_is_overwritten(own, tmp_path):
    (tmp_path / "decay_check.py").write_text("mine")
    with pytest.raises(ValueError, match="there already"):
        hand_out(chosen([str(own / "decay.ipynb")]), tmp_path)
    assert not (tmp_path / "decay.ipynb").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["student", "x", "77"], 'no lesson "77"'),
        (["student", "x", "no.ipynb"], 'there is no notebook "no.ipynb"'),
        (["grade", "/nowhere"], 'there is no folder "/nowhere"'),
        (["grade", ".", "--own", "/nowhere"], 'there is no folder "/nowhere"'),
    ],
)
def test_what_is_not_there_is_named(capsys, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert said in capsys.readouterr().err
