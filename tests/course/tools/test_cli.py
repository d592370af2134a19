import os
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest

from course.desk import exercises, record
from course.tools import cli, lessons
from course.tools.desk import copies


def test_the_command_prints_the_table_and_fails_when_a_lesson_does(folder, capsys):
    assert cli.main(["run"]) == 1
    shown = capsys.readouterr().out
    assert "01_good │ ok" in shown
    assert "02_bad  │ failed" in shown
    assert "ZeroDivisionError" in shown


def test_the_command_succeeds_when_every_lesson_does(folder, capsys):
    assert cli.main(["run", "01"]) == 0
    site = (folder / "build" / "01_good.ipynb").read_text()
    assert cli.main(["run", "01", "-p", "size", "9"]) == 0
    assert "size 9" in (folder / "other" / "01_good.ipynb").read_text()
    assert (folder / "build" / "01_good.ipynb").read_text() == site
    assert "peak memory" in capsys.readouterr().out


def test_save_writes_outputs_back_and_leaves_no_trace_of_the_execution(folder, capsys):
    assert cli.main(["run", "--save"]) == 1
    saved = nbformat.read(folder / "01_good.ipynb", as_version=4)
    assert saved.cells[-1].outputs[0].text == "size 2\n"
    assert "papermill" not in nbformat.writes(saved)
    assert not nbformat.read(folder / "02_bad.ipynb", as_version=4).cells[2].outputs


def test_save_refuses_other_parameters(folder, capsys):
    assert cli.main(["run", "--save", "-p", "size", "1"]) == 2
    assert "leave out -p" in capsys.readouterr().err


@pytest.fixture
def long_run(tmp_path, write):
    """`course run` of a lesson that waits for a child, and all processes below it."""
    source = "import subprocess; p = subprocess.Popen(['sleep', '600']); p.wait()"
    write(tmp_path, "01_long", "seconds = 600", source)
    program = (
        "import signal, sys; from pathlib import Path;"
        "from course.tools import cli, lessons, runner;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"  # nohup ignores
        "signal.signal(signal.SIGHUP, signal.SIG_DFL);"  # both
        f"lessons.NOTEBOOKS = runner.EXECUTED = Path({str(tmp_path)!r});"
        "sys.exit(cli.main(['run']))"
    )
    process = psutil.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    yield process, _wait_for_sleep(process)
    if process.is_running():
        process.kill()


def test_an_interrupt_ends_the_lesson_its_kernel_and_its_children(long_run):
    process, family = long_run
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(30) == 130
    assert b"everything that was started has ended" in process.stdout.read()
    assert [p for p in family if p.is_running()] == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs signals of a parent's death")
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_nothing_of_it_lives_on(long_run, number):
    process, family = long_run
    os.kill(process.pid, number)
    process.wait(30)
    assert psutil.wait_procs(family, timeout=20)[1] == []


def _wait_for_sleep(process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        family = process.children(recursive=True)
        if any(p.name() == "sleep" for p in family):
            return family
        time.sleep(0.2)
    raise AssertionError("the lesson never started its child")


@pytest.fixture
def work(folder, monkeypatch):
    """The desk beside the folder of lessons; JupyterLab is only noted."""
    monkeypatch.setattr(copies, "WORK", folder / "work")
    monkeypatch.setattr(lessons, "ROOT", folder)
    return folder / "work"


@pytest.fixture
def jupyter(monkeypatch):
    """The command lines that the command would have become."""
    became = []
    monkeypatch.setattr(os, "execv", lambda _, words: became.append(words))
    return became


@pytest.mark.parametrize(
    ("words", "opened"),
    [
        (["start", "1"], "work/01_good.ipynb"),
        (["start", "01_good"], "work/01_good.ipynb"),
        (["lab"], "work"),
    ],
)
def test_start_and_lab_make_the_copies_and_open_them(work, jupyter, words, opened):
    cli.main([*words, "--", "--no-browser"])
    assert sorted(path.name for path in work.glob("*.ipynb")) == [
        "01_good.ipynb",
        "02_bad.ipynb",
    ]
    [became] = jupyter
    assert f"--LabApp.default_url=/lab/tree/{opened}" in became
    assert became[-1] == "--no-browser"


def test_a_lesson_that_is_not_there_opens_nothing(work, jupyter, capsys):
    assert cli.main(["start", "7"]) == 2
    assert 'no lesson "07". There are: 01_good' in capsys.readouterr().err
    assert not jupyter and not work.exists()


def test_update_goes_on_after_a_copy_that_it_cannot_read(work, jupyter, capsys):
    cli.main(["lab"])
    (work / "01_good.ipynb").write_text("{")
    assert cli.main(["update"]) == 1
    said = capsys.readouterr()
    assert "02_bad: your copy is up to date." in said.out
    assert 'work/01_good.ipynb" cannot be read as a notebook' in said.err
    assert cli.main(["update", "2"]) == 0


def test_progress_is_a_table_of_the_lessons(work, monkeypatch, capsys):
    work.mkdir()
    kept = record.Record(work / record.NAME)
    lesson = exercises.numbered("03")
    for solved in (False, True):
        kept.note(lesson.key(lesson.exercises[0]), solved)
    assert cli.main(["progress"]) == 0
    shown = capsys.readouterr().out
    [row] = [line for line in shown.splitlines() if "03_activations" in line]
    cells = [cell.strip() for cell in row.strip("│").split("│")]
    assert cells[1:3] == [f"1 of {len(lesson.exercises)}", "2"]
    assert f"{lesson.exercises[1]}," in shown
    assert "\n1 of " in shown
    kept.path.write_text("{")
    assert cli.main(["progress"]) == 0
    assert "progress.json cannot be read" in capsys.readouterr().err
