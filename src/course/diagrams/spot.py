"""The pictures of lesson 20: interruptions, and what a checkpoint must hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import matplotlib.pyplot as plt

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, LONG = 0.5, 11.0  # units: where the clock begins, and how far it goes
UPPER, LOWER, TALL = 5.0, 2.3, 1.0  # the rows, and the height of their bars


class Span(NamedTuple):
    """Minutes of a machine, from `begin` to `end`, and whether their work is kept."""

    begin: float
    end: float
    kept: bool


def spans(work: float, every: float, breaks: Sequence[float]) -> Iterator[Span]:
    """Yield what a machine does until `work` minutes are done, saved after `every`.

    It is interrupted at the minutes `breaks`; saving, and a new machine, take no time.
    """
    clock, done = 0.0, 0.0
    for gone in (*breaks, float("inf")):
        while done < work and clock + min(every, work - done) <= gone:
            piece = min(every, work - done)
            yield Span(clock, clock + piece, kept=True)
            clock, done = clock + piece, done + piece
        if done >= work:
            return
        if gone > clock:
            yield Span(clock, gone, kept=False)
        clock = gone


def interrupted(work: float, every: float, breaks: Sequence[float]) -> Axes:
    """Draw a job of `work` minutes under the same interruptions, in two rows.

    Above it is saved at its end only, below after each `every` minutes.
    """
    rows = [list(spans(work, each, breaks)) for each in (work, every)]
    scale = LONG / max(row[-1].end for row in rows)
    ax = diagrams.canvas(6.9, "Only what no checkpoint holds is done again")
    names = "no checkpoint", f"a checkpoint every {every:g} minutes"
    for y, name, row in zip((UPPER, LOWER), names, rows, strict=True):
        style: dict[str, Any] = {"ha": "left", "fontsize": 10, "fontweight": "bold"}
        text = f"{name}: done after {row[-1].end:g}"
        diagrams.note(ax, (LEFT, y + 0.95), text, diagrams.INK, **style)
        for span in row:
            _bar(ax, y, span, scale)
        for gone in breaks:
            _break(ax, (LEFT + scale * gone, y))
    for span in rows[1]:
        if span.kept:
            at = LEFT + scale * span.end, LOWER - TALL / 2
            diagrams.unit(ax, at, role="learned", radius=0.2)
    says = "minutes; dashed: lost; dotted: interrupted; disc: checkpoint"
    diagrams.note(ax, (diagrams.WIDTH / 2, 0.7), says)
    return ax


def _bar(ax: Axes, y: float, span: Span, scale: float) -> None:
    """The minutes of a span as a box; lost ones have another colour, and dashes."""
    middle = LEFT + scale * (span.begin + span.end) / 2
    size = scale * (span.end - span.begin), TALL
    role = "compute" if span.kept else "wrong"
    patch = diagrams.box(ax, (middle, y), size, f"{span.end - span.begin:g}", role, 0)
    if not span.kept:
        patch.set(linestyle=(0, (4, 2)), facecolor=diagrams.PAPER)


def _break(ax: Axes, at: diagrams.Place) -> None:
    x, y = at
    colour = diagrams.ROLES["wrong"].line
    ax.plot([x, x], [y - 0.85, y + 0.65], ":", color=colour, lw=1.6, zorder=1)


def left_out(distances: Mapping[str, Sequence[float]], title: str) -> Axes:
    """Draw how far off trainings end, by the part of a checkpoint that was left out.

    The row called "nothing" is the control: another colour, another marker.
    """
    ax = plt.subplots(figsize=(7, 2.6))[1]
    for name, found in distances.items():
        colour, marker = ("C0", "D") if name == "nothing" else ("C1", "o")
        ax.plot(found, [name] * len(found), marker, color=colour)
    ax.set(xlabel="largest difference of a weight, at the end", ylabel="left out")
    ax.invert_yaxis()
    ax.set_title(title)
    return ax
