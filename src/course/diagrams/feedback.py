"""The schematic of lesson 28: a fleet that follows its traffic, and what is late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, MIDDLE, RIGHT = 1.9, 6.0, 10.1  # centres of the columns, in units
TOP, HALF, LOW = 6.0, 3.6, 1.3
SIZE = 3.0, 0.95


def loop(measured: str, rings: str, starts: str) -> Axes:
    """Draw the way from a metric to another instance, with what each step takes.

    `measured` is said of the metric, `rings` of the alarm, `starts` of the instance.
    """
    ax = diagrams.canvas(7.9, "The answer to more traffic comes minutes late")
    _fleet(ax, starts)
    _stations(ax, measured, rings)
    edge = SIZE[0] / 2, SIZE[1] / 2
    out = MIDDLE + 2.2
    diagrams.arrow(ax, [(0.4, TOP + 0.3), (MIDDLE - 2.2, TOP + 0.3)], text="requests")
    diagrams.arrow(ax, [(out, TOP), (RIGHT, TOP), (RIGHT, HALF + edge[1])])
    down = [(RIGHT, HALF - edge[1]), (RIGHT, LOW), (MIDDLE + edge[0], LOW)]
    diagrams.arrow(ax, down)
    back = [(MIDDLE - edge[0], LOW), (LEFT, LOW), (LEFT, HALF - edge[1])]
    diagrams.arrow(ax, back, "control")
    up = [(LEFT, HALF + edge[1]), (LEFT, TOP - 0.45), (MIDDLE - 2.2, TOP - 0.45)]
    diagrams.arrow(ax, up, "control")
    return ax


def _fleet(ax: Axes, starts: str) -> None:
    """Two instances that answer, and cost, and one that starts."""
    frame = diagrams.box(ax, (MIDDLE, TOP), (4.4, 1.9), corner=0.25)
    frame.set(facecolor=diagrams.PAPER, zorder=1)
    for number, x in enumerate((MIDDLE - 1.4, MIDDLE, MIDDLE + 1.4)):
        patch = diagrams.box(ax, (x, TOP - 0.1), (1.15, 1.0), role="compute")
        if number < 2:
            diagrams.coin(ax, (x, TOP - 0.1))
        else:
            patch.set(linestyle=(0, (4, 2)), facecolor=diagrams.PAPER)
    diagrams.note(ax, (MIDDLE, TOP + 0.65), "endpoint", diagrams.INK, fontsize=10)
    diagrams.note(ax, (MIDDLE, TOP - 1.3), starts)


def _stations(ax: Axes, measured: str, rings: str) -> None:
    """Metric, alarm and policy, each with what it waits for."""
    places = (RIGHT, HALF), (MIDDLE, LOW), (LEFT, HALF)
    for at, name, role in zip(
        places, ("metric", "alarm", "policy"), ("data", "gate", "gate"), strict=True
    ):
        diagrams.box(ax, at, SIZE, name, role)
    diagrams.note(ax, (MIDDLE + 2.2, HALF), measured, ha="right")
    diagrams.note(ax, (MIDDLE, LOW - 0.85), rings)
    diagrams.note(ax, (LEFT + 0.25, HALF - 0.85), "rests after a change", ha="left")
