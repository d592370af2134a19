import sys

import nbformat
import pytest

from course.tools import lessons, runner


@pytest.fixture(scope="module")
def ran(tmp_path_factory, write):
    """The results by name of three lessons, and where the folder lies."""
    folder = tmp_path_factory.mktemp("lessons")
    write(folder, "01_good", "size = 2", "print('size', size)")
    write(folder, "02_bad", "size = 2", "print('before')", "1 / 0", "print('after')")
    write(folder, "03_big", "n = 3 * 10**8", "x = b'1' * n; import time; time.sleep(1)")
    news = runner.run(lessons.lessons(folder=folder), {}, folder / "out")
    return {lesson.name: result for lesson, result in news if result}, folder


def test_a_failing_lesson_is_reported_with_cell_and_error_and_stops_no_other(ran):
    got, _ = ran
    assert got["01_good"].error == got["03_big"].error == ""
    assert got["02_bad"].error.splitlines()[0] == "cell [3]:"
    assert "1 / 0" in got["02_bad"].error
    assert got["02_bad"].error.endswith("ZeroDivisionError: division by zero")


def test_the_executed_notebook_holds_outputs_for_the_parameters_given(ran, tmp_path):
    good = lessons.lessons(["01"], ran[1])
    assert len(list(runner.run(good, {"size": 5}, tmp_path))) == 2
    executed = nbformat.read(tmp_path / "01_good.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text == "size 5\n"


@pytest.mark.parametrize(("workers", "each"), [(1, "4"), (2, "2"), (None, "1")])
def test_lessons_that_run_at_once_share_the_cores(
    workers, each, tmp_path, write, monkeypatch
):
    names = ["LOKY_MAX_CPU_COUNT", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"]
    said = (
        f"print(*[os.environ[name] for name in {names}], file=open(sys.argv[4], 'w'))"
    )
    monkeypatch.setattr(
        runner, "COMMAND", [sys.executable, "-c", f"import os, sys; {said}"]
    )
    for name in ("01_one", "02_two", "03_three"):
        write(tmp_path, name, "n = 1")
    monkeypatch.setattr(runner.joblib, "cpu_count", lambda: 4)
    found = lessons.lessons(folder=tmp_path)
    list(runner.run(found, {}, tmp_path / "out", workers))
    for lesson in found:
        assert (tmp_path / "out" / lesson.path.name).read_text().split() == [each] * 3


def test_peak_memory_counts_what_a_lesson_holds(ran):
    got, _ = ran
    assert got["03_big"].peak_bytes > got["01_good"].peak_bytes + 2e8


def test_a_saved_lesson_does_not_have_the_key_of_a_console():
    said = "Its console: http://127.0.0.1:4566/?key=Ab-3_x\nkey=kept\n"
    output = nbformat.v4.new_output("stream", text=said)
    cell = nbformat.v4.new_code_cell("connect()", outputs=[output])
    saved = runner.tidy(nbformat.v4.new_notebook(cells=[cell])).cells[0].outputs[0]
    assert saved.text == "Its console: http://127.0.0.1:4566/?key=...\nkey=kept\n"
