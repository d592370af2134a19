"""A learner's edition of a lesson: solutions out of sight, answers folded.

What a committed lesson says in tags and words decides; CONTRIBUTING.md lists them.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from copy import deepcopy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from course.desk import exercises
from course.tools.lessons import Lesson

PREDICTION = "> **Predict.**"
ANSWER = re.compile(r"^\*\*Answer:\*\*", re.MULTILINE)
# With a heading or the next prediction, the text after an answer goes on unfolded.
GOES_ON = re.compile(r"\n\n(?=#+ |> \*\*Predict\.\*\*)")
FOLDED = "<details><summary><b>Answer</b></summary>\n\n{}\n\n</details>"
CLOSED = "# The solution is closed: to open it, remove the # below and run this cell.\n"
RECAP = 'course.desk.progress("{}")'


class NoEdition(ValueError):
    """A lesson of which no edition can be made: it is being written, or broken."""


def edition(lesson: Lesson, *, opens: bool = True) -> NotebookNode:
    """The learner's edition, with the digest of its cells in its metadata.

    One that a teacher gives away `opens` no solution, and shows no progress.
    Raises NoEdition where a solution is of no exercise, or the file is no notebook.
    """
    try:
        notebook = deepcopy(lesson.notebook)
    except ValueError as error:
        raise NoEdition(
            f'"{lesson.path}" cannot be read as a notebook ({error}): if you did not '
            "mean to change it, `git checkout` brings it back"
        ) from None
    notebook.cells = list(_cells(lesson, opens))
    text = json.dumps(
        [(cell.id, cell.cell_type, cell.source) for cell in notebook.cells]
    )
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    own = {"lesson": lesson.name, "base": digest}
    notebook.metadata = {**notebook.metadata, "desk": own}
    return notebook


def base_of(notebook: NotebookNode) -> str:
    """The digest of the edition that a work copy was made of, or ""."""
    desk = notebook.metadata.get("desk")
    base = desk.get("base") if isinstance(desk, dict) else None
    return base if isinstance(base, str) and base.isalnum() else ""


def _cells(lesson: Lesson, opens: bool) -> Iterator[NotebookNode]:
    guessing = False  # between a prediction and its answer no output may tell it
    solved = False
    for cell in deepcopy(lesson.notebook.cells):
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            guessing = _guessing(cell.source, guessing)
            cell.source = fold(cell.source)
        elif "solution" in tags:
            cell = _closed(lesson, cell)
            if not opens:
                continue
            solved = True
        elif "exercise" in tags or guessing:
            cell.update(outputs=[], execution_count=None)
        yield cell
    if solved:
        yield new_code_cell(RECAP.format(lesson.number), id="progress")


def _guessing(text: str, before: bool) -> bool:
    """Whether a prediction is open after this text."""
    asked, told = text.rfind(PREDICTION), [m.start() for m in ANSWER.finditer(text)]
    if asked < 0 and not told:
        return before
    return asked > max(told, default=-1)


def fold(text: str) -> str:
    """Put each answer to a prediction, and what explains it, behind a fold."""
    parts = []
    for part in GOES_ON.split(text):
        if found := ANSWER.search(part):
            answer = FOLDED.format(part[found.end() :].strip())
            part = part[: found.start()] + answer
        parts.append(part)
    return "\n\n".join(parts)


def _closed(lesson: Lesson, cell: NotebookNode) -> NotebookNode:
    """The cell that opens a solution: nothing of it stands there, and nothing runs."""
    names = exercises.asked(cell.source)
    if not names:
        raise NoEdition(
            f'{lesson.path.name}: the solution in cell "{cell.id}" calls no '
            "`check.NAME(...)` at the beginning of a line, expected the exercise's own"
        )
    calls = "\n".join(f"# check.{name}.solution()" for name in dict.fromkeys(names))
    return new_code_cell(CLOSED + calls, id=cell.id)
