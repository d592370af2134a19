"""The schematic of lesson 07: what a layer does in training, and what afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Pair = tuple[np.ndarray, np.ndarray]  # in training, and afterwards
CELL = 1.25, 0.75  # units
LEFT, MIDDLE, RIGHT = 2.35, 6.0, 9.65  # centres of the columns
TITLE = "In training an answer depends on the batch and on dice; afterwards on neither"
WHAT = "rows: samples, columns: units"
SAYS = {
    "batch norm": ("each needs its column", "each row stands alone"),
    "dropout": ("dice strike, the rest grows", "all pass unchanged"),
}


def phases(z: np.ndarray, norm: Pair, dropout: Pair) -> Axes:
    """Draw z (samples, units) and what batch norm and dropout make of it, twice.

    Each pair holds what the layer gives in training and afterwards. What the framed
    numbers are computed from is framed; what dropout has struck out is crossed.
    Raises ValueError for an array of another shape than z.
    """
    for array in (*norm, *dropout):
        if np.shape(array) != np.shape(z):
            raise ValueError(
                f"a result has shape {np.shape(array)}, expected {np.shape(z)}, as z "
                "has: give what the layer makes of these samples."
            )
    tall = len(z) * CELL[1]
    step = tall + 1.75
    ax = diagrams.canvas(3 * step - 0.7, TITLE)
    top, upper, lower = (step * k - tall / 2 - 0.95 for k in (3, 2, 1))
    _cells(ax, (MIDDLE, top), z)
    diagrams.note(ax, (MIDDLE, top - tall / 2 - 0.15), WHAT, va="top")
    for x, text in [(LEFT, "in training"), (RIGHT, "afterwards")]:
        diagrams.note(ax, (x, top), text, diagrams.INK, fontsize=11, fontweight="bold")
    _row(ax, upper, "batch norm", norm)
    _row(ax, lower, "dropout", dropout)
    diagrams.frame(ax, (LEFT - CELL[0], upper), (CELL[0], tall))
    first = upper + (tall - CELL[1]) / 2
    diagrams.frame(ax, (RIGHT, first), (np.shape(z)[1] * CELL[0], CELL[1]))
    return ax


def _row(ax: Axes, y: float, name: str, pair: Pair) -> None:
    """The box of a layer with what it gives on both sides."""
    half = np.shape(pair[0])[1] * CELL[0] / 2
    diagrams.box(ax, (MIDDLE, y), (2.6, 0.9), name, "compute")
    for x, side, array, text in zip(
        (LEFT, RIGHT), (-1, 1), pair, SAYS[name], strict=True
    ):
        diagrams.arrow(ax, [(MIDDLE + side * 1.3, y), (x - side * half, y)])
        _cells(ax, (x, y), array, struck=name == "dropout" and side < 0)
        below = y - len(array) * CELL[1] / 2 - 0.15
        diagrams.note(ax, (x, below), text, va="top")


def _cells(ax: Axes, at: diagrams.Place, array: np.ndarray, struck=False) -> None:
    """The numbers around a centre, first row on top; zeros `struck` out or written."""
    gone = (array == 0) & struck
    shown = np.where(gone, np.nan, np.round(array, 1))
    diagrams.matrix(ax, at, shown, cell=CELL, written="{:.1f}")
    for row, column in np.argwhere(gone):
        _cross(ax, diagrams.place_of(at, gone.shape, (row, column), CELL))


def _cross(ax: Axes, at: diagrams.Place) -> None:
    colour = diagrams.ROLES["wrong"].line
    for sign in (-1, 1):
        ends = [at[1] - 0.2 * sign, at[1] + 0.2 * sign]
        ax.plot([at[0] - 0.35, at[0] + 0.35], ends, "-", color=colour, lw=1.6)
