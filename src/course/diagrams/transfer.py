"""The schematic of lesson 13: how far back the gradient may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "A frozen body sees no gradient; a fine-tuned one changes with the head"
TOP, ROW = 7.4, 2.75  # the centre of the first row, and how far apart they are
BODY, HEAD, SCORES = 4.9, 8.6, 11.1  # centres
TALL, WIDE, NARROW = 1.15, 3.4, 2.0
GIVEN = "trained before"


def ways(body: int, head: int) -> Axes:
    """Draw the three ways for a body and a head of so many weights.

    Raises ValueError where one of them has no weight.
    """
    for name, weights in (("body", body), ("head", head)):
        if weights < 1:
            raise ValueError(f"the {name} has {weights} weights, expected at least 1.")
    ax = diagrams.canvas(9.1, TITLE)
    _row(ax, 0, "frozen", GIVEN, head, HEAD - NARROW / 2)
    _row(ax, 1, "fine-tuned", GIVEN, body + head, BODY - WIDE / 2)
    _row(ax, 2, "from nothing", "random", body + head, BODY - WIDE / 2)
    return ax


def _row(
    ax: Axes, number: int, name: str, start: str, trained: int, reaches: float
) -> None:
    """One way: data through body and head to the scores, and the gradient back."""
    y = TOP - ROW * number
    style: dict[str, Any] = {"fontsize": 11, "fontweight": "bold", "ha": "left"}
    diagrams.note(ax, (0.1, y + 1), name, diagrams.INK, **style)
    diagrams.box(ax, (1.3, y), (1, 1), "x")
    role = "learned" if start == GIVEN else "compute"
    diagrams.box(ax, (BODY, y), (WIDE, TALL), f"body:\n{start}", role)
    diagrams.box(ax, (HEAD, y), (NARROW, TALL), "head:\nnew", "compute")
    diagrams.note(ax, (SCORES, y), "scores", diagrams.INK)
    stops = ((1.8, BODY - WIDE / 2), (BODY + WIDE / 2, HEAD - NARROW / 2))
    for left, right in (*stops, (HEAD + NARROW / 2, SCORES - 0.65)):
        diagrams.arrow(ax, [(left, y), (right, y)])
    low = y - TALL / 2 - 0.3
    back = [(SCORES, y - 0.35), (SCORES, low), (reaches, low)]
    diagrams.arrow(ax, back, "gradient", f"{trained:,} weights change", below=True)
