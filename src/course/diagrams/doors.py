"""The schematic of lesson 27: what gets in at each stage, and what holds it back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 6  # rows
STAGE, LOCK, ATTACK = 2.0, 5.85, 9.9  # centres of the columns
SIZE, STEP = (3.2, 0.95), 1.55  # units
POST, WIDE = (3.0, 0.95), (3.8, 0.95)


def doors(rows: Sequence[tuple[str, str, str]]) -> Axes:
    """Draw stages below each other, what comes to each, and the lock between the two.

    A row is a stage, an attack and a lock, in few words. Raises ValueError for more
    than 6 rows.
    """
    if len(rows) > MOST:
        raise ValueError(
            f"there are {len(rows)} rows, expected at most {MOST}: leave some out."
        )
    height = STEP * len(rows) + 1.0
    ax = diagrams.canvas(height, "Each stage has a door, and a lock of its own")
    heights = [height - 1.45 - STEP * row for row in range(len(rows))]
    for name, x in (("stage", STAGE), ("lock", LOCK), ("who comes", ATTACK)):
        diagrams.note(ax, (x, height - 0.5), name)
    for y, (stage, attack, lock) in zip(heights, rows, strict=True):
        diagrams.box(ax, (STAGE, y), SIZE, stage, "compute")
        diagrams.box(ax, (LOCK, y), POST, lock, "gate")
        diagrams.box(ax, (ATTACK, y), WIDE, attack, "wrong")
        ends = [(ATTACK - WIDE[0] / 2, y), (LOCK + POST[0] / 2, y)]
        diagrams.arrow(ax, ends, "gradient")
    for above, below in pairwise(heights):
        half = SIZE[1] / 2
        diagrams.arrow(ax, [(STAGE, above - half), (STAGE, below + half)])
    return ax
