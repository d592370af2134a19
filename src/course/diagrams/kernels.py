"""The schematics of lesson 08: a sliding kernel, pooling, and how far a unit sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

CELL, STEP = 0.8, 0.36  # units: the side of a cell, and from one dot to the next
MIDDLE, TALL = 6.3, 3.9  # where a signal is centred; the height of a panel
ROWS = 0.0, 1.0, 2.2  # of a panel, downwards from the signal
NAMES = ("signal", "data"), ("kernel", "learned"), ("output", "compute")
WAYS = (  # name, padding, stride, and the number of the place that is framed
    ("plain", 0, 1, 1),
    ("padding 1", 1, 1, 0),
    ("padding 1,\nstride 2", 1, 2, 1),
)
BOLD: dict[str, Any] = {"fontsize": 10, "fontweight": "bold"}


def slide(x: ArrayLike, w: ArrayLike) -> Axes:
    """Draw a kernel w under a signal x: plain, with padding 1, and with stride 2 too.

    One place of each is framed: the values in the window, and the output.
    """
    signal, kernel = np.asarray(x, float), np.asarray(w, float)
    ax = diagrams.canvas(3 * TALL, "The same weights at every place")
    for row, (name, padding, stride, now) in enumerate(WAYS):
        top = (3 - row) * TALL - 0.8
        counts = _panel(
            ax, top, np.pad(signal, padding), kernel, (padding, stride, now)
        )
        diagrams.note(ax, (0.2, top), name, diagrams.INK, ha="left", **BOLD)
        says = f"{len(signal)} in, {counts} out"
        diagrams.note(ax, (0.2, top - ROWS[2]), says, ha="left")
        for below, (text, role) in zip(ROWS, NAMES, strict=True):
            colour = diagrams.ROLES[role].text
            diagrams.note(ax, (11.8, top - below), text, colour, ha="right")
    return ax


def _panel(
    ax: Axes, top: float, padded: np.ndarray, kernel: np.ndarray, how: tuple
) -> int:
    """One way to slide: padding, stride, which place is framed; how many there are."""
    padding, stride, now = how
    reach, ends = len(kernel), (padding, len(padded) - padding)
    starts = range(0, len(padded) - reach + 1, stride)
    at = MIDDLE + CELL * (np.arange(len(padded)) - (len(padded) - 1) / 2)
    window = range(starts[now], starts[now] + reach)
    for k, value in enumerate(padded):
        cell = _value(ax, (at[k], top), value, "data", live=k in window)
        cell.set_linestyle("-" if ends[0] <= k < ends[1] else (0, (2, 2)))
    under, low = at[window].mean(), top - ROWS[2]
    diagrams.frame(ax, (under, top), (reach * CELL, CELL))
    diagrams.matrix(ax, (under, top - ROWS[1]), kernel, "learned")
    diagrams.arrow(ax, [(under, top - ROWS[1] - 0.42), (under, low + 0.45)])
    diagrams.frame(ax, (under, low), (CELL, CELL))
    for k in starts:
        place, value = at[k : k + reach].mean(), padded[k : k + reach] @ kernel
        _value(ax, (place, low), value, "compute", live=k == starts[now])
    return len(starts)


def _value(ax: Axes, at: diagrams.Place, value: float, role: str, live: bool):
    """A number in its cell, which is pale unless it is in use."""
    patch = diagrams.box(ax, at, (CELL, CELL), role=role, corner=0)
    patch.set_linewidth(1)
    if not live:
        patch.set(facecolor=diagrams.PAPER, zorder=1)
    text = diagrams.number(value)
    diagrams.note(ax, at, text, diagrams.INK if live else diagrams.NOTE, zorder=4)
    return patch


def pool(table: ArrayLike, size: int, layers: int) -> Axes:
    """Draw the largest of each block of a table, and what a unit of some layers sees.

    The lower half has kernels of `size` + 1, once with a stride of 1, once with 2.
    """
    title = (
        "Pooling keeps the largest of its neighbours; strides let few layers see far"
    )
    ax = diagrams.canvas(11.4, title)
    _blocks(ax, np.asarray(table, float), size)
    for middle, stride in ((2.9, 1), (8.7, 2)):
        counts = _cone(ax, middle, size + 1, stride, layers)
        says = f"stride {stride}: {', '.join(map(str, counts))}"
        diagrams.note(ax, (middle, 5.9), says, diagrams.INK, **BOLD)
        diagrams.note(ax, (middle, 0.75), f"one output sees {counts[-1]} inputs")
    return ax


def _blocks(ax: Axes, values: np.ndarray, size: int) -> None:
    """A table with framed blocks, the largest of each shaded, and the smaller table."""
    before, after, side = (2.9, 9.1), (8.6, 9.1), size * CELL
    shape = values.shape[0] // size, values.shape[1] // size
    largest = values.reshape(shape[0], size, shape[1], size).max(axis=(1, 3))
    for index, value in np.ndenumerate(values):
        block = index[0] // size, index[1] // size
        place = diagrams.place_of(before, values.shape, index)
        _value(ax, place, value, "compute", live=value == largest[block])
    for index in np.ndindex(shape):
        place = diagrams.place_of(before, shape, index, (side, side))
        diagrams.frame(ax, place, (side, side))
    diagrams.matrix(ax, after, largest, "compute")
    left = before[0] + values.shape[1] * CELL / 2 + 0.15
    right = after[0] - shape[1] * CELL / 2 - 0.15
    diagrams.arrow(ax, [(left, 9.1), (right, 9.1)], text=f"max of {size} × {size}")
    diagrams.note(ax, (10.9, 9.1), "no weights")


def _cone(ax: Axes, middle: float, size: int, stride: int, layers: int) -> list[int]:
    """One unit, and layer by layer all that it depends on; how many these are."""
    colour, ys = diagrams.ROLES["compute"].line, np.linspace(5.2, 1.4, layers + 1)
    upper, counts = np.zeros(1), []
    for k in range(layers):
        spread = stride ** (layers - 1 - k) * (np.arange(size) - (size - 1) / 2)
        joints = [(a, a + apart) for a in upper for apart in spread]
        for ends in joints:
            ax.plot(middle + STEP * np.array(ends), ys[k : k + 2], "-", c=colour, lw=1)
        _dots(ax, middle + STEP * upper, ys[k], "compute")
        upper = np.unique([below for _, below in joints])
        counts.append(len(upper))
    _dots(ax, middle + STEP * upper, ys[-1], "data")
    return counts


def _dots(ax: Axes, places: np.ndarray, y: float, role: str) -> None:
    for x in places:
        diagrams.unit(ax, (x, y), role=role, radius=0.15)
