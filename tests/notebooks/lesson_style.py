"""The rules that a lesson's notebook obeys, each a function that lists complaints.

A rule takes the notebook, its file name without ending, and its limits.
"""

import ast
import base64
import io
import re
import symtable
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from PIL import Image

from course.tools.plan import read

# Smallest and largest number allowed; a notebook's metadata may override them.
LESSON = {
    "code cells": (20, 40),
    "median lines of a code cell": (3, 6),
    "words": (1500, 3000),
    "figures": (4, 9),
    "exercises": (3, 5),
    "predictions": (2, 8),
    "code cells of more than 15 lines": (0, 2),
}
# These hold for every notebook.
MOST_LINES = 25
MOST_COLUMNS = 88
MOST_OUTPUT_LINES = 15
MOST_BYTES = 300_000
LEAST_ALT_TEXT = 40
LEAST_WAIVER = 3  # words
CAUSE = re.compile(r"\b(because|so that|the reason|therefore)\b", re.IGNORECASE)

UNWANTED = {
    # /opt/ml is SageMaker's own, the same on every machine
    "an absolute path": r"(?<![\w.:/])/(home|root|Users|tmp|var|work|opt)/(?!ml\b)"
    r"|[A-Z]:\\",
    "a date": r"\b(19|20)\d\d-\d\d-\d\d\b",
    "a time of day": r"\b\d?\d:\d\d:\d\d\b",
    "a progress bar": r"\r|\d%\|",
    "a warning": r"Warning\b",
}


def limits_of(notebook) -> dict:
    """The limits that hold for a notebook: its own where its metadata names some."""
    try:
        return LESSON | read(notebook.metadata).limits
    except ValueError:  # the rule `metadata` says what is wrong there
        return LESSON


def code(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def lines(cell) -> int:
    """Lines of a cell that are not blank."""
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def printed(cell) -> str:
    """All text that a cell put out, without the text twin of an image."""
    texts = []
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" not in data:
            texts.append(output.get("text", "") + data.get("text/plain", ""))
    return "".join(texts)


def images(cell) -> list[str]:
    """The PNGs of a cell, in base64."""
    found = (output.get("data", {}).get("image/png") for output in cell.outputs)
    return [png for png in found if png]


def counts(notebook, name, limits) -> Iterator[str]:
    text = " ".join(cell.source for cell in prose(notebook))
    found = {
        "code cells": len(code(notebook)),
        "median lines of a code cell": median(map(lines, code(notebook))),
        "words": len(text.split()),
        "figures": sum(len(images(cell)) for cell in code(notebook)),
        "exercises": sum("exercise" in tags(cell) for cell in code(notebook)),
        "predictions": text.count("**Predict.**"),
        "code cells of more than 15 lines": sum(
            lines(cell) > 15 for cell in code(notebook)
        ),
    }
    for what, number in found.items():
        least, most = limits[what]
        if not least <= number <= most:
            yield f"{what}: {number}, expected {least} to {most}"
    if text.count("**Answer") < text.count("**Predict.**"):
        yield "a **Predict.** has no **Answer**"


def lengths(notebook, name, limits) -> Iterator[str]:
    for number, cell in enumerate(code(notebook), start=1):
        if lines(cell) > MOST_LINES:
            yield f"code cell {number} has {lines(cell)} lines, at most {MOST_LINES}"
        widest = max(map(len, cell.source.splitlines()), default=0)
        if widest > MOST_COLUMNS:
            yield f"code cell {number} has a line of {widest} columns"


def prose_between(notebook, name, limits) -> Iterator[str]:
    kinds = [cell.cell_type for cell in notebook.cells]
    for first in range(len(kinds) - 2):
        if kinds[first : first + 3] == ["code"] * 3:
            yield f"cells {first + 1} to {first + 3} are code without prose between"


def frame(notebook, name, limits) -> Iterator[str]:
    """The question first, one call of setup, one parameters cell, the answer last."""
    opening, closing = notebook.cells[0], notebook.cells[-1]
    if not re.match(rf"# {name[:2]} · \S.*\n\n[^.!]+?\?\s", opening.source):
        yield f"the first cell is not '# {name[:2]} · Title' and then a question"
    if "**The answer.**" not in closing.source:
        yield "the last cell does not give **The answer.**"
    if "course.setup()" not in code(notebook)[0].source:
        yield "the first code cell does not call course.setup()"
    parameters = sum("parameters" in tags(cell) for cell in code(notebook))
    if parameters != 1:
        yield f"{parameters} cells are tagged parameters, expected 1"
    for cell in code(notebook):
        if re.search(r"^\s*(!|%pip|%conda)", cell.source, re.MULTILINE):
            yield f"a shell command or install: {cell.source.splitlines()[0]}"


def executed(notebook, name, limits) -> Iterator[str]:
    order = [cell.execution_count for cell in code(notebook)]
    if order != list(range(1, len(order) + 1)):
        yield f"not run from top to bottom in a fresh kernel: {order}"
    if any("execution" in cell.metadata for cell in code(notebook)):
        yield "cell metadata holds execution times"


def outputs(notebook, name, limits) -> Iterator[str]:
    for number, cell in enumerate(code(notebook), start=1):
        text = printed(cell)
        if len(text.splitlines()) > MOST_OUTPUT_LINES:
            yield f"code cell {number} prints {len(text.splitlines())} lines"
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"code cell {number} ended with {output.ename}"
            if output.get("name") == "stderr":
                yield f"code cell {number} wrote to stderr: {output.text[:60]!r}"
        for what, pattern in UNWANTED.items():
            if found := re.search(pattern, text):
                yield f"code cell {number} prints {what}: {found[0]!r}"


def figures(notebook, name, limits) -> Iterator[str]:
    """Alternative text beside every image; title and axis labels inside it."""
    for number, cell in enumerate(code(notebook), start=1):
        pngs = images(cell)
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if pngs and len(alt) < LEAST_ALT_TEXT:
            yield f"code cell {number} has a figure without alternative text"
        for png in pngs:
            about = Image.open(io.BytesIO(base64.b64decode(png))).text
            for part in ("Title", "x", "y"):
                if not about.get(part):
                    yield f"the figure of code cell {number} has no label: {part}"
            if about.get("empty", "0") != "0":
                yield f"the figure of code cell {number} has empty axes"


def exercises(notebook, name, limits) -> Iterator[str]:
    for cell, following in pairwise([*notebook.cells, None]):
        if "exercise" in tags(cell):
            title = cell.source.splitlines()[0]
            if "not attempted yet" not in printed(cell):
                yield f"the stub '{title}' does not print 'not attempted yet'"
            if following is None or "solution" not in tags(following):
                yield f"no solution follows the stub '{title}'"
        if cell is not None and "solution" in tags(cell):
            hidden = cell.metadata.get("jupyter", {}).get("source_hidden")
            if "hide-cell" not in tags(cell) or not hidden:
                yield f"the solution '{cell.source.splitlines()[0]}' is not collapsed"
            if "correct" not in printed(cell):
                yield f"the solution '{cell.source.splitlines()[0]}' is not correct"


def causes(notebook, name, limits) -> Iterator[str]:
    """Each sentence that gives a cause names the cell of its control, or a waiver."""
    asserting = {
        cell.id
        for cell in code(notebook)
        if re.search(r"\bassert\b|check\.", cell.source)
        and "exercise" not in tags(cell)
    }
    for cell in prose(notebook):
        entries, text = cell.metadata.get("causes", []), " ".join(cell.source.split())
        for entry in entries:
            yield from _unproved(entry, text, asserting)
        for sentence in re.split(r"(?<=[.!?])\s+", text):
            listed = any(entry.get("says", "") in sentence for entry in entries)
            if CAUSE.search(sentence) and not listed:
                yield f"cell {cell.id}: no control of {sentence!r} in its `causes`"


def _unproved(entry: dict, text: str, asserting: set[str]) -> Iterator[str]:
    """What one entry of `causes` lacks."""
    says = " ".join(entry.get("says", "").split())
    if not says or text.count(says) != 1:
        yield f"`causes` says {says!r}, expected words that the cell has once"
    if "control" in entry and entry["control"] not in asserting:
        yield f"the control {entry['control']!r} is no code cell that asserts"
    if "control" not in entry and len(entry.get("waiver", "").split()) < LEAST_WAIVER:
        yield f"{says!r} has no control and no waiver of {LEAST_WAIVER} words"


def solutions_keep_the_lesson_s_names(notebook, name, limits) -> Iterator[str]:
    """Whoever runs a solution can run each other cell again."""
    exercise = {"exercise", "solution"}
    lesson = {
        name: number
        for number, cell in reversed([*enumerate(code(notebook), start=1)])
        if not exercise & {*tags(cell)}
        for name in set().union(*names(cell.source))
    }
    for number, cell in enumerate(code(notebook), start=1):
        if "solution" in tags(cell):
            bound, _ = names(cell.source)
            for taken in sorted(bound & lesson.keys()):
                told = f"the solution in code cell {number} binds {taken}"
                yield f"{told}, a name of code cell {lesson[taken]}"


def names(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell binds at its top level, and those that it uses there.

    To import a name again changes nothing, and nobody uses what begins with _.
    """
    source = re.sub(r"^\s*[%!].*$", "", source, flags=re.MULTILINE)  # IPython's own
    top = symtable.symtable(source, "cell", "exec")
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned()}
    bound = {name for name in bound if not name.startswith("_")}
    imported = {s.get_name() for s in top.get_symbols() if s.is_imported()}
    used = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    inner = [*top.get_children()]
    while inner:
        table = inner.pop()
        used |= {s.get_name() for s in table.get_symbols() if s.is_global()}
        inner += table.get_children()
    return bound - imported, used


def metadata(notebook, name, limits) -> Iterator[str]:
    """The part `course`: what the lesson is checked, compared and run with."""
    try:
        plan = read(notebook.metadata)
    except ValueError as error:
        yield str(error)
        return
    for what in set(plan.limits) - set(LESSON):
        yield f'"limits" names "{what}", expected one of {sorted(LESSON)}'
    values = parameters(notebook)
    for chosen in [*plan.runs, *plan.full]:
        for unknown in set(chosen) - values:
            yield f'"{unknown}" of a run is not set in the cell tagged parameters'


def parameters(notebook) -> set[str]:
    """The names that the parameters cell sets."""
    cells = [cell for cell in code(notebook) if "parameters" in tags(cell)]
    nodes = [node for cell in cells for node in ast.walk(ast.parse(cell.source))]
    return {n.id for n in nodes if isinstance(getattr(n, "ctx", None), ast.Store)}


RULES = (
    metadata,
    causes,
    counts,
    lengths,
    prose_between,
    frame,
    executed,
    outputs,
    figures,
    exercises,
    solutions_keep_the_lesson_s_names,
)
