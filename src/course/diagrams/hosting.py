"""The schematic of lesson 24: when each way of hosting a model is paid for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, LONG = 0.5, 11.0  # units: where the time begins, and how far it goes
TALL, THIN = 0.75, 0.09  # of a bar; the narrowest one that is seen
ROWS = 7.0, 5.2, 3.4, 1.6  # heights of the four ways


def jobs(arrivals: Sequence[float], every: float, start: float) -> np.ndarray:
    """Return from when until when transform jobs run, (jobs, 2).

    One begins at the end of each period in which somebody has asked.
    """
    ends = sorted({(moment // every + 1) * every for moment in arrivals})
    return np.array([(end, end + start) for end in ends]).reshape(-1, 2)


def paid(
    arrivals: Sequence[float],
    kept: Iterable[tuple[float, float]],
    end: float,
    start: float,
    every: float,
) -> Axes:
    """Draw which minutes of `end` are paid for, where requests come at `arrivals`.

    `kept` is from when until when an asynchronous endpoint has an instance, `start`
    how long one starts, and `every` the time between two jobs; all in minutes.
    """
    spans: dict[str, Iterable[tuple[float, float]]] = {
        "real-time": [(0, end)],
        "serverless": [(moment, moment) for moment in arrivals],
        "asynchronous, scaled to zero": kept,
        f"batch, every {every:g} minutes": jobs(arrivals, every, start),
    }
    ax = diagrams.canvas(9.4, "Four ways, and when each is paid for")
    scale = LONG / end
    _requests(ax, [LEFT + scale * moment for moment in arrivals])
    for y, (name, found) in zip(ROWS, spans.items(), strict=True):
        minutes = sum(min(to, end) - since for since, to in found if since < end)
        text = f"{name}: {minutes:.0f} of {end:g} minutes"
        style: dict[str, Any] = {"ha": "left", "fontsize": 10, "fontweight": "bold"}
        diagrams.note(ax, (LEFT, y + 0.72), text, diagrams.INK, **style)
        _row(ax, y, [(scale * since, scale * min(to, end)) for since, to in found])
    says = "discs: requests; bars: paid for (of serverless too little to see)"
    diagrams.note(ax, (diagrams.WIDTH / 2, 0.55), says)
    return ax


def _requests(ax: Axes, places: Iterable[float]) -> None:
    for x in places:
        diagrams.unit(ax, (x, 8.75), role="data", radius=0.16)


def _row(ax: Axes, y: float, spans: Iterable[tuple[float, float]]) -> None:
    """The line of time, and a bar for what is paid of it."""
    colour = diagrams.ROLES["data"].line
    ax.plot([LEFT, LEFT + LONG], [y, y], "-", color=colour, lw=1, zorder=1)
    for since, to in spans:
        middle, wide = LEFT + (since + to) / 2, max(to - since, THIN)
        if since < LONG:
            diagrams.box(ax, (middle, y), (wide, TALL), role="money", corner=0)
