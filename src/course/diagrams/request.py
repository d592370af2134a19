"""The pictures of lesson 16: a request on its way through two gates, and verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 4  # boxes above each other
TOOLS, BEHIND = 1.55, 10.1  # centres of the columns
SIZE = 2.5, 0.8  # units
MIDDLE, STEP = 5.0, 1.15
GATES = (
    (4.75, "who asks?", "the signature", "Signature-\nDoesNot-\nMatch"),
    (7.25, "may they?", "the policies", "Access-\nDenied"),
)
GATE = 0.95, 3.9


def gates(tools: Sequence[str], services: Sequence[str]) -> Axes:
    """Draw what tools send to services of a region, and who refuses it on the way.

    Raises ValueError for more than 4 of either.
    """
    if max(len(tools), len(services)) > MOST:
        raise ValueError(
            f"there are {len(tools)} tools and {len(services)} services, expected at "
            f"most {MOST} of each: leave some out."
        )
    ax = diagrams.canvas(8.2, "Every request, of any tool, passes two gates")
    first, second = (x for x, *_ in GATES)
    for y, name in zip(_rows(tools), tools, strict=True):
        diagrams.box(ax, (TOOLS, y), SIZE, name)
        ends = [(TOOLS + SIZE[0] / 2, y), (first - GATE[0] / 2, y)]
        diagrams.arrow(ax, ends)
    for x, asks, reads, refusal in GATES:
        _gate(ax, x, asks, reads, refusal)
    diagrams.arrow(ax, [(first + GATE[0] / 2, MIDDLE), (second - GATE[0] / 2, MIDDLE)])
    _region(ax, services)
    diagrams.arrow(ax, [(second + GATE[0] / 2, MIDDLE), (BEHIND - 1.65, MIDDLE)])
    return ax


def flips(bits: Sequence[int], title: str) -> Axes:
    """Draw how often so many of 256 bits changed, and what tosses of coins give."""
    import matplotlib.pyplot as plt
    from scipy.stats import binom

    at = np.arange(96, 161)
    ax = plt.subplots(figsize=(5, 3), subplot_kw={"ylim": (0, 110)})[1]
    ax.hist(bits, bins=[*at[::4]], color="#56B4E9", label="one bit of the body flipped")
    coins = 4 * len(bits) * binom.pmf(at, 256, 0.5)  # a bar is 4 bits wide
    ax.plot(at, coins, "--", color="black", label="256 tosses of a coin")
    ax.set(xlabel="bits of the signature that change", ylabel="bits of the body")
    ax.set_title(title)
    ax.legend(loc="upper left", fontsize=8)
    return ax


def _rows(names: Sequence[str]) -> list[float]:
    """The heights of boxes above each other, around the middle."""
    top = MIDDLE + STEP * (len(names) - 1) / 2
    return [top - STEP * row for row in range(len(names))]


def _gate(ax: Axes, x: float, asks: str, reads: str, refusal: str) -> None:
    """A gate with its question, what it reads, and what it says to the refused."""
    diagrams.box(ax, (x, MIDDLE), GATE, role="gate")
    style: dict[str, Any] = {"fontsize": 10, "fontweight": "bold", "zorder": 4}
    diagrams.note(ax, (x, MIDDLE), asks, diagrams.INK, rotation=90, **style)
    diagrams.note(ax, (x, MIDDLE + GATE[1] / 2 + 0.4), reads)
    low = MIDDLE - GATE[1] / 2
    diagrams.arrow(ax, [(x, low), (x, 1.95)])
    diagrams.box(ax, (x, 1.15), (2.0, 1.6), role="wrong")
    diagrams.note(ax, (x, 1.15), refusal, diagrams.INK, zorder=4, linespacing=1.05)


def _region(ax: Axes, services: Sequence[str]) -> None:
    """The services of a region, which cost."""
    size = 3.1, STEP * len(services) + 0.75
    frame = diagrams.box(ax, (BEHIND, MIDDLE + 0.2), size, corner=0.25)
    frame.set(facecolor=diagrams.PAPER, zorder=1)
    top = MIDDLE + 0.2 + size[1] / 2
    diagrams.note(ax, (BEHIND, top - 0.35), "a region", diagrams.INK, fontsize=10)
    diagrams.coin(ax, (BEHIND + size[0] / 2, top))
    for y, name in zip(_rows(services), services, strict=True):
        diagrams.box(ax, (BEHIND, y), SIZE, name, "compute")


def verdicts(matrix: Mapping[str, Sequence[bool]], needed: Mapping[str, bool]) -> Axes:
    """A table of policies by requests, yes or no, framed where it should be otherwise.

    `matrix` has the verdicts of each policy; `needed` says of each request whether it
    should be granted.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    table, right = np.array([*matrix.values()]), np.array([*needed.values()])
    _, ax = plt.subplots(figsize=(5.4, 0.5 * len(matrix) + 1.4))
    ax.imshow(table, cmap="Blues", vmin=0, vmax=3, aspect="auto")
    for (row, column), granted in np.ndenumerate(table):
        ax.text(column, row, "yes" if granted else "no", ha="center", va="center")
        if granted != right[column]:
            frame = Rectangle((column - 0.46, row - 0.42), 0.92, 0.84, fill=False)
            frame.set(edgecolor=diagrams.ROLES["wrong"].line, linewidth=2.5)
            ax.add_patch(frame)
    words = [name.replace(" ", "\n", 1) for name in needed]
    ax.set_xticks(range(len(needed)), words)
    ax.set_yticks(range(len(matrix)), [*matrix])
    ax.grid(False)
    return ax
