import os
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest

from course.tools import cli, lessons, report, runner


def write(folder, name, *sources):
    cells = [nbformat.v4.new_markdown_cell(f"# About {name}\n\n**Is it good?** Yes.")]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    cells[1].metadata["tags"] = ["parameters"]
    notebook = runner.tidy(nbformat.v4.new_notebook(cells=cells))
    nbformat.write(notebook, folder / f"{name}.ipynb")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A notebooks folder with one good and one failing lesson."""
    write(tmp_path, "01_good", "size = 2", "print('size', size)")
    write(tmp_path, "02_bad", "size = 2", "print('before')", "1 / 0", "print('after')")
    monkeypatch.setattr(lessons, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(runner, "EXECUTED", tmp_path / "build")
    return tmp_path


def results(chosen, output, **parameters):
    news = runner.run(lessons.lessons(chosen), parameters, output)
    return {lesson.name: result for lesson, result in news if result}


def test_lessons_are_found_by_number_and_by_name(folder):
    assert [x.name for x in lessons.lessons(["02", "01_g"])] == ["01_good", "02_bad"]
    assert lessons.lessons()[0].title == "About 01_good"


def test_a_lesson_that_is_not_there_is_answered_with_those_that_are(folder):
    with pytest.raises(ValueError, match=r'no lesson "07".*01_good, 02_bad'):
        lessons.lessons(["07"])


def test_a_failing_lesson_is_reported_with_cell_and_error_and_stops_no_other(folder):
    got = results(None, folder / "out")
    assert got["01_good"].error == ""
    assert got["02_bad"].error.splitlines()[0] == "cell [3]:"
    assert "1 / 0" in got["02_bad"].error
    assert got["02_bad"].error.endswith("ZeroDivisionError: division by zero")


def test_the_executed_notebook_holds_outputs_for_the_parameters_given(folder):
    results(["01"], folder / "out", size=5)
    executed = nbformat.read(folder / "out" / "01_good.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text == "size 5\n"


def test_peak_memory_counts_what_a_lesson_holds(folder):
    write(folder, "03_big", "n = 3 * 10**8", "x = b'1' * n; import time; time.sleep(1)")
    got = results(["01", "03"], folder / "out")
    assert got["03_big"].peak_bytes > got["01_good"].peak_bytes + 2e8


def test_the_command_prints_the_table_and_fails_when_a_lesson_does(folder, capsys):
    assert cli.main(["run"]) == 1
    shown = capsys.readouterr().out
    assert "01_good │ ok" in shown
    assert "02_bad  │ failed" in shown
    assert "ZeroDivisionError" in shown


def test_the_command_succeeds_when_every_lesson_does(folder, capsys):
    assert cli.main(["run", "01", "-p", "size", "9"]) == 0
    assert "peak memory" in capsys.readouterr().out


def test_save_writes_outputs_back_and_leaves_no_trace_of_the_execution(folder, capsys):
    assert cli.main(["run", "--save"]) == 1
    saved = nbformat.read(folder / "01_good.ipynb", as_version=4)
    assert saved.cells[-1].outputs[0].text == "size 2\n"
    assert "papermill" not in nbformat.writes(saved)
    assert not nbformat.read(folder / "02_bad.ipynb", as_version=4).cells[2].outputs


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


def test_save_refuses_other_parameters(folder, capsys):
    assert cli.main(["run", "--save", "-p", "size", "1"]) == 2
    assert "leave out -p" in capsys.readouterr().err


def test_an_interrupt_ends_the_lesson_its_kernel_and_its_children(tmp_path):
    source = "import subprocess; p = subprocess.Popen(['sleep', '600']); p.wait()"
    write(tmp_path, "01_long", "seconds = 600", source)
    program = (
        "import signal, sys; from pathlib import Path;"
        "from course.tools import cli, lessons, runner;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"  # nohup ignores it
        f"lessons.NOTEBOOKS = runner.EXECUTED = Path({str(tmp_path)!r});"
        "sys.exit(cli.main(['run']))"
    )
    process = psutil.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    family = _wait_for_sleep(process)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(30) == 130
    assert b"everything that was started has ended" in process.stdout.read()
    assert [p for p in family if p.is_running()] == []


def _wait_for_sleep(process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        family = process.children(recursive=True)
        if any(p.name() == "sleep" for p in family):
            return family
        time.sleep(0.2)
    raise AssertionError("the lesson never started its child")
