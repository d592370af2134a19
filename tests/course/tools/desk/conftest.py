"""A lesson with everything that a work copy hides, and a desk to copy it to."""

import nbformat
import pytest

from course.tools import runner
from course.tools.lessons import Lesson

CODE, TEXT = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
STUB = "def half(x):\n    return ...\n\n\ncheck.half(half)"
SOLUTION = "def half(x):\n    return x / 2\n\n\ncheck.half(half)"


def printed(text):
    return [nbformat.v4.new_output("stream", text=text)]


def code(source, name, text, *tags):
    metadata = {"tags": list(tags)} if tags else {}
    ran = {"outputs": printed(text), "execution_count": 1}
    return CODE(source, id=name, metadata=metadata, **ran)


def cells():
    """The cells of the lesson as it is first committed."""
    return [
        TEXT("# 07 · Halving\n\nWhat is one half?", id="title"),
        code("import course", "imports", "ready\n"),
        TEXT("> **Predict.** Which is more?", id="guess"),
        code("print('the first')", "look", "the first\n"),
        TEXT("**Answer:** the first.\nIt was doubled.", id="told"),
        TEXT("**1.** Halve a number.", id="task"),
        code(STUB, "stub", "half: not attempted yet.\n", "exercise"),
        code(SOLUTION, "solved", "✓ half: correct.\n", "solution", "hide-cell"),
        TEXT("## Recap\n\n**The answer.** Two of them are a whole.", id="recap"),
    ]


@pytest.fixture(autouse=True)
def jupyter(tmp_path, monkeypatch):
    """Signatures of its own: what another test has signed is not trusted here."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))


@pytest.fixture
def commit(tmp_path):
    """Return a function that writes the lesson with the cells given, and returns it."""

    def write(*chosen) -> Lesson:
        metadata = {"course": {"check": "halving", "runs": [{"seed": 1}]}}
        notebook = nbformat.v4.new_notebook(cells=list(chosen), metadata=metadata)
        path = tmp_path / "notebooks" / "07_halving.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(runner.tidy(notebook), path)
        return Lesson(path)

    return write


@pytest.fixture
def lesson(commit):
    return commit(*cells())


@pytest.fixture
def work(tmp_path):
    return tmp_path / "work"
