"""How a state travels: a cell that is used again and again, and the gates of a GRU.

In the picture of the gates the width of a stream is the share that passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from course.diagrams import INK, ROLES, Place, arrow, box, canvas, note, unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FULL = 1.2  # units: the width of a stream of which all passes
PLATE = 0.36  # units: the width of a gate's plate


def unrolled(letters: Sequence[str]) -> Axes:
    """Draw one cell for each letter, 2 to 6 of them, under one set of weights.

    States go to the right, gradients back. Raises ValueError for another number.
    """
    if not 2 <= len(letters) <= 6:
        raise ValueError(
            f"there are {len(letters)} letters, expected 2 to 6: more steps are too "
            "small to read on a phone."
        )
    title = "One cell, used again and again: the same weights, a new state"
    ax = canvas(6.2, title)
    places = np.linspace(2.1, 10.2, len(letters))
    middle = (places[0] + places[-1]) / 2
    size = (places[-1] - places[0] + 1.4, 0.9)
    box(ax, (middle, 5.6), size, "W, U, b: one set for all steps", "learned")
    for number, (x, letter) in enumerate(zip(places, letters, strict=True)):
        box(ax, (x, 3.3), (1.2, 1.4), "cell", "compute")
        ax.plot(
            [x, x], [4.0, 5.15], color=ROLES["learned"].line, lw=1.6, ls="-", zorder=1
        )
        box(ax, (x, 0.7), (0.9, 0.9), letter)
        arrow(ax, [(x, 1.15), (x, 2.6)])
        _between(ax, places, number)
    _between(ax, places, len(letters))
    note(ax, (0.1, 4.6), "state", ROLES["data"].text, ha="left")
    note(ax, (0.1, 2.35), "gradient", ROLES["wrong"].text, ha="left")
    note(ax, (0.1, 0.7), "letters", ROLES["data"].text, ha="left")
    return ax


def _between(ax: Axes, places: np.ndarray, number: int) -> None:
    """The state that a cell is given, and the gradient beside it, back."""
    ends = [places[0] - 2, *places, places[-1] + 1.75]
    start, end = ends[number] + 0.62, ends[number + 1] - 0.62
    if number == len(places):
        end = ends[-1]
    arrow(ax, [(start, 3.6), (end, 3.6)])
    arrow(ax, [(end, 2.95), (start, 2.95)], "gradient")
    note(ax, ((start + end) / 2, 4.05), f"$h_{number}$", INK, fontsize=11)


def gates(z: float, r: float) -> Axes:
    """Draw one unit of a GRU whose gates are open to the shares z and r.

    Raises ValueError for a share outside 0 to 1.
    """
    for name, share in (("z", z), ("r", r)):
        if not 0 <= share <= 1:
            raise ValueError(f"{name} is {share}, expected a share from 0 to 1.")
    ax = canvas(8.4, "Two gates decide how much of the old state stays and what is new")
    top, low = 6.0, 2.8  # of the upper and of the lower stream, in the middle
    _old_state(ax, top, low, z, r)
    _proposal(ax, top, low, 1 - z)
    _input(ax, low)
    where = (0.2, 0.55)
    says = "shown for one unit; each gate is a sigmoid, from 0 to 1"
    note(ax, where, says, ROLES["gate"].text, ha="left")
    return ax


def _old_state(ax: Axes, top: float, low: float, z: float, r: float) -> None:
    """The stream of h, through the gate z to the sum; and its branch through r."""
    half = FULL / 2
    stream(ax, [(0.8, top), (4.6, top)], FULL, "data")
    bed = top - half * (1 - z)  # what passes keeps to the lower bank
    stream(ax, [(4.6, bed), (9.6, bed)], FULL * z, "data")
    stream(ax, [(1.7, top - half), (1.7, low), (4.1, low)], half, "data")
    bed = low - half / 2 * (1 - r)
    stream(ax, [(4.1, bed), (5.3, bed)], half * r, "data")
    box(ax, (2.9, low), (0.8, 0.9), "$U$", "learned", corner=0.1)
    sluice(ax, (4.6, top), FULL, z, f"$z$ = {z:g} stays")
    sluice(ax, (4.1, low), half, r, f"$r$ = {r:g}")
    note(ax, (0.4, top), "$h$", INK, fontsize=12)
    note(ax, (2.7, top), "old state", ROLES["data"].text, zorder=4)
    note(ax, (7.2, top - half * (1 - z)), f"{z:g} · $h$", INK, zorder=4)


def _proposal(ax: Axes, top: float, low: float, share: float) -> None:
    """The proposal n, through the gate 1 - z up to the sum, and the new state."""
    stream(ax, [(6.6, low), (8.2, low)], FULL, "compute")
    bed = low - FULL / 2 * (1 - share)
    stream(ax, [(8.2, bed), (10.0, bed), (10.0, top)], FULL * share, "compute")
    box(ax, (6.0, low), (1.5, 1.6), "", "compute")
    note(ax, (6.0, low + 0.28), "$n$", INK, fontsize=12, zorder=5)
    note(ax, (6.0, low - 0.32), "tanh", INK, family="monospace", zorder=5)
    sluice(ax, (8.2, low), FULL, share, f"1 − $z$ = {share:g}")
    at = 10.2 + FULL / 2 * share, (top + low) / 2
    note(ax, at, f"{share:g} · $n$", INK, ha="left")
    stream(ax, [(10.0, top), (11.3, top)], FULL, "data")
    unit(ax, (10.0, top), "+", "compute", radius=0.6)
    note(ax, (11.65, top), "$h'$", INK, fontsize=12)


def _input(ax: Axes, low: float) -> None:
    box(ax, (3.9, 1.35), (0.8, 0.8), "$x$")
    box(ax, (6.0, 1.35), (0.8, 0.8), "$W$", "learned", corner=0.1)
    arrow(ax, [(4.3, 1.35), (5.6, 1.35)])
    arrow(ax, [(6.0, 1.75), (6.0, low - 0.75)])
    note(ax, (3.3, 1.35), "input", ROLES["data"].text, ha="right")


def stream(ax: Axes, points: Sequence[Place], width: float, role: str) -> None:
    """Draw a stream between two banks along its middle; nothing where it is dry.

    `points` are joined by straight parts at right angles, `width` is in units.
    """
    from matplotlib.patches import Polygon

    if width <= 0:
        return
    middle, style = np.array(points, dtype=float), ROLES[role]
    ways = np.diff(middle, axis=0)
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    sides = np.stack([-ways[:, 1], ways[:, 0]], axis=1) * width / 2
    corners = sides[:-1] + sides[1:]  # at a right angle both sides are moved
    offset = np.vstack([sides[:1], corners, sides[-1:]])
    left, right = middle + offset, middle - offset
    ax.add_patch(Polygon(np.vstack([left, right[::-1]]), color=style.fill, lw=0))
    for bank in (left, right):
        ax.plot(*bank.T, color=style.line, lw=1.6, ls="-", zorder=1.5)


def sluice(ax: Axes, at: Place, bed: float, share: float, label: str) -> None:
    """Draw a gate between two posts, open from below to a share of its bed."""
    from matplotlib.patches import Rectangle

    style, (x, y) = ROLES["gate"], at
    lift = max(bed * share, 0.0)
    bottom, height = y - bed / 2 + lift, bed + 0.35 - lift
    for side in (x - PLATE / 2 - 0.06, x + PLATE / 2 + 0.06):
        ends = [y - bed / 2 - 0.1, y + bed / 2 + 0.3]
        ax.plot([side, side], ends, color=style.line, lw=1.6, ls="-", zorder=3)
    start = x - PLATE / 2, bottom
    plate = Rectangle(start, PLATE, height, fc=style.fill, ec=style.line, lw=1.6)
    plate.set_zorder(3.5)
    ax.add_patch(plate)
    note(ax, (x, y + bed / 2 + 0.7), label, style.text)
