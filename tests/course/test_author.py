"""Notebooks are saved as the repository keeps them, or not at all."""

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import v4

from course.author import save_executed


def notebook_with(tmp_path, *sources):
    path = tmp_path / "lesson.ipynb"
    cells = [v4.new_code_cell(source, execution_count=9) for source in sources]
    nbformat.write(v4.new_notebook(cells=cells, metadata={"papermill": {}}), path)
    return path


def test_cells_are_run_in_order_and_prints_are_joined(tmp_path):
    two_prints = "for i in range(2):\n    print(a + i, flush=True)\n    time.sleep(0.3)"
    path = notebook_with(tmp_path, "import time\na = 1", two_prints)
    save_executed(path)
    first, second = nbformat.read(path, as_version=4).cells
    assert (first.execution_count, second.execution_count) == (1, 2)
    assert [output.text for output in second.outputs] == ["1\n2\n"]


def test_nothing_that_passes_is_stored(tmp_path):
    path = notebook_with(tmp_path, "1 + 1")
    save_executed(path)
    saved = nbformat.read(path, as_version=4)
    assert set(saved.metadata) == {"kernelspec", "language_info"}
    assert saved.metadata.language_info == {"name": "python"}
    assert not saved.cells[0].metadata


def test_a_failing_notebook_leaves_the_file_alone(tmp_path):
    path = notebook_with(tmp_path, "1 / 0")
    before = path.read_bytes()
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        save_executed(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["lesson.ipynb"]
