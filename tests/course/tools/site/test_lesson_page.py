import json

import pytest

from course.tools.site.curriculum import read
from course.tools.site.lesson_page import brief, fold
from course.tools.site.pages import assemble


def page(root):
    pages = assemble(root, root / "build" / "notebooks")
    return json.loads(pages["notebooks/03_bends.ipynb"])


def printed(root):
    return "".join(page(root)["cells"][2]["outputs"][0]["text"])


def test_a_whole_run_of_the_same_text_is_shown(root, save):
    executed = root / "build" / "notebooks" / "03_bends.ipynb"
    save(executed, "executed", metadata={"papermill": {"duration": 1.5}})
    assert printed(root) == "executed"
    assert "papermill" not in page(root)["metadata"]


def test_the_key_of_a_console_is_not_shown(root, save):
    said = "http://127.0.0.1:4566/?key="
    save(root / "build" / "notebooks" / "03_bends.ipynb", f"{said}Ab-3_x")
    assert printed(root) == f"{said}..."


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
    prompts = page(root)["cells"][2]["metadata"]["mystnb"]
    assert prompts["code_prompt_show"] == "Show the solution"


def test_a_solution_is_folded_with_what_it_printed_whatever_its_tags(root, save):
    save(root / "notebooks" / "03_bends.ipynb", "right", tags=["solution"])
    assert page(root)["cells"][2]["metadata"]["tags"] == ["solution", "hide-cell"]


def test_a_download_begins_with_a_cell_that_the_page_does_not_show(root):
    first, opening = page(root)["cells"][:2]
    assert "find_spec" in first["source"]
    assert first["metadata"]["tags"] == ["remove-cell"]
    assert opening["source"].startswith("# 03 · Bends")


@pytest.mark.parametrize(
    "after", ["", "\n\n## Next\n\nMore.", "\n\n> **Predict.** What?"]
)
def test_an_answer_is_folded_and_nothing_else(after):
    folded = fold(f"Before.\n\n**Answer:** (c).\nAll $x$ **vanish**.{after}")
    before, _, rest = folded.partition("<details class='answer'>")
    inside, _, behind = rest.partition("</details>")
    assert (before, behind) == ("Before.\n\n", after)
    assert inside.split("</summary>")[1].strip() == "(c).\nAll $x$ **vanish**."


def test_a_text_without_an_answer_stays_as_it_is():
    assert fold("**The answer.** Only differences matter.") == (
        "**The answer.** Only differences matter."
    )


def test_the_box_says_what_a_lesson_takes(root):
    plan = '"02": {title: Lines, question: "How?", needs: []}'
    (root / "book" / "planned.yml").write_text(plan)
    about = {"needs": ["02", "03"], "besides": "a pen", "will": "bend"}
    about["minutes"] = {"reading": 20, "doing": 35}
    box = brief(about, read(root))
    assert "02 Lines *(planned)*; [03 Bends](03_bends.ipynb); a pen" in box
    assert "**You will** bend" in box
    assert "about 55: 20 to read, 35 to try things out (an estimate)" in box


def test_a_lesson_that_says_nothing_of_it_has_no_box(root):
    assert brief({}, read(root)) == ""
    assert "brief" not in page(root)["cells"][1]["source"]
