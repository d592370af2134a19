"""Schematics: one language of roles and arrows for whatever has a structure.

Slate is given, teal computes, purple is learned, amber decides, vermilion is wrong or
goes back to correct, green costs. A canvas is 12 units wide, drawn to be read on a
phone; places are in units from its lower left corner, and a cell that draws one has the
tag `schematic`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import FancyBboxPatch
    from numpy.typing import ArrayLike

Place = tuple[float, float]
UNIT = 0.4  # inches
WIDTH, MOST_HEIGHT = 12, 13  # units
MOST_LINES, COLUMNS = 2, 46  # of a title
INK, NOTE, PAPER = "#22303F", "#566373", "#FFFFFF"


class Role(NamedTuple):
    """How what plays a part is drawn; a corner is round or not, a second cue."""

    line: str
    fill: str
    text: str
    corner: float


ROLES = {
    "data": Role("#7487A0", "#F1F4F8", "#56657A", 0),
    "compute": Role("#10606F", "#B5DFE6", "#10606F", 0.25),
    "learned": Role("#7A3E9D", "#EADAF4", "#7A3E9D", 0.25),
    "gate": Role("#6E4300", "#F8C860", "#6E4300", 0),
    "wrong": Role("#AD4000", "#FBDFCE", "#AD4000", 0.25),
    "money": Role("#00704F", "#C9EBDD", "#00704F", 0.25),
}
# What an arrow carries: its colours, its line and its head. Control carries nothing:
# it says who starts or asks.
KINDS = {
    "data": ("data", "-", "-|>"),
    "learned": ("learned", "-", "-|>"),
    "gradient": ("wrong", (0, (3.5, 1.8)), "-|>"),
    "control": ("data", ":", "->"),
}


def canvas(height: float, title: str) -> Axes:
    """Empty axes of 12 units by `height`, with a claim above them, at 150 dpi.

    Raises ValueError where a phone cannot show it: over 13 units, or over two lines.
    """
    import matplotlib.pyplot as plt

    if height > MOST_HEIGHT:
        raise ValueError(
            f"the canvas is {height:g} units high, expected at most {MOST_HEIGHT}: "
            "leave something out, or draw two pictures."
        )
    lines = textwrap.wrap(title, COLUMNS)
    if len(lines) > MOST_LINES:
        raise ValueError(
            f'the title "{title}" takes {len(lines)} lines, expected at most two lines '
            f"of {COLUMNS} characters: say less."
        )
    size = (WIDTH * UNIT, height * UNIT)
    figure = plt.figure(figsize=size, dpi=150, layout="none", facecolor=PAPER)
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(0, height))
    style: dict[str, Any] = {"fontsize": 11.5, "fontweight": "bold", "color": INK}
    ax.set_title("\n".join(lines), loc="left", **style)
    ax.axis("off")
    return ax


def note(ax: Axes, at: Place, text: str, colour: str = NOTE, **style: Any) -> None:
    """Write a label, centred unless `ha` says otherwise."""
    style = {"ha": "center", "va": "center", "fontsize": 9.5, **style}
    ax.text(*at, text, color=colour, **style)


def box(
    ax: Axes,
    at: Place,
    size: Place,
    text: str = "",
    role: str = "data",
    corner: float | None = None,
) -> FancyBboxPatch:
    """Draw a box around a centre, with bold text: its role decides how it looks."""
    from matplotlib.patches import FancyBboxPatch

    style = ROLES[role]
    corner = style.corner if corner is None else corner
    shape = f"round,pad=0,rounding_size={corner}" if corner else "square,pad=0"
    start = at[0] - size[0] / 2, at[1] - size[1] / 2
    patch = FancyBboxPatch(start, *size, boxstyle=shape, lw=1.6, zorder=2)
    patch.set(facecolor=style.fill, edgecolor=style.line)
    ax.add_patch(patch)
    if text:
        note(ax, at, text, INK, fontsize=10, fontweight="bold", zorder=4)
    return patch


def arrow(
    ax: Axes,
    points: Sequence[Place],
    kind: str = "data",
    text: str = "",
    below: bool = False,
) -> None:
    """Draw an arrow along the points, and its text beside the longest part."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    role, line, head = KINDS[kind]
    style: dict[str, Any] = {"color": ROLES[role].line, "linestyle": line}
    style |= {"arrowstyle": head, "mutation_scale": 10, "joinstyle": "miter"}
    ax.add_patch(FancyArrowPatch(path=Path(points), lw=1.6, zorder=3, **style))
    if text:
        corners = np.array(points)
        longest = np.linalg.norm(np.diff(corners, axis=0), axis=1).argmax()
        x, y = corners[longest : longest + 2].mean(axis=0)
        side = {"va": "top" if below else "bottom"}
        note(ax, (x, y - 0.15 if below else y + 0.15), text, ROLES[role].text, **side)


def unit(
    ax: Axes, at: Place, text: str = "", role: str = "compute", radius: float = 0.5
) -> None:
    """Draw one unit, or one value, as a disc with its text."""
    from matplotlib.patches import Circle

    style = ROLES[role]
    disc = Circle(at, radius, fc=style.fill, ec=style.line, lw=1.6, zorder=3)
    ax.add_patch(disc)
    if text:
        note(ax, at, text, INK, fontsize=10, zorder=4)


def matrix(
    ax: Axes,
    at: Place,
    values: ArrayLike,
    role: str = "data",
    cell: Place = (0.8, 0.8),
    written: str = "{:g}",
) -> None:
    """Draw numbers (rows, columns) as square cells around a centre, row 0 on top.

    A row of numbers is one row of cells, a nan a cell without a number; `written` is
    how a number is formatted.
    """
    table = np.atleast_2d(np.asarray(values, dtype=float))
    for (row, column), value in np.ndenumerate(table):
        x, y = place_of(at, table.shape, (row, column), cell)
        box(ax, (x, y), cell, role=role, corner=0).set_linewidth(1)
        text = "" if np.isnan(value) else number(value, written)
        note(ax, (x, y), text, INK, zorder=4)


def number(value: float, written: str = "{:g}") -> str:
    """A number as a mathematician writes it: with a minus sign, and zero without."""
    return written.format(round(value, 10) + 0.0).replace("-", "\N{MINUS SIGN}")


def place_of(
    at: Place, shape: Sequence[int], index: tuple[int, int], cell: Place = (0.8, 0.8)
) -> Place:
    """The centre of one cell of a matrix of this shape around `at`."""
    across = index[1] - (shape[1] - 1) / 2
    down = index[0] - (shape[0] - 1) / 2
    return at[0] + across * cell[0], at[1] - down * cell[1]


def frame(ax: Axes, at: Place, size: Place) -> None:
    """Frame in ink what is in use now."""
    from matplotlib.patches import Rectangle

    start = at[0] - size[0] / 2, at[1] - size[1] / 2
    ax.add_patch(Rectangle(start, *size, fill=False, ec=INK, lw=2.4, zorder=5))


def coin(ax: Axes, at: Place) -> None:
    """Mark what is billed."""
    unit(ax, at, role="money", radius=0.27)
    style: dict[str, Any] = {"fontsize": 10, "fontweight": "bold", "zorder": 4}
    note(ax, at, "$", ROLES["money"].text, **style)


def badge(ax: Axes, at: Place, number: int) -> None:
    """Draw the number of a step on a dark disc."""
    from matplotlib.patches import Circle

    ax.add_patch(Circle(at, 0.33, facecolor=INK, edgecolor="none", zorder=4))
    note(ax, at, str(number), PAPER, fontsize=10, fontweight="bold", zorder=5)
