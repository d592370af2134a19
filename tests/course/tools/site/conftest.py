"""A clone with a small book and lessons of one cell."""

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

TOC = {
    "format": "jb-book",
    "root": "intro",
    "parts": [
        {"caption": "Foundations", "lessons": [0, 5]},
        {"caption": "Networks", "lessons": [6, 15]},
        {"caption": "Reference", "chapters": [{"file": "licences"}]},
    ],
}

CONFIG = """
only_build_toc_files: true
exclude_patterns: [lessons.md]
execute: {execute_notebooks: "off"}
"""
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def _clone(folder):
    book = folder / "book"
    book.mkdir()
    (book / "_toc.yml").write_text(yaml.safe_dump(TOC))
    (book / "_config.yml").write_text(CONFIG)
    (book / "intro.md").write_text("# Home\n\n```{include} lessons.md\n```\n")
    (book / "licences.md").write_text("# Licences\n")
    _save(folder / "notebooks" / "03_bends.ipynb", "committed")
    return folder


def _save(path, printed, source="print(1)", metadata=None, tags=(), count=1):
    output = new_output("stream", name="stdout", text=printed)
    cells = [
        new_markdown_cell("# 03 · Bends\n\nWhy a bend? Because."),
        new_code_cell(source, outputs=[output], execution_count=count),
    ]
    cells[1].metadata["tags"] = list(tags)
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"kernelspec": KERNEL, **(metadata or {})}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)


@pytest.fixture(scope="session")
def clone():
    """Return a function that makes a folder such a clone, with lesson 03."""
    return _clone


@pytest.fixture(scope="session")
def save():
    """Return a function that writes a lesson of one cell that printed something."""
    return _save


@pytest.fixture(scope="session")
def toc():
    """The parts of the small book."""
    return TOC


@pytest.fixture
def root(tmp_path):
    """A clone with a home page, a reference page and lesson 03."""
    return _clone(tmp_path)
