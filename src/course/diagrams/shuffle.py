"""The schematic of lesson 23: map, shuffle and reduce."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROWS, MAP, REDUCE = 1.6, 4.75, 10.3  # units: the middles of the three columns
TOP, APART = 6.9, 1.6  # the first row, and from one to the next
SHEET, BOX = (2.5, 1.0), (2.2, 1.0)


def shuffle(rows: Sequence[int], sums: Sequence[int], keys: Sequence[int]) -> Axes:
    """Draw how parts of so many rows become so many sums, and workers' keys.

    Each part is a file with its own map, each worker adds up the keys that are its own.
    """
    ax = diagrams.canvas(8.7, "Many rows are read, few sums travel")
    texts = "the files", "map", "shuffle", "reduce"
    middle = (MAP + REDUCE) / 2
    for x, text in zip((ROWS, MAP, middle, REDUCE), texts, strict=True):
        bold: dict[str, Any] = {"fontsize": 10, "fontweight": "bold"}
        diagrams.note(ax, (x, TOP + 1.1), text, diagrams.INK, **bold)
    starts = [TOP - APART * number for number in range(len(rows))]
    ends = [TOP - APART * number for number in range(len(keys))]
    for y, count, some in zip(starts, rows, sums, strict=True):
        diagrams.box(ax, (ROWS, y), SHEET)
        diagrams.note(ax, (ROWS, y), f"{count:,} rows", diagrams.INK, zorder=4)
        diagrams.box(ax, (MAP, y), BOX, f"{some:,} sums", "compute")
        diagrams.arrow(ax, [(ROWS + SHEET[0] / 2, y), (MAP - BOX[0] / 2, y)])
        for end in ends:
            _sent(ax, y, end, framed=end == ends[0])
    for y, count in zip(ends, keys, strict=True):
        diagrams.box(ax, (REDUCE, y), BOX, f"{count:,} shops", "compute")
    diagrams.frame(ax, (REDUCE, ends[0]), BOX)
    says = "framed: one worker gets the sums of its own shops from every map"
    diagrams.note(ax, (diagrams.WIDTH / 2, 0.6), says)
    return ax


def _sent(ax: Axes, start: float, end: float, framed: bool) -> None:
    """The sums that one map sends to one worker."""
    ends = [(MAP + BOX[0] / 2, start), (REDUCE - BOX[0] / 2 - 0.05, end)]
    if framed:
        diagrams.arrow(ax, ends)
        return
    xs, ys = zip(*ends, strict=True)
    style: dict[str, Any] = {"lw": 0.8, "alpha": 0.6, "zorder": 1}
    ax.plot(xs, ys, "-", color=diagrams.ROLES["data"].line, **style)
