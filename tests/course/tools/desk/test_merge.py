"""A newer edition and a learner's copy become one, and nobody's words are lost."""

import random
from copy import deepcopy

import nbformat
import pytest

from course.tools.desk.edition import edition
from course.tools.desk.merge import merge

CODE, TEXT = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell


@pytest.fixture
def base(lesson):
    return edition(lesson)


@pytest.fixture
def mine(base):
    return deepcopy(base)


@pytest.fixture
def newer(base):
    return deepcopy(base)


def cell(notebook, name):
    (found,) = [each for each in notebook.cells if each.id == name]
    return found


def ids(notebook):
    return [each.id for each in notebook.cells]


def at(notebook, name):
    return ids(notebook).index(name)


def test_an_answer_with_its_output_and_the_lessons_news_stand_together(
    base, mine, newer
):
    answer = "def half(x):\n    return x * 0.5\n\n\ncheck.half(half)"
    shown = [nbformat.v4.new_output("stream", text="✓")]
    cell(mine, "stub").update(source=answer, outputs=shown, execution_count=4)
    cell(newer, "task").source += " A good one."
    newer.cells.insert(3, TEXT("More.", id="more"))
    done = merge(base, mine, newer)
    assert cell(done.notebook, "stub") == cell(mine, "stub")
    assert cell(done.notebook, "task").source.endswith("A good one.")
    assert ids(done.notebook) == ids(newer) and done.beside == []
    assert done.notebook.metadata.desk == newer.metadata.desk


def test_cells_of_the_learner_stay_where_they_are_put(base, mine, newer):
    mine.cells.insert(at(mine, "task"), TEXT("A note.", id="note"))
    newer.cells.insert(at(newer, "task"), TEXT("News.", id="news"))
    done = merge(base, mine, newer)
    found = ids(done.notebook)
    assert set(found) == {*ids(base), "note", "news"}
    assert found.index("told") < found.index("note") < found.index("task")


def test_a_cell_moved_by_the_learner_gets_its_news(base, mine, newer):
    mine.cells.insert(1, mine.cells.pop(at(mine, "task")))
    cell(newer, "task").source = "Another task."
    done = merge(base, mine, newer)
    assert ids(done.notebook) == ids(mine)
    assert cell(done.notebook, "task").source == "Another task."


def test_other_lines_of_one_cell_are_merged(base, mine, newer):
    cell(mine, "stub").source = cell(mine, "stub").source.replace("...", "x / 2")
    cell(newer, "stub").source = cell(newer, "stub").source.replace(
        "check.half(half)", "check.halved(half)"
    )
    done = merge(base, mine, newer)
    expected = "def half(x):\n    return x / 2\n\n\ncheck.halved(half)"
    assert cell(done.notebook, "stub").source == expected
    assert not cell(done.notebook, "stub").outputs and done.beside == []


def test_the_same_lines_changed_twice_stand_one_below_the_other(base, mine, newer):
    cell(mine, "stub").source = "def half(x): return x / 2"
    cell(newer, "stub").source = "half_of = ...\n```"
    done = merge(base, mine, newer)
    where = at(done.notebook, "stub")
    assert done.notebook.cells[where] == cell(mine, "stub")
    beside = done.notebook.cells[where + 1]
    assert beside.cell_type == "markdown" and done.beside == ["stub"]
    assert "````python\nhalf_of = ...\n```\n````" in beside.source
    again = merge(base, done.notebook, newer)
    assert ids(again.notebook) == ids(done.notebook)  # an update that was interrupted


def test_a_cell_that_the_lesson_drops_stays_where_the_learner_wrote_in_it(
    base, mine, newer
):
    cell(mine, "stub").source = "half = 0.5"
    for name in ("stub", "solved"):
        newer.cells.remove(cell(newer, name))
    done = merge(base, mine, newer)
    found = ids(done.notebook)
    assert "solved" not in found
    assert found[found.index("task") + 1] == "stub"


def test_what_the_learner_deletes_stays_deleted(base, mine, newer):
    mine.cells.remove(cell(mine, "told"))
    cell(newer, "told").source += " More."
    cell(newer, "title").source += " More."
    done = merge(base, mine, newer)
    assert ids(done.notebook) == ids(mine)
    assert cell(done.notebook, "title").source.endswith(" More.")


def test_news_in_a_cell_that_the_learner_only_ran_take_its_outputs_along(
    base, mine, newer
):
    shown = [nbformat.v4.new_output("stream", text="old\n")]
    cell(mine, "imports").update(outputs=shown, execution_count=9)
    cell(newer, "imports").source = "import course, math"
    done = merge(base, mine, newer)
    assert cell(done.notebook, "imports") == cell(newer, "imports")


def test_without_news_the_copy_stays_as_it_is(base, mine):
    cell(mine, "stub").source = "half = 0.5"
    mine.cells.append(CODE("half", id="own"))
    assert merge(base, mine, base).notebook == mine


@pytest.mark.parametrize("seed", range(60))
def test_whatever_both_do_nobodys_words_are_lost(base, seed):
    rng = random.Random(seed)
    mine, newer = (edited(base, rng, who) for who in ("mine", "newer"))
    merged = merge(base, mine, newer).notebook
    found = ids(merged)
    assert len(found) == len(set(found))
    text = "\n".join(each.source for each in merged.cells)
    assert [word for word in words(mine, "mine") if word not in text] == []
    deleted = set(ids(base)) - set(ids(mine))
    lost = [word for word in words(newer, "newer", deleted) if word not in text]
    assert lost == []
    nbformat.validate(merged)


def edited(base, rng, who):
    """A copy with a few cells changed, added, moved and deleted."""
    notebook = deepcopy(base)
    cells = notebook.cells
    for number in range(rng.randrange(1, 6)):
        where, word = rng.randrange(len(cells)), f"{who}{number}"
        match rng.choice(["append", "replace", "insert", "move", "delete"]):
            case "append":
                cells[where].source += f"\n{word}."
            case "replace":
                cells[where].source = f"{word}."
            case "insert":
                cells.insert(where, TEXT(f"{word}.", id=word))
            case "move":
                cells.insert(rng.randrange(len(cells)), cells.pop(where))
            case "delete":
                del cells[where]
    return notebook


def words(notebook, who, but=()):
    """The words that a side wrote, outside of the cells that the other deleted."""
    return [
        word
        for each in notebook.cells
        if each.id not in but
        for word in each.source.split()
        if word.startswith(who)
    ]
