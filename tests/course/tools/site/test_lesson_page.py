import json

import pytest

from course.tools.site.pages import assemble


def page(root):
    pages = assemble(root, root / "build" / "notebooks")
    return json.loads(pages["notebooks/03_bends.ipynb"])


def printed(root):
    return "".join(page(root)["cells"][1]["outputs"][0]["text"])


def test_a_whole_run_of_the_same_text_is_shown(root, save):
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
def test_any_other_run_leaves_the_committed_lesson(root, save, run):
    save(root / "build" / "notebooks" / "03_bends.ipynb", "executed", **run)
    assert printed(root) == "committed"


def test_a_run_cut_off_while_it_was_saved_leaves_the_committed_lesson(root):
    executed = root / "build" / "notebooks" / "03_bends.ipynb"
    executed.parent.mkdir(parents=True)
    executed.write_text('{"cells": [')
    assert printed(root) == "committed"


def test_solutions_are_labelled(root, save):
    save(root / "notebooks" / "03_bends.ipynb", "", tags=["solution", "hide-cell"])
    prompts = page(root)["cells"][1]["metadata"]["mystnb"]
    assert prompts["code_prompt_show"] == "Show the solution"
