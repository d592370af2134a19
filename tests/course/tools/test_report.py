import pytest

from course.tools import cli, lessons, report
from course.tools.runner import Result


@pytest.fixture
def results(folder):
    """One lesson that ended well and one that failed."""
    good, bad = lessons.lessons()
    return [
        Result(bad, 4.0, 10**8, "cell [3]:\n1 / 0\n\n[red]ZeroDivisionError[/red]"),
        Result(good, 2.04, 1_234_567_890),
    ]


def test_each_finished_lesson_is_a_line_where_there_is_no_terminal(results, capsys):
    started = [(result.lesson, None) for result in results]
    ended = [(result.lesson, result) for result in results]
    assert report.follow(started + ended, 2) == results[::-1]
    assert capsys.readouterr().out == "1/2 02_bad failed\n2/2 01_good ok\n"


def test_the_table_rounds_and_a_failure_is_shown_word_for_word(results, capsys):
    report.table(results)
    shown = capsys.readouterr().out
    assert "02_bad  │ failed │     4.0 │      100 MB" in shown
    assert "01_good │ ok     │     2.0 │    1,235 MB" in shown
    assert "02_bad failed in cell [3]:\n1 / 0\n\n[red]ZeroDivisionError[/red]" in shown


def test_saving_every_lesson_renews_the_readmes_table(folder, monkeypatch, capsys):
    (folder / "02_bad.ipynb").unlink()
    readme = folder / "README.md"
    readme.write_text(f"Lessons\n{report.BEGIN}\nold\n{report.END}\nthe end\n")
    monkeypatch.setattr(lessons, "ROOT", folder)
    assert cli.main(["run", "--save"]) == 0
    text = readme.read_text()
    assert "| [About 01_good](notebooks/01_good.ipynb) | Is it good? |" in text
    assert "old" not in text
    assert text.endswith(f"{report.END}\nthe end\n")
