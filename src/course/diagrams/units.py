"""The schematics of lessons 03 and 06: one unit, a fold, and layers as matrices."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TEAL, SLATE, PURPLE = (
    diagrams.ROLES[role].text for role in ("compute", "data", "learned")
)
MONO: dict[str, Any] = {"family": "monospace", "fontsize": 10}
HEADINGS = (
    (0.9, "inputs", SLATE),
    (3.0, "weights", PURPLE),
    (5.5, "sum", TEAL),
    (8.5, "bend", TEAL),
    (11.1, "output", TEAL),
)
PLACES = (1.2, 6.0, 10.8)  # of the columns of a network
HEIGHTS = (6.3, 5.2, 4.1, 2.6)  # of the discs of a column; dots stand for the others


def neuron(inputs: Sequence[float], weights: Sequence[float], bias: float) -> Axes:
    """Draw one unit: each input is weighed, all are added up, the sum is bent.

    The bend is ReLU. Raises ValueError unless there is one weight for each input.
    """
    if len(inputs) != len(weights):
        raise ValueError(
            f"{len(inputs)} inputs and {len(weights)} weights, expected one weight for "
            "each input."
        )
    ax = diagrams.canvas(6.6, "One unit: weigh, add up, bend")
    total = float(np.dot(inputs, weights) + bias)
    for x, text, colour in HEADINGS:
        diagrams.note(ax, (x, 6.2), text, colour)
    for y, value, weight in zip(_spread(inputs), inputs, weights, strict=True):
        diagrams.unit(ax, (0.9, y), diagrams.number(value), "data")
        _weighed(ax, (1.4, y), (5.5, 3.6), diagrams.number(weight))
    diagrams.unit(ax, (5.5, 3.6), "Σ", radius=0.65)
    _tag(ax, (5.5, 1.4), diagrams.number(bias))
    diagrams.arrow(ax, [(5.5, 1.8), (5.5, 2.95)])
    diagrams.note(ax, (5.5, 0.65), "bias", PURPLE)
    diagrams.arrow(ax, [(6.15, 3.6), (7.75, 3.6)])
    diagrams.note(ax, (6.9, 4.0), diagrams.number(total), diagrams.INK, fontsize=11)
    _bent(ax, (8.5, 3.6), 0.75)
    diagrams.note(ax, (8.5, 2.4), "max(z, 0)", diagrams.INK, **MONO)
    diagrams.arrow(ax, [(9.25, 3.6), (10.5, 3.6)])
    diagrams.unit(ax, (11.1, 3.6), diagrams.number(max(total, 0.0)), radius=0.6)
    _sum_in_words(ax, inputs, weights, bias, total)
    return ax


def _sum_in_words(ax: Axes, inputs, weights, bias: float, total: float) -> None:
    pairs = zip(weights, inputs, strict=True)
    parts = [f"{diagrams.number(w)}·{_bracketed(x)}" for w, x in pairs]
    says = " + ".join([*parts, _bracketed(bias)]).replace("+ −", "− ")
    diagrams.note(ax, (9.1, 1.4), f"{says}\n= {diagrams.number(total)}")


def fold(x: Sequence[float], W1: Sequence, W2: Sequence) -> Axes:
    """Draw two linear layers that multiply out to one, and a number line, folded.

    x is a row of 2, W1 a matrix of 2 x 2, W2 a column of 2.
    """
    title = "Two linear layers are one; a fold between them keeps them apart"
    ax = diagrams.canvas(7.4, title)
    both = np.asarray(W1) @ np.asarray(W2)
    row, column = np.asarray(x)[None], (2, 1)
    _product(ax, [(1.1, row), (3.3, W1), (5.3, np.reshape(W2, column))], 5.9)
    _product(ax, [(7.5, row), (9.4, both.reshape(column))], 5.9)
    diagrams.matrix(ax, (11.2, 5.9), np.asarray(x) @ both, "compute")
    for at, sign in ((6.2, "="), (10.35, "=")):
        diagrams.note(ax, (at, 5.9), sign, diagrams.INK, fontsize=12)
    names = {1.1: "$x$", 3.3: "$W_1$", 5.3: "$W_2$", 7.5: "$x$", 9.4: "$W_1W_2$"}
    for at, name in names.items():
        diagrams.note(ax, (at, 4.65), name, SLATE if name == "$x$" else PURPLE)
    diagrams.note(ax, (11.2, 4.65), "$z$", TEAL)
    ax.plot([0.3, 11.7], [4.0, 4.0], color="#C7D0DC", lw=1, ls="-")
    _line(ax)
    diagrams.arrow(ax, [(5.2, 1.6), (7.0, 1.6)])
    diagrams.note(ax, (6.1, 2.3), "relu(z)\n+ relu(−z)", TEAL)
    _folded(ax)
    return ax


def _product(ax: Axes, factors: list[tuple[float, Any]], y: float) -> None:
    """Matrices side by side with a point between them; the first is given."""
    for at, values in factors:
        role = "data" if at == factors[0][0] else "learned"
        diagrams.matrix(ax, (at, y), values, role)
    for (one, _), (other, _) in pairwise(factors):
        diagrams.note(ax, ((one + other) / 2 + 0.05, y), "·", diagrams.INK, fontsize=13)


def _line(ax: Axes) -> None:
    """The numbers from -2 to 2 in a row."""
    diagrams.note(ax, (2.6, 3.2), "a number line", diagrams.INK)
    ax.plot([0.3, 5.0], [1.6, 1.6], color=SLATE, lw=1.6, ls="-", zorder=1)
    for place, value in zip((0.8, 1.75, 2.65, 3.55, 4.5), range(-2, 3), strict=True):
        role = "compute" if value > 0 else "data"
        diagrams.unit(ax, (place, 1.6), diagrams.number(value), role, radius=0.42)
    diagrams.note(ax, (2.6, 0.55), "−2 and 2 are far apart")


def _folded(ax: Axes) -> None:
    """The same numbers, the negative ones turned back over the positive ones."""
    diagrams.note(ax, (9.5, 3.2), "folded at zero", diagrams.INK)
    ax.plot([11.7, 7.9, 7.9, 11.7], [2.1, 2.1, 1.1, 1.1], color=SLATE, ls="-", zorder=1)
    diagrams.unit(ax, (7.9, 1.6), "0", "data", radius=0.42)
    for at, value in ((9.5, 1), (11.0, 2)):
        diagrams.unit(ax, (at, 2.1), diagrams.number(-value), "data", radius=0.42)
        diagrams.unit(ax, (at, 1.1), diagrams.number(value), radius=0.42)
    diagrams.note(ax, (9.8, 0.3), "−2 lies on 2")


def layers(sizes: Sequence[int]) -> Axes:
    """Draw a network as three columns of discs: between two of them lies a matrix.

    `sizes` are the numbers of pixels, hidden units (bent) and scores.
    """
    pixels, units, scores = sizes
    ax = diagrams.canvas(7.6, "A layer is a matrix of inputs × units")
    _joints(ax)
    names = (f"{pixels} pixels", f"{units} units", f"{scores} scores")
    for x, name, size in zip(PLACES, names, sizes, strict=True):
        given = x == PLACES[0]
        _column(ax, x, "data" if given else "compute", bent=x == PLACES[1])
        diagrams.note(ax, (x, 1.6), name, SLATE if given else TEAL)
        diagrams.note(ax, (x, 0.9), f"(n, {size})", diagrams.INK, **MONO)
    diagrams.note(ax, (PLACES[1], 7.1), "bend", TEAL)
    _weights(ax, 3.6, f"({pixels}, {units})", 1)
    _weights(ax, 8.4, f"({units}, {scores})", 2)
    return ax


def _joints(ax: Axes) -> None:
    """Every disc is joined to every disc of the next column."""
    line: dict[str, Any] = {"color": "#C7D0DC", "lw": 1, "ls": "-", "zorder": 1}
    for ends in pairwise(PLACES):
        for heights in product(HEIGHTS, HEIGHTS):
            ax.plot(ends, heights, **line)


def _column(ax: Axes, x: float, role: str, bent: bool) -> None:
    for y in HEIGHTS:
        diagrams.unit(ax, (x, y), role=role, radius=0.42)
        if bent:
            _bent(ax, (x, y), 0.42)
    style: dict[str, Any] = {"fontsize": 11, "fontweight": "bold"}
    diagrams.note(ax, (x, 3.35), "⋮", diagrams.INK, **style)


def _weights(ax: Axes, x: float, shape: str, number: int) -> None:
    """The matrix between two columns, and below it what it computes."""
    diagrams.box(ax, (x, 4.45), (2.4, 1.7), role="learned").set_zorder(3)
    diagrams.note(ax, (x, 4.85), f"$W_{number}$", PURPLE, fontsize=11, zorder=4)
    diagrams.note(ax, (x, 4.05), shape, diagrams.INK, zorder=4, **MONO)
    diagrams.arrow(ax, [(x - 1.1, 0.9), (x + 1.1, 0.9)])
    before = "xh"[number - 1]
    diagrams.note(ax, (x, 1.3), f"${before}W_{number} + b_{number}$")


def _weighed(ax: Axes, start: diagrams.Place, end: diagrams.Place, text: str) -> None:
    """An arrow to the edge of the sum, with its weight on it."""
    far = np.subtract(end, start)
    stop = np.subtract(end, 0.7 * far / np.linalg.norm(far))
    diagrams.arrow(ax, [start, (float(stop[0]), float(stop[1]))])
    along = (3.0 - start[0]) / far[0]
    _tag(ax, (3.0, start[1] + along * far[1]), text)


def _tag(ax: Axes, at: diagrams.Place, text: str) -> None:
    """A number that training sets, over the arrow on which it lies."""
    diagrams.box(ax, at, (1.4, 0.8), role="learned").set_zorder(3.5)
    diagrams.note(ax, at, text, diagrams.INK, fontsize=10, zorder=4)


def _bent(ax: Axes, at: diagrams.Place, radius: float) -> None:
    """A disc with the curve of ReLU on it."""
    diagrams.unit(ax, at, radius=radius)
    x, y = at
    across, up = 0.6 * radius, 0.35 * radius
    line = [x - across, x, x + across], [y - up, y - up, y + up]
    ax.plot(*line, color=TEAL, lw=2, ls="-", zorder=4)


def _spread(inputs: Sequence[float]) -> np.ndarray:
    """The heights of so many inputs, around that of the sum."""
    return 3.6 - 1.75 * (np.arange(len(inputs)) - (len(inputs) - 1) / 2)


def _bracketed(value: float) -> str:
    return f"({diagrams.number(value)})" if value < 0 else diagrams.number(value)
