"""The way of a sound to the few numbers that a network reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from course.diagrams import INK, arrow, box, canvas, note

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 2.1  # units from stage to stage
LEFT, RIGHT = 2.7, 9.1


def numbers(
    stages: Sequence[tuple[str, str]], steps: Sequence[tuple[str, str]]
) -> Axes:
    """Draw stages (name, shape) on the left, and on the right the steps between them.

    A step is (name, what it does). Raises ValueError unless there are 2 to 6 stages
    and one step fewer.
    """
    if not 2 <= len(stages) <= 6 or len(steps) != len(stages) - 1:
        raise ValueError(
            f"there are {len(stages)} stages and {len(steps)} steps, expected 2 to 6 "
            "stages and a step between each two."
        )
    top = ROW * (len(stages) - 1) + 0.7
    ax = canvas(top + 0.7, "From samples to what a network reads")
    for row, (name, shape) in enumerate(stages):
        y = top - ROW * row
        box(ax, (LEFT, y), (4.8, 1.1), role="data")
        note(ax, (LEFT, y + 0.22), name, INK, fontweight="bold", fontsize=10, zorder=4)
        note(ax, (LEFT, y - 0.25), shape, INK, family="monospace", zorder=4)
    for row, (name, does) in enumerate(steps):
        y = top - ROW * row
        box(ax, (RIGHT, y), (4.4, 1.1), role="compute")
        note(ax, (RIGHT, y + 0.22), name, INK, fontweight="bold", fontsize=10, zorder=4)
        note(ax, (RIGHT, y - 0.25), does, INK, zorder=4)
        arrow(ax, [(LEFT + 2.4, y), (RIGHT - 2.2, y)])
        turn = y - ROW / 2
        end = y - ROW + 0.55
        arrow(ax, [(RIGHT, y - 0.55), (RIGHT, turn), (LEFT, turn), (LEFT, end)])
    return ax
