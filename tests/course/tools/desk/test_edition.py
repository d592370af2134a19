"""A learner's edition tells no solution and no answer, and runs as the lesson does."""

import ast
import builtins

import nbformat
import pytest
from definitions import python_of

from course.tools.desk.edition import base_of, edition, fold
from course.tools.lessons import lessons

LESSONS = [pytest.param(lesson, id=lesson.name) for lesson in lessons()]


def tagged(lesson, tag):
    cells = lesson.notebook.cells
    return [cell for cell in cells if tag in cell.metadata.get("tags", [])]


def by_id(notebook):
    return {cell.id: cell for cell in notebook.cells}


def test_a_solution_leaves_a_cell_that_runs_nothing_until_it_is_opened(lesson):
    cell = by_id(edition(lesson))["solved"]
    assert "x / 2" not in cell.source and not cell.outputs
    *_, last = lines = cell.source.splitlines()
    assert all(line.startswith("# ") for line in lines)
    assert last == "# check.half.solution()"


def test_the_output_between_a_prediction_and_its_answer_waits_to_be_run(lesson):
    cells = by_id(edition(lesson))
    assert not cells["look"].outputs and cells["look"].execution_count is None
    assert cells["look"].source == "print('the first')"
    assert cells["imports"].outputs[0].text == "ready\n"


def test_an_exercise_has_no_output_yet(lesson):
    assert not by_id(edition(lesson))["stub"].outputs


def test_the_recap_is_followed_by_the_learners_progress(lesson):
    *_, recap, progress = edition(lesson).cells
    assert recap.id == "recap"
    assert (progress.id, progress.source) == ("progress", 'course.desk.progress("07")')


def test_the_committed_lesson_is_left_alone(lesson):
    before = nbformat.writes(lesson.notebook)
    edition(lesson)
    assert nbformat.writes(lesson.notebook) == before


def test_an_answer_is_folded_to_the_next_heading_or_prediction():
    text = (
        "Before.\n\n**Answer:** yes.\nWhy: $x$.\n\nSo it is.\n\n## Next\n\nMore.\n\n"
        "> **Predict.** And now?"
    )
    folded = fold(text)
    assert folded == (
        "Before.\n\n<details><summary><b>Answer</b></summary>\n\nyes.\nWhy: $x$.\n\n"
        "So it is.\n\n</details>\n\n## Next\n\nMore.\n\n> **Predict.** And now?"
    )
    assert fold(folded) == folded
    assert (
        fold("## Recap\n\n**The answer.** None.") == "## Recap\n\n**The answer.** None."
    )


def test_a_prediction_after_an_answer_hides_the_next_output(commit):
    text = nbformat.v4.new_markdown_cell
    code = nbformat.v4.new_code_cell
    ran = {"outputs": [nbformat.v4.new_output("stream", text="7\n")]}
    both = "**Answer:** no.\n\n> **Predict.** And now?"
    lesson = commit(text(both), code("7", id="seen", **ran), text("**Answer:** 7."))
    assert not by_id(edition(lesson))["seen"].outputs


def test_a_solution_that_asks_nothing_is_an_error_that_names_it(commit, lesson):
    cells = lesson.notebook.cells
    cells[7].source = "half = 2"
    with pytest.raises(ValueError, match=r"07_halving.ipynb: .* cell \"solved\""):
        edition(commit(*cells))


def test_the_digest_is_that_of_the_text_alone(commit, lesson):
    first = base_of(edition(lesson))
    cells = lesson.notebook.cells
    cells[1].outputs = []
    assert base_of(edition(commit(*cells))) == first
    cells[0].source += " Two?"
    assert base_of(edition(commit(*cells))) != first


@pytest.mark.parametrize("desk", [None, "x", {}, {"base": 3}, {"base": "../x"}])
def test_a_notebook_of_somebody_else_names_no_base(desk):
    notebook = nbformat.v4.new_notebook(metadata={"desk": desk})
    assert base_of(notebook) == ""


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_line_of_a_solution_is_in_the_edition(lesson):
    """But what the lesson itself, or the stub, says as well."""
    solutions = tagged(lesson, "solution")
    said = [cell.source for cell in lesson.notebook.cells if cell not in solutions]
    lines = {line.strip() for cell in solutions for line in cell.source.splitlines()}
    own = {line for line in lines if len(line) > 9 and line not in "\n".join(said)}
    text = "\n".join(cell.source for cell in edition(lesson).cells)
    assert solutions and own
    assert [line for line in own if line in text] == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_answer_of_a_lesson_is_folded(lesson):
    text = "\n\n".join(cell.source for cell in edition(lesson).cells)
    asked = text.count("> **Predict.**")
    assert text.count("<details><summary><b>Answer</b></summary>") == asked > 0
    assert "**Answer:**" not in text
    nbformat.validate(edition(lesson))


@pytest.mark.parametrize("lesson", LESSONS)
def test_run_all_needs_no_name_that_a_solution_binds(lesson):
    code = [cell for cell in edition(lesson).cells if cell.cell_type == "code"]
    nodes = [n for c in code for n in ast.walk(ast.parse(python_of(c.source)))]
    used = {n.id for n in nodes if isinstance(n, ast.Name)}
    unbound = used - bound(nodes) - set(dir(builtins))
    assert unbound == set()


def bound(nodes):
    """The names that statements bind, wherever."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
    return names
