"""The schematic of lesson 21: a tuning job, once round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, RIGHT = 3.0, 9.1  # centres of the columns
UPPER, LOWER = 5.4, 1.7  # and of the rows
SIZE = 5.1, 2.3  # units
STEPS = (  # place, role, title and corner of each step
    ((LEFT, UPPER), "gate", "choose"),
    ((RIGHT, UPPER), "compute", "train"),
    ((RIGHT, LOWER), "data", "read the log"),
    ((LEFT, LOWER), "learned", "fit"),
)


def circle(
    knob: str,
    metric: str,
    tried: Sequence[float],
    losses: Sequence[float],
    chosen: float,
) -> Axes:
    """Draw how a tuning job chooses the next value of a knob, and what it costs.

    `tried` are the values so far, `losses` what their jobs have printed, and `chosen`
    is the value of the next job.
    """
    ax = diagrams.canvas(7.1, "The next job is chosen by what all before it have said")
    last = f"{metric}={losses[-1]:.3f}"
    rows = [f"{one:.2g}: {loss:.3f}" for one, loss in zip(tried, losses, strict=True)]
    says = (
        f"where the expected\nimprovement is largest:\n{knob} {chosen:.2g}",
        f"a training job with\n--{knob} {chosen:.2g}",
        f"{last}\na regular expression\nmakes it a number",
        "a Gaussian process to\n" + "\n".join(rows[-2:]),
    )
    for number, ((at, role, title), text) in enumerate(
        zip(STEPS, says, strict=True), start=1
    ):
        _step(ax, number, at, role, title, text)
    for points in _ways():
        diagrams.arrow(ax, points)
    diagrams.coin(ax, (RIGHT + SIZE[0] / 2, UPPER + SIZE[1] / 2))
    return ax


def _step(
    ax: Axes, number: int, at: diagrams.Place, role: str, title: str, text: str
) -> None:
    x, y = at
    diagrams.box(ax, at, SIZE, role=role)
    bold: dict[str, Any] = {"fontsize": 10, "fontweight": "bold", "zorder": 4}
    diagrams.note(ax, (x, y + 0.75), title, diagrams.INK, **bold)
    diagrams.note(ax, (x, y - 0.3), text, diagrams.INK, zorder=4, linespacing=1.15)
    diagrams.badge(ax, (x - SIZE[0] / 2, y + SIZE[1] / 2), number)


def _ways() -> list[list[diagrams.Place]]:
    """The arrows from each step to the next, round and round."""
    wide, tall = SIZE[0] / 2, SIZE[1] / 2
    return [
        [(LEFT + wide, UPPER), (RIGHT - wide, UPPER)],
        [(RIGHT, UPPER - tall), (RIGHT, LOWER + tall)],
        [(RIGHT - wide, LOWER), (LEFT + wide, LOWER)],
        [(LEFT, LOWER + tall), (LEFT, UPPER - tall)],
    ]
