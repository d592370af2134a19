"""A folder of small lessons, in place of the course's."""

import nbformat
import pytest

from course.tools import lessons, runner


@pytest.fixture(scope="session")
def write():
    """Return a function that writes a lesson of a folder: a name and its cells."""
    return _write


def _write(folder, name, *sources):
    cells = [nbformat.v4.new_markdown_cell(f"# About {name}\n\n**Is it good?** Yes.")]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    cells[1].metadata["tags"] = ["parameters"]
    notebook = runner.tidy(nbformat.v4.new_notebook(cells=cells))
    nbformat.write(notebook, folder / f"{name}.ipynb")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A notebooks folder with one good and one failing lesson."""
    _write(tmp_path, "01_good", "size = 2", "print('size', size)")
    _write(tmp_path, "02_bad", "size = 2", "print('before')", "1 / 0", "print('after')")
    monkeypatch.setattr(lessons, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(runner, "EXECUTED", tmp_path / "build")
    return tmp_path
