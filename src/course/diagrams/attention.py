"""Attention as a look-up that takes a share of every row, and a transformer's block."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from course.diagrams import (
    INK,
    ROLES,
    Place,
    arrow,
    box,
    canvas,
    matrix,
    note,
    place_of,
    unit,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CELL = (0.75, 0.75)
MOST_ROWS = 6


def lookup(
    names: Sequence[str],
    query: np.ndarray,
    keys: np.ndarray,
    shares: np.ndarray,
    values: np.ndarray,
) -> Axes:
    """Draw one query (4,), keys (rows, 4), shares (rows,), values (rows, 2).

    Each row has its name; scores and answer are computed. Raises ValueError for more
    than 6 rows and for other sizes.
    """
    rows = len(names)
    sizes = [np.shape(part) for part in (query, keys, shares, values)]
    if sizes != [(4,), (rows, 4), (rows,), (rows, 2)] or rows > MOST_ROWS:
        raise ValueError(
            f"the shapes are {sizes} for {rows} names, expected (4,), (rows, 4), "
            f"(rows,), (rows, 2) and at most {MOST_ROWS} rows."
        )
    ax = canvas(0.75 * rows + 3.4, "A look-up that takes a share of every row")
    middle, top = 0.375 * rows + 1.0, 0.75 * rows + 2.6
    for number, name in enumerate(names):
        _, y = place_of((0, middle), (rows, 1), (number, 0), CELL)
        note(ax, (0.1, y), name, ROLES["data"].text, ha="left")
    matrix(ax, (3.4, top), query, "compute", CELL)
    note(ax, (5.1, top), "the query", ROLES["compute"].text, ha="left")
    arrow(ax, [(3.4, top - 0.4), (3.4, middle + 0.375 * rows + 0.05)])
    _columns(ax, middle, rows, keys, keys @ query, shares, values)
    matrix(ax, (11.1, middle), shares @ values, "compute", (0.78, 0.75), "{:.1f}")
    note(ax, (11.1, 0.5), "answer", ROLES["compute"].text)
    return ax


def _columns(ax: Axes, middle: float, rows: int, keys, scores, shares, values) -> None:
    """Keys, scores, shares and values beside each other, with what joins them."""
    parts: list[tuple[float, str, ArrayLike, str, Place, str]] = [
        (3.4, "keys", keys, "data", CELL, "{:g}"),
        (5.85, "score", scores[:, None], "compute", CELL, "{:g}"),
        (7.45, "share", shares[:, None], "gate", (0.95, 0.75), "{:.2f}"),
        (9.05, "values", values, "data", CELL, "{:g}"),
    ]
    for x, label, numbers, role, cell, written in parts:
        matrix(ax, (x, middle), numbers, role, cell, written)
        note(ax, (x, 0.5), label, ROLES[role].text)
    for start, end in ((4.95, 5.42), (6.28, 6.92)):
        arrow(ax, [(start, middle), (end, middle)])
    note(ax, (8.1, middle), "·", INK, fontsize=14)
    note(ax, (10.03, middle), "=", INK, fontsize=12)


def block() -> Axes:
    """Draw a block that normalises what its two parts read."""
    ax = canvas(5.4, "A block: look around, think, and add both to what there was")
    top, low = 4.2, 1.9
    ends = [0.9, 5.3, 10.4, 11.6]
    for start, end in pairwise(ends):
        arrow(ax, [(start + 0.35 * (start > 1), top), (end - 0.35 * (end < 11), top)])
    note(ax, (0.5, top), "$x$", INK, fontsize=12)
    parts = [
        (1.5, "look", "all heads", "each place at the others"),
        (6.6, "think", "$W_1$, GELU, $W_2$", "each place by itself"),
    ]
    for (x, does, has, who), end in zip(parts, ends[1:3], strict=True):
        box(ax, (x, low), (1.2, 0.9), "norm", "compute")
        box(ax, (x + 2.2, low), (2.3, 1.5), "", "learned")
        note(ax, (x + 2.2, low + 0.28), does, INK, fontsize=10, fontweight="bold")
        note(ax, (x + 2.2, low - 0.32), has, INK, fontsize=8.5)
        arrow(ax, [(x, top), (x, low + 0.45)])
        arrow(ax, [(x + 0.6, low), (x + 1.05, low)])
        arrow(ax, [(x + 3.35, low), (end, low), (end, top - 0.35)])
        note(ax, (x + 1.4, 0.55), who, ROLES["learned"].text)
        unit(ax, (end, top), "+", radius=0.35)
    return ax


def chosen(shares: np.ndarray, asked: np.ndarray, title: str) -> Axes:
    """A map of shares (questions, entries), with a ring at the entry asked for."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(5, 3.6))
    image = ax.imshow(shares, vmin=0, vmax=1, cmap="Blues")
    ax.plot(asked, range(len(asked)), "o", mfc="none", mec="C1", mew=2, ms=11)
    ax.set(xlabel="entry of the book", ylabel="question", title=title)
    fig.colorbar(image, label="share")
    ax.grid(False)
    return ax
