"""The schematic of lesson 26: from what an endpoint answers to a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 2.0, 6.0, 10.0  # centres
ROWS = 8.6, 5.4, 2.2
SIZE = 2.7, 1.3  # of a box
# Each station: its column, its row, what it is called and does, and its role.
STATIONS = (
    (0, 0, "endpoint", "answers", "compute"),
    (1, 0, "S3", "keeps a copy", "data"),
    (2, 0, "monitor", "compares", "compute"),
    (2, 1, "metric", "one number", "data"),
    (1, 1, "alarm", "2 of 3?", "gate"),
    (0, 1, "topic", "tells all", "data"),
    (0, 2, "function", "writes", "compute"),
    (1, 2, "ticket", "waits for a person", "wrong"),
)


def loop(kept: str, decides: str) -> Axes:
    """Draw the way from an endpoint's answers to a ticket, in eight stations.

    `kept` says what the monitor compares with, `decides` when the alarm rings.
    """
    ax = diagrams.canvas(10.6, "Eight stations from an answer to a ticket")
    for column, row, name, does, role in STATIONS:
        at = COLUMNS[column], ROWS[row]
        diagrams.box(ax, at, SIZE, name, role)
        told = decides if name == "alarm" else does
        diagrams.note(ax, (at[0], at[1] - SIZE[1] / 2 - 0.3), told)
    diagrams.box(ax, (COLUMNS[2], ROWS[2]), SIZE, "baseline", "data")
    diagrams.note(ax, (COLUMNS[2], ROWS[2] - SIZE[1] / 2 - 0.3), kept)
    for before, after in pairwise(STATIONS):
        _lead(ax, before[:2], after[:2])
    _compare(ax)
    return ax


def _lead(ax: Axes, one: Sequence[int], other: Sequence[int]) -> None:
    """An arrow from one station to the next, beside it or below."""
    x, y, to, down = COLUMNS[one[0]], ROWS[one[1]], COLUMNS[other[0]], ROWS[other[1]]
    if y == down:
        side = 1 if to > x else -1
        ends = [(x + side * SIZE[0] / 2, y), (to - side * (SIZE[0] / 2 + 0.05), y)]
    else:
        ends = [(x, y - SIZE[1] / 2 - 0.6), (x, down + SIZE[1] / 2 + 0.05)]
    diagrams.arrow(ax, ends)


def _compare(ax: Axes) -> None:
    """What the monitor reads besides: the baseline, along the right edge."""
    x, right = COLUMNS[2], COLUMNS[2] + SIZE[0] / 2
    edge = right + 0.45
    way = [(right, ROWS[2]), (edge, ROWS[2]), (edge, ROWS[0]), (right + 0.05, ROWS[0])]
    diagrams.arrow(ax, way)
    diagrams.arrow(ax, [(x, 10.3), (x, ROWS[0] + SIZE[1] / 2 + 0.05)], "control")
    diagrams.note(ax, (x - 0.2, 9.85), "a schedule", ha="right")
