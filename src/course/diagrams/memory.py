"""The schematic of lesson 04: what an optimizer keeps between two steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

KEPT, RULE, STEP, WAY = 2.15, 6.15, 9.35, 11.3  # centres of the columns, in units
TALL, LINE, ABOVE, BELOW = 2.15, 0.8, 0.7, 1.2  # a row, a box, above and below them
BOX, RULE_BOX, STEP_BOX = (3.9, LINE), (2.5, 0.9), (2.3, LINE)
TITLE = "What a rule keeps turns its step: all of them saw the same gradients"


class Row(NamedTuple):
    """What one rule keeps, each by its letter, and the step that it makes."""

    kept: Mapping[str, ArrayLike]
    step: ArrayLike


def memory(rows: Mapping[str, Row], toward: ArrayLike) -> Axes:
    """Draw a row for each rule: what it keeps, and its step on two weights, b and w.

    The arrow at the end of a row has the direction of the step, b to the right and w
    upwards; the one below all rows leads `toward` (2,) the bottom. Raises ValueError
    for more than two things kept, and for a step that is not on two weights.
    """
    height = TALL * len(rows)
    ax = diagrams.canvas(height + ABOVE + BELOW, TITLE)
    heads = [(KEPT, "keeps, for (b, w)"), (RULE, "rule"), (STEP, "its step (b, w)")]
    for x, text in heads:
        diagrams.note(ax, (x, height + BELOW + ABOVE / 2), text)
    for number, (name, row) in enumerate(reversed(list(rows.items()))):
        _check(name, row)
        _row(ax, BELOW + TALL * (number + 0.4), name, row)
    diagrams.note(ax, (WAY - 0.9, BELOW / 2), "the way to the bottom", ha="right")
    _way(ax, (WAY, BELOW / 2), toward, "data")
    return ax


def _check(name: str, row: Row) -> None:
    if len(row.kept) > 2 or np.shape(row.step) != (2,):
        raise ValueError(
            f'"{name}" keeps {len(row.kept)} things and steps by an array of shape '
            f"{np.shape(row.step)}: expected at most two things and shape (2,)."
        )


def _row(ax: Axes, y: float, name: str, row: Row) -> None:
    """One rule between what it keeps and its step, with the gradient from above."""
    diagrams.box(ax, (RULE, y), RULE_BOX, name, "compute")
    top, edge = y + RULE_BOX[1] / 2, RULE + RULE_BOX[0] / 2
    diagrams.arrow(ax, [(RULE, top + 0.75), (RULE, top)], "gradient")
    vermilion = diagrams.ROLES["wrong"].text
    diagrams.note(ax, (RULE + 0.2, top + 0.45), "∇J", vermilion, ha="left")
    _kept(ax, y, row.kept)
    diagrams.arrow(ax, [(edge, y), (STEP - STEP_BOX[0] / 2, y)], "learned")
    _numbers(ax, (STEP, y), STEP_BOX, _pair(row.step, 2), "learned")
    _way(ax, (WAY, y), row.step, "learned")


def _kept(ax: Axes, y: float, kept: Mapping[str, ArrayLike]) -> None:
    """A cell for each thing kept, read before the step and renewed by it."""
    if not kept:
        diagrams.note(ax, (KEPT, y), "nothing")
        return
    left, right = KEPT + BOX[0] / 2, RULE - RULE_BOX[0] / 2
    diagrams.arrow(ax, [(left, y + 0.2), (right, y + 0.2)])
    diagrams.arrow(ax, [(right, y - 0.2), (left, y - 0.2)])
    for number, (letter, values) in enumerate(kept.items()):
        place = y + LINE * ((len(kept) - 1) / 2 - number)
        _numbers(ax, (KEPT, place), BOX, f"{letter} = {_pair(values, 1)}", "data")


def _numbers(
    ax: Axes, at: diagrams.Place, size: diagrams.Place, text: str, role: str
) -> None:
    diagrams.box(ax, at, size, role=role)
    diagrams.note(ax, at, text, diagrams.INK, fontsize=10, zorder=4)


def _way(ax: Axes, at: diagrams.Place, step: ArrayLike, kind: str) -> None:
    """An arrow of fixed length around a place, in the direction of a step."""
    along = np.asarray(step, dtype=float)
    half = 0.55 * along / np.linalg.norm(along)
    ends = np.array(at) - half, np.array(at) + half
    diagrams.arrow(ax, [(float(x), float(y)) for x, y in ends], kind)


def _pair(values: ArrayLike, digits: int) -> str:
    """Two rounded numbers, with the sign that a mathematician writes."""
    written = f"{{:.{digits}f}}"
    each = np.asarray(values, dtype=float)
    return f"({', '.join(diagrams.number(value, written) for value in each)})"
