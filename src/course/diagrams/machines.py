"""The schematics of lesson 22: all-reduce in a ring, and ways to cut a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

WORKERS = 4
CELL = 0.8, 0.75
LEFT, PANEL = 2.1, 3.9  # the centre of the first panel, and from one to the next
ROWS = 8.95, 3.45  # the middle of the panels in the two rows
BOX = 3.4, 2.6  # a machine
LAYERS = -1.2, -0.4, 0.4, 1.2  # of a network, from the middle of its machine
CUTS = (
    ("cut the data", ("half the batch",) * 2, "sent: gradients,", "once a step"),
    (
        "cut between layers",
        ("first layers", "last layers"),
        "sent: values, slopes,",
        "at one place",
    ),
    (
        "cut inside layers",
        ("half of each",) * 2,
        "sent: values, slopes,",
        "at every layer",
    ),
)


def ring(history: ArrayLike) -> Axes:
    """Draw how many gradients each part holds, step by step, on four workers.

    `history` is (7, 4, 4): before the first step and after each, worker, part. What
    has just arrived is framed. Raises ValueError for another shape.
    """
    counts = np.asarray(history)
    shape = (2 * WORKERS - 1, WORKERS, WORKERS)
    if counts.shape != shape:
        raise ValueError(
            f"history has shape {counts.shape}, expected {shape}: a state before the "
            "first of six steps and after each, of four workers with four parts."
        )
    ax = diagrams.canvas(11.9, "Three steps add up, three pass the sums on")
    for step in range(1, len(counts)):
        column, row = (step - 1) % 3, (step - 1) // 3
        at = LEFT + column * PANEL, ROWS[row]
        _panel(ax, at, step, counts[step], counts[step] != counts[step - 1])
    diagrams.note(ax, (6, 0.35), "how many gradients are in it; framed: just arrived")
    return ax


def _panel(
    ax: Axes, at: diagrams.Place, step: int, held: np.ndarray, new: np.ndarray
) -> None:
    """One step: a column for each worker, a row for each part."""
    x, y = at
    style = {"fontsize": 10, "fontweight": "bold", "ha": "left"}
    diagrams.badge(ax, (x - 1.3, y + 2.15), step)
    word = "add" if step < WORKERS else "pass on"
    diagrams.note(ax, (x - 0.8, y + 2.15), word, diagrams.INK, **style)
    colours = diagrams.ROLES["wrong"]
    for worker, part in np.ndindex(held.shape):
        place = diagrams.place_of(at, held.T.shape, (part, worker), CELL)
        full = held[worker, part] == WORKERS
        patch = diagrams.box(ax, place, CELL, role="wrong", corner=0)
        patch.set(linewidth=1, facecolor=colours.line if full else colours.fill)
        ink = diagrams.PAPER if full else diagrams.INK
        weight = "bold" if full else "normal"
        text = f"{held[worker, part]:g}"
        diagrams.note(ax, place, text, ink, zorder=4, fontweight=weight)
        if new[worker, part]:
            diagrams.frame(ax, place, CELL)
    _names(ax, x, y - 1.95)


def _names(ax: Axes, x: float, y: float) -> None:
    """The workers in a row, and the way round."""
    places = [x + (k - (WORKERS - 1) / 2) * CELL[0] for k in range(WORKERS)]
    for place, name in zip(places, "ABCD", strict=True):
        diagrams.note(ax, (place, y), name, diagrams.ROLES["compute"].text)
    back = [(places[-1], y - 0.3), (places[-1], y - 0.6)]
    back += [(places[0], y - 0.6), (places[0], y - 0.3)]
    diagrams.arrow(ax, back)


def cuts() -> Axes:
    """Draw what two machines hold and send when a training is cut in three ways."""
    ax = diagrams.canvas(9.6, "Three ways to cut a training")
    for number, (title, held, *sent) in enumerate(CUTS):
        x = LEFT + number * PANEL
        style = {"fontsize": 10, "fontweight": "bold"}
        diagrams.note(ax, (x, 9.1), title, diagrams.INK, **style)
        for name, y, what in zip("AB", (7.0, 3.2), held, strict=True):
            diagrams.box(ax, (x, y), BOX, role="compute")
            text, place = f"{name}: {what}", (x - 1.45, y + 0.9)
            diagrams.note(ax, place, text, diagrams.INK, ha="left", zorder=4)
            _layers(ax, (x, y), number, name)
        for word, y in zip(sent, (1.2, 0.65), strict=True):
            diagrams.note(ax, (x, y), word)
        _sent(ax, x, number)
    return ax


def _layers(ax: Axes, at: diagrams.Place, number: int, name: str) -> None:
    """The weights that a machine has: all, those of some layers, a part of each."""
    x, y = at
    for place, layer in enumerate(LAYERS):
        if number == 1 and (place < len(LAYERS) // 2) != (name == "A"):
            continue
        tall, middle = 1.5, y - 0.35
        if number == 2:
            tall, middle = 0.75, middle + (0.375 if name == "A" else -0.375)
        diagrams.box(ax, (x + layer, middle), (0.42, tall), role="learned", corner=0)


def _sent(ax: Axes, x: float, number: int) -> None:
    """What goes between the two machines, and back."""
    high, low = 5.6, 4.6
    for place in LAYERS if number == 2 else (0,):
        kind = "gradient" if number == 0 else "data"
        side = 0.13 if number == 2 else 0.3
        diagrams.arrow(ax, [(x + place - side, high), (x + place - side, low)], kind)
        diagrams.arrow(
            ax, [(x + place + side, low), (x + place + side, high)], "gradient"
        )
