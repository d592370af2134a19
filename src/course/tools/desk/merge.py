"""Merges a newer edition of a lesson into a work copy, cell by cell."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from nbdime.merging.decisions import apply_decisions
from nbdime.merging.generic import decide_merge
from nbdime.utils import Strategies
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

Cells = dict[str, NotebookNode]  # by id, in order
NEWER = "newer-"  # begins the id of a cell that holds what could not be merged
MARK = """> **The lesson has a newer version of the cell above.** You changed that cell,
> so it stays as yours; here is the lesson's. Take from it what you like, then delete
> this cell.

{fence}{language}
{source}
{fence}"""


@dataclass
class Merged:
    """The notebook that came of it, and the ids of cells with two versions."""

    notebook: NotebookNode
    beside: list[str] = field(default_factory=list)


def merge(base: NotebookNode, mine: NotebookNode, newer: NotebookNode) -> Merged:
    """A work copy with what changed from `base` to `newer`.

    Cells are told apart by their ids. What only one side changed is taken from it.
    What both changed is merged line by line where nbdime finds no conflict; otherwise
    the learner's cell stays, and the lesson's version stands below it.
    """
    old, own, new = map(by_id, (base, mine, newer))
    merged = Merged(deepcopy(mine))
    merged.notebook.metadata = {**mine.metadata, "desk": newer.metadata["desk"]}
    merged.notebook.cells = list(_cells(old, own, new, merged.beside))
    return merged


def by_id(notebook: NotebookNode) -> Cells:
    """The cells by id; a second cell of the same id is no cell of the lesson."""
    found: Cells = {}
    for number, cell in enumerate(notebook.cells):
        found[cell.id if cell.id not in found else f"{cell.id}-{number}"] = cell
    return found


def changed(cell: NotebookNode | None, before: NotebookNode | None) -> bool:
    """Whether what a reader writes differs: the text, or that a cell is code."""
    if cell is None or before is None:
        return cell is not before
    return (cell.cell_type, cell.source) != (before.cell_type, before.source)


def _cells(old: Cells, own: Cells, new: Cells, beside: list) -> Iterator[NotebookNode]:
    for key in _order(old, own, new):
        if key not in own:
            yield new[key]
        elif key not in new or not changed(new[key], old.get(key)):
            yield own[key]  # with its outputs
        elif not changed(own[key], old.get(key)):
            yield new[key]
        else:
            yield from _both(old.get(key), own[key], new[key], own, beside)


def _order(old: Cells, own: Cells, new: Cells) -> list[str]:
    """The ids of the merged cells: nbdime's merge of the three lists of ids.

    A cell that the learner changed outlives its end in the lesson.
    """
    kept = {key for key in old if key in own and key not in new}
    kept = {key for key in kept if changed(own[key], old[key])}
    # Under another name it is a cell that only the learner's list has.
    mine = [f"kept {key}" if key in kept else key for key in own]
    keys = _merged(list(old), mine, list(new), Strategies({"/*": "union"}))[0]
    found = dict.fromkeys(key.removeprefix("kept ") for key in keys)
    return [key for key in found if key in own or key in new]


def _both(old, mine, new, own: Cells, beside: list) -> Iterator[NotebookNode]:
    """A cell that both sides changed."""
    if not changed(mine, new):
        yield mine
        return
    text = None
    if old is not None and old.cell_type == mine.cell_type == new.cell_type:
        text = _lines(old.source, mine.source, new.source)
    if text is not None:
        ran: dict[str, Any] = {"outputs": [], "execution_count": None}
        yield NotebookNode(
            {**mine, "source": text, **(ran if mine.cell_type == "code" else {})}
        )
        return
    yield mine
    mark = _mark(new)
    if mark.id not in own:  # it stands there since an update that was interrupted
        beside.append(mine.id)
        yield mark


def _lines(old: str, mine: str, new: str) -> str | None:
    """The text with the lines of both sides; None where both changed the same."""
    text, conflict = _merged({"source": old}, {"source": mine}, {"source": new})
    return None if conflict else text["source"]


def _merged(base: Any, mine: Any, newer: Any, strategies=None) -> tuple[Any, bool]:
    """nbdime's merge, and whether there was a conflict."""
    decisions = decide_merge(base, mine, newer, strategies)
    return apply_decisions(base, decisions), any(each.conflict for each in decisions)


def _mark(new: NotebookNode) -> NotebookNode:
    fence = "```"
    while fence in new.source:
        fence += "`"
    language = "python" if new.cell_type == "code" else new.cell_type
    text = MARK.format(fence=fence, language=language, source=new.source)
    return new_markdown_cell(text, id=NEWER + sha256(text.encode()).hexdigest()[:12])
