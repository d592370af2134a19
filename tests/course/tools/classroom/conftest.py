"""A teacher's own exercise, as CONTRIBUTING shows it, and what students hand in."""

import re
from pathlib import Path

import jupytext
import nbformat
import pytest

from course.tools.lessons import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
OWN = re.findall(r"^`own/(\w+\.py)`.*?^```python\n(.*?)^```", TEXT, re.M | re.S)
CODE = nbformat.v4.new_code_cell


@pytest.fixture
def own(tmp_path) -> Path:
    """A folder with the notebook and the checker of the example."""
    folder = tmp_path / "own"
    folder.mkdir()
    (draft, text), (checker, judge) = OWN
    notebook = jupytext.reads(text, fmt="py:percent")
    nbformat.write(notebook, folder / draft.replace(".py", ".ipynb"))
    (folder / checker).write_text(judge)
    return folder


@pytest.fixture
def hand_in(tmp_path):
    """Return a function that writes a student's notebook: the example's, with cells."""
    folder = tmp_path / "handed-in"

    def write(student, *sources, name="decay.ipynb"):
        cells = [CODE("import decay_check as check"), *map(CODE, sources)]
        notebook = nbformat.v4.new_notebook(cells=cells)
        (folder / student).mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, folder / student / name)
        return folder

    return write
