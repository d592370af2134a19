import json

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course.tools import site
from course.tools.lessons import lessons
from course.tools.site import SiteError, assemble, build_site, contents

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


@pytest.fixture
def root(tmp_path):
    """A clone with a home page, a reference page and lesson 03."""
    return clone(tmp_path)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Such a clone with lesson 04 as well, and its site: a build takes seconds."""
    root = clone(tmp_path_factory.mktemp("built"))
    save(root / "notebooks" / "04_slopes.ipynb", "")
    return root, build_site(root)


def clone(folder):
    book = folder / "book"
    book.mkdir()
    (book / "_toc.yml").write_text(yaml.safe_dump(TOC))
    (book / "_config.yml").write_text(CONFIG)
    (book / "intro.md").write_text("# Home\n\n```{include} lessons.md\n```\n")
    (book / "licences.md").write_text("# Licences\n")
    save(folder / "notebooks" / "03_bends.ipynb", "committed")
    return folder


def save(path, printed, source="print(1)", metadata=None, tags=(), count=1):
    """Write a lesson of one code cell that printed something."""
    output = new_output("stream", name="stdout", text=printed)
    cells = [
        new_markdown_cell("# 03 · Bends\n\nWhy a bend? Because."),
        new_code_cell(source, outputs=[output], execution_count=count),
    ]
    cells[1].metadata["tags"] = list(tags)
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"kernelspec": KERNEL, **(metadata or {})}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)


def page(root):
    pages = assemble(root, root / "build" / "notebooks")
    return json.loads(pages["notebooks/03_bends.ipynb"])


def printed(root):
    return "".join(page(root)["cells"][1]["outputs"][0]["text"])


def test_contents_list_only_lessons_that_exist(root):
    parts = contents(TOC, lessons(folder=root / "notebooks"))["parts"]
    assert [part["caption"] for part in parts] == ["Foundations", "Reference"]
    assert parts[0]["chapters"] == [{"file": "notebooks/03_bends"}]


def test_a_lesson_outside_every_part_is_named(root):
    save(root / "notebooks" / "77_lost.ipynb", "")
    with pytest.raises(SiteError, match=r'"77_lost\.ipynb" belongs to no part'):
        contents(TOC, lessons(folder=root / "notebooks"))


def test_a_whole_run_of_the_same_text_is_shown(root):
    executed = root / "build" / "notebooks" / "03_bends.ipynb"
    save(executed, "executed", metadata={"papermill": {"duration": 1.5}})
    assert printed(root) == "executed"
    assert "papermill" not in page(root)["metadata"]


@pytest.mark.parametrize(
    "run",
    [
        {"source": "print(2)"},
        {"count": None},
        {"metadata": {"papermill": {"parameters": {"dataset": "mnist"}}}},
        {"metadata": {"papermill": {"exception": True}}},
    ],
    ids=["other text", "not run to the end", "other parameters", "failed"],
)
def test_any_other_run_leaves_the_committed_lesson(root, run):
    save(root / "build" / "notebooks" / "03_bends.ipynb", "executed", **run)
    assert printed(root) == "committed"


def test_a_run_cut_off_while_it_was_saved_leaves_the_committed_lesson(root):
    executed = root / "build" / "notebooks" / "03_bends.ipynb"
    executed.parent.mkdir(parents=True)
    executed.write_text('{"cells": [')
    assert printed(root) == "committed"


def test_solutions_are_labelled(root):
    save(root / "notebooks" / "03_bends.ipynb", "", tags=["solution", "hide-cell"])
    prompts = page(root)["cells"][1]["metadata"]["mystnb"]
    assert prompts["code_prompt_show"] == "Show the solution"


def test_build_writes_a_site_that_an_unchanged_clone_keeps(built, capsys, monkeypatch):
    root, index = built
    assert index == root / "book" / "_build" / "html" / "index.html"
    assert "committed" in (index.parent / "notebooks" / "03_bends.html").read_text()
    monkeypatch.setattr(site, "_run_jupyter_book", None)  # a call would raise
    assert build_site(root) == index
    assert f"The site is at {index}" in capsys.readouterr().out


def test_a_lesson_that_has_gone_leaves_the_site(built, capsys):
    root, index = built
    page = index.parent / "notebooks" / "04_slopes.html"
    assert page.exists()
    (root / "notebooks" / "04_slopes.ipynb").unlink()
    assert build_site(root) == index and not page.exists()
    assert f"The site is at {index}" in capsys.readouterr().out


def test_a_warning_fails_the_build_each_time(root):
    (root / "book" / "licences.md").write_text("# Licences\n\n[gone](gone.md)\n")
    for _ in range(2):
        with pytest.raises(SiteError, match=r"licences\.md:3: WARNING.*gone"):
            build_site(root)
