"""A repository of one lesson, and a learner's desk in it."""

import nbformat
import pytest

from course.desk import exercises, record

CODE, TEXT = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell


def cell(source, *tags):
    return CODE(source, metadata={"tags": list(tags)} if tags else {})


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The root of the repository; its lesson 07 has two exercises."""
    cells = [
        TEXT("# 07 · Doubling"),
        cell("def double(x):\n    return ...\n\n\ncheck.double(double)", "exercise"),
        cell("def double(x):\n    return 2 * x\n\n\ncheck.double(double)", "solution"),
        cell("half = ...\ncheck.half(half)", "exercise"),
        cell("half = 0.5\ncheck.half(half)", "solution"),
    ]
    metadata = {"course": {"check": "doubling", "runs": [{"seed": 1}]}}
    (tmp_path / "notebooks").mkdir()
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.write(notebook, tmp_path / "notebooks" / "07_doubling.ipynb")
    for module in (exercises, record):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def work(root, monkeypatch):
    """The desk, in which this process now runs as a kernel of a work copy does."""
    folder = root / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
