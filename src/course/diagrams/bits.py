"""The schematic of lesson 15: weights become small integers and one scale."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

CELL = 1.6, 0.9
MIDDLE, LEFT, ARROW = 7.5, 1.6, 5.5
HEIGHTS = 7.4, 4.6, 1.8


def quantised(weights: ArrayLike, q: ArrayLike, scale: float, bits: int) -> Axes:
    """Draw weights, at most five, their integers q, and what q * scale gives back.

    What is off by most is framed.
    """
    weights, q = np.asarray(weights, dtype=float), np.asarray(q)
    back = q * scale
    most = 2 ** (bits - 1) - 1
    ax = diagrams.canvas(8.8, "Small integers and one scale stand for the weights")
    rows = [
        (weights, "learned", "{:.2f}", "weights", "32 bits each"),
        (q, "data", "{:g}", "integers", f"{bits} bits each"),
        (back, "compute", "{:.2f}", "come back", "nearly"),
    ]
    for y, (values, role, written, name, size) in zip(HEIGHTS, rows, strict=True):
        diagrams.matrix(ax, (MIDDLE, y), values, role, CELL, written)
        style = {"fontsize": 10, "fontweight": "bold"}
        diagrams.note(ax, (LEFT, y + 0.3), name, diagrams.INK, **style)
        diagrams.note(ax, (LEFT, y - 0.4), size)
    says = (
        f"÷ {scale:.2f}, round: at most ±{most}",
        f"× {scale:.2f}",
    )
    for (above, below), text in zip(pairwise(HEIGHTS), says, strict=True):
        line = [(ARROW, above - 0.6), (ARROW, below + 0.6)]
        diagrams.arrow(ax, line)
        half = {"ha": "left", "va": "center"}
        diagrams.note(ax, (ARROW + 0.25, (above + below) / 2), text, **half)
    worst = int(np.abs(back - weights).argmax())
    at = diagrams.place_of((MIDDLE, HEIGHTS[2]), (1, len(weights)), (0, worst), CELL)
    diagrams.frame(ax, at, CELL)
    off = abs(back - weights)[worst]
    text = f"off by most: {off:.2f}, at most half of {scale:.2f}"
    diagrams.note(ax, (MIDDLE, 0.7), text, diagrams.ROLES["wrong"].text)
    return ax
