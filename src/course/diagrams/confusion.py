"""The schematic of lesson 11: four counts, and which of them a metric reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

NAMES = (
    (("TN", "rightly passed"), ("FP", "false alarm")),
    (
        ("FN", "missed"),
        ("TP", "found"),
    ),
)


class Metric(NamedTuple):
    """How often it counts each cell above and below the fraction line."""

    name: str
    above: ArrayLike
    below: ArrayLike


METRICS = (
    Metric("accuracy", [[1, 0], [0, 1]], [[1, 1], [1, 1]]),
    Metric("precision", [[0, 0], [0, 1]], [[0, 1], [0, 1]]),
    Metric("recall", [[0, 0], [0, 1]], [[0, 0], [1, 1]]),
    Metric("specificity", [[1, 0], [0, 0]], [[1, 1], [0, 0]]),
    Metric("F1", [[0, 0], [0, 2]], [[0, 1], [1, 2]]),
)
CELL, SMALL = (3.0, 1.9), (0.7, 0.7)


def four_counts(
    table: ArrayLike, positive: str = "an 8", negative: str = "no 8"
) -> Axes:
    """Draw a 2 x 2 confusion matrix with its names, and the fraction of each metric.

    The table has truth in rows and answer in columns, as of
    `course.metrics.confusion_matrix`. Raises ValueError for another shape.
    """
    counts = np.asarray(table, dtype=int)
    if counts.shape != (2, 2):
        raise ValueError(
            f"the table has shape {counts.shape}, expected (2, 2): rows no, yes and "
            "columns not flagged, flagged."
        )
    ax = diagrams.canvas(10.4, "Four counts, and which of them a metric reads")
    _table(ax, counts, (6.3, 6.6), (negative, positive))
    for place, metric in enumerate(METRICS):
        _fraction(ax, counts, metric, 1.35 + 2.32 * place)
    key = "filled: above the fraction line;  filled or hatched: below it"
    diagrams.note(ax, (6, 0.35), key)
    return ax


def _table(ax: Axes, counts: np.ndarray, at: diagrams.Place, truths: tuple) -> None:
    bold = {"fontsize": 10, "fontweight": "bold"}
    ink = diagrams.INK
    diagrams.note(ax, (at[0], at[1] + 3.25), "the answer", ink, **bold)
    diagrams.note(ax, (0.4, at[1]), "the\ntruth", ink, ha="left", **bold)
    for index, count in np.ndenumerate(counts):
        x, y = diagrams.place_of(at, (2, 2), index, CELL)
        name, said = NAMES[index[0]][index[1]]
        role = "compute" if index[0] == index[1] else "wrong"
        diagrams.box(ax, (x, y), CELL, role=role, corner=0)
        line = diagrams.ROLES[role].line
        diagrams.note(ax, (x, y + 0.58), name, line, zorder=4, **bold)
        diagrams.note(
            ax, (x, y), f"{count}", ink, zorder=4, fontsize=12, fontweight="bold"
        )
        diagrams.note(ax, (x, y - 0.58), said, ink, zorder=4)
    for row, truth in enumerate(truths):
        y = diagrams.place_of(at, (2, 2), (row, 0), CELL)[1]
        diagrams.note(ax, (at[0] - CELL[0] - 0.25, y), truth, ink, ha="right")
    for column, answer in enumerate(("not flagged", "flagged")):
        x = diagrams.place_of(at, (2, 2), (0, column), CELL)[0]
        diagrams.note(ax, (x, at[1] + CELL[1] + 0.45), answer, ink)


def _fraction(ax: Axes, counts: np.ndarray, metric: Metric, x: float) -> None:
    """A small copy of the table with the cells of a metric, and their fraction."""
    from matplotlib.patches import Rectangle

    above, below = np.asarray(metric.above), np.asarray(metric.below)
    ink, teal = diagrams.INK, diagrams.ROLES["compute"].line
    diagrams.note(ax, (x, 4.0), metric.name, ink, fontsize=10, fontweight="bold")
    for index in np.ndindex(2, 2):
        left, low = np.subtract(
            diagrams.place_of((x, 2.85), (2, 2), index, SMALL), np.divide(SMALL, 2)
        )
        cell = Rectangle((left, low), *SMALL, fc="none", ec="#C4CED9", lw=1)
        if below[index]:
            cell.set(ec=ink, lw=1.6, zorder=3, hatch="" if above[index] else "////")
            cell.set_facecolor(teal if above[index] else diagrams.PAPER)
        ax.add_patch(cell)
    top, bottom = int(np.sum(above * counts)), int(np.sum(below * counts))
    diagrams.note(ax, (x, 1.72), f"{top} / {bottom}", ink)
    share = f"{top / bottom:.2f}" if bottom else "0 / 0"
    diagrams.note(ax, (x, 1.05), share, ink, fontsize=11, fontweight="bold")
