"""`course update` on a desk: what it does, says, and leaves alone."""

import nbformat
import pytest

from course.tools.desk import copies, merge, update
from course.tools.desk.edition import edition


@pytest.fixture
def path(lesson, work):
    """A work copy in which the exercise is answered."""
    copies.make(lesson, work)
    path = copies.place(lesson, work)
    write(path, "half = 0.5")
    return path


@pytest.fixture
def newer(commit, lesson, path):
    """The lesson with a sentence more, committed after the copy was made."""
    cells = lesson.notebook.cells
    cells[0].source += "\n\nNews."
    return commit(*cells)


def write(path, answer, name="stub"):
    """Write into a copy as JupyterLab does."""
    copy = copies.read(path)
    (cell,) = [cell for cell in copy.cells if cell.id == name]
    cell.source = answer
    nbformat.write(copy, path)
    copies.sign(copy)


def sources(path):
    return {cell.id: cell.source for cell in copies.read(path).cells}


def test_news_come_in_the_answer_stays_and_the_copy_is_kept(newer, path, work):
    before = path.read_bytes()
    told = update.update(newer, work)
    assert told.startswith("07_halving: updated.") and "Reload Notebook" in told
    assert sources(path)["stub"] == "half = 0.5" and "News." in sources(path)["title"]
    [backup] = (work / update.BACKUPS).iterdir()
    assert backup.read_bytes() == before and backup.name in told
    assert copies.trusted(copies.read(path))
    assert update.update(newer, work) == "07_halving: your copy is up to date."


def test_a_copy_that_was_not_trusted_is_not_trusted_afterwards(newer, path, work):
    copy = copies.read(path)
    copy.cells[1].outputs[0].text = "from somewhere"
    nbformat.write(copy, path)
    update.update(newer, work)
    assert not copies.trusted(copies.read(path))


def test_two_versions_of_a_cell_are_told(commit, lesson, path, work):
    cells = lesson.notebook.cells
    cells[6].source = cells[6].source.replace("...", "None")
    write(path, "half = 0.5")
    told = update.update(commit(*cells), work)
    assert 'as "The lesson has a newer version"' in told and "in 1 cell:" in told
    assert any("None" in text for name, text in sources(path).items() if name != "stub")


def test_an_editor_that_writes_its_older_version_back_gets_the_news_again(
    newer, path, work
):
    before = path.read_bytes()
    update.update(newer, work)
    path.write_bytes(before)
    assert update.newer(newer, work)
    assert "updated" in update.update(newer, work)
    assert "News." in sources(path)["title"]


def test_a_deleted_copy_is_made_anew(newer, path, work):
    path.unlink()
    assert "it is made" in update.update(newer, work)
    assert "News." in sources(path)["title"]


def test_a_corrupt_copy_is_left_alone_and_told(newer, path, work):
    path.write_text("{")
    with pytest.raises(copies.Unreadable, match="left as it is"):
        update.update(newer, work)
    assert path.read_text() == "{" and not update.newer(newer, work)


@pytest.mark.parametrize("how", ["base lost", "no metadata", "other ids"])
def test_what_cannot_be_merged_stands_beside_the_copy(newer, path, work, how):
    copy = copies.read(path)
    if how == "base lost":
        [kept] = (work / copies.BASES).glob("*.ipynb")
        kept.unlink()
    elif how == "no metadata":
        del copy.metadata["desk"]
    else:
        for number, cell in enumerate(copy.cells):
            cell.id = f"x{number}"
    nbformat.write(copy, path)
    before = path.read_bytes()
    told = update.update(newer, work)
    [beside] = work.glob("07_halving.newer-*.ipynb")
    assert path.read_bytes() == before and beside.name in told
    assert copies.read(beside) == edition(newer)
    assert beside.name in update.update(newer, work)
    assert len(list(work.glob("*.ipynb"))) == 2


def test_a_merge_that_would_lose_a_line_is_not_made(newer, path, work, monkeypatch):
    def lossy(base, mine, newer):
        return merge.Merged(newer)

    monkeypatch.setattr(merge, "merge", lossy)
    assert "beside it" in update.update(newer, work)
    assert sources(path)["stub"] == "half = 0.5"


def test_a_copy_that_is_saved_meanwhile_is_left_as_it_is(
    newer, path, work, monkeypatch
):
    merged = merge.merge

    def slow(*notebooks):
        write(path, "half = 1 / 2")
        return merged(*notebooks)

    monkeypatch.setattr(merge, "merge", slow)
    with pytest.raises(RuntimeError, match="saved while it was being updated"):
        update.update(newer, work)
    assert sources(path)["stub"] == "half = 1 / 2"


@pytest.mark.parametrize("step", ["_back_up", "_replace", "copies.keep_base"])
def test_an_update_that_is_interrupted_loses_nothing(
    newer, path, work, monkeypatch, step
):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    before = path.read_bytes()
    owner, name = (update, step) if "." not in step else (copies, step.split(".")[1])
    monkeypatch.setattr(owner, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        update.update(newer, work)
    assert path.read_bytes() == before
    monkeypatch.undo()
    assert "updated" in update.update(newer, work)
    assert sources(path)["stub"] == "half = 0.5"
