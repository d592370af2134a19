"""The schematic of lesson 14: slopes gathered on the way to a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

TITLE = "At the sample it is flat; on the way there the slopes add up to the change"
LEFT, RIGHT = 3.1, 8.9  # where the way begins and ends
LOW, HIGH = 4.1, 6.3  # the least and the largest score
ROWS, ROW = 2.35, 0.95  # the first row of slopes, and how far apart they are
CELL = 1.1, 0.75


def way(scores: ArrayLike, slopes: ArrayLike, change: ArrayLike) -> Axes:
    """Draw scores along the way, slopes (inputs, steps) at its steps, and their sums.

    The scores (points,) are at equal distances from the baseline to the sample. The
    change (inputs,) is the sample less the baseline; an input's share is its change
    times the mean of its slopes. Raises ValueError where changes and slopes differ.
    """
    height, slope, moved = map(np.asarray, (scores, slopes, change))
    if moved.shape != slope.shape[:1]:
        raise ValueError(
            f"change has shape {moved.shape}, expected {slope.shape[:1]}: one for each "
            "row of slopes."
        )
    ax = diagrams.canvas(6.9, TITLE)
    steps = LEFT + (RIGHT - LEFT) * (np.arange(slope.shape[1]) + 0.5) / slope.shape[1]
    _curve(ax, height, steps)
    for row, (values, by) in enumerate(zip(slope, moved, strict=True)):
        _row(ax, row, values, by, steps)
    total = diagrams.number(float((slope.mean(axis=1) * moved).sum()), "{:.3g}")
    rise = diagrams.number(float(height[-1] - height[0]), "{:.3g}")
    style: dict[str, Any] = {"fontsize": 10, "fontweight": "bold"}
    says = f"the shares add up to {total}; the score rises by {rise}"
    diagrams.note(ax, (6, ROWS - ROW * len(slope) - 0.15), says, diagrams.INK, **style)
    return ax


def _curve(ax: Axes, height: np.ndarray, steps: np.ndarray) -> None:
    """The score along the way, with a disc at each step and a name at each end."""
    least, spread = height.min(), max(float(np.ptp(height)), 1e-12)
    x = np.linspace(LEFT, RIGHT, len(height))
    y = LOW + (HIGH - LOW) * (height - least) / spread
    ax.plot(x, y, color=diagrams.ROLES["compute"].line, lw=2, ls="-", zorder=2)
    for step in steps:
        at = step, float(np.interp(step, x, y))
        diagrams.unit(ax, at, radius=0.17)
        bottom = ROWS + CELL[1] / 2 + 0.05
        diagrams.arrow(ax, [(step, at[1] - 0.2), (step, bottom)], "gradient")
    for which, end, text in ((0, LEFT, "baseline"), (-1, RIGHT, "sample")):
        side = {"ha": "left" if which else "right"}
        away = end + (0.25 if which else -0.25)
        score = diagrams.number(float(height[which]), "{:.3g}")
        diagrams.note(ax, (away, y[which] + 0.25), text, diagrams.INK, **side)
        diagrams.note(ax, (away, y[which] - 0.3), f"score {score}", **side)


def _row(
    ax: Axes, row: int, values: np.ndarray, change: float, steps: np.ndarray
) -> None:
    """The slopes of one input under the steps, and its share beside them."""
    y = ROWS - ROW * row
    name = f"slope, input {row + 1}"
    diagrams.note(ax, (LEFT - 0.1, y), name, diagrams.ROLES["wrong"].text, ha="right")
    for step, value in zip(steps, values, strict=True):
        diagrams.matrix(ax, (step, y), [[value]], "wrong", CELL, "{:.3g}")
    share = diagrams.number(float(values.mean() * change), "{:.3g}")
    diagrams.note(ax, (RIGHT + 0.15, y), f"share {share}", diagrams.INK, ha="left")
