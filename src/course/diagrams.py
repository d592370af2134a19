"""Schematics: one language of roles and arrows for whatever has a structure.

Slate is given, teal computes, purple is learned, amber decides, vermilion is wrong or
goes back to correct. A canvas is 12 units wide, drawn to be read on a phone; places are
in units from its lower left corner, and a cell that draws one has the tag `schematic`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import FancyBboxPatch

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
}
# What an arrow carries: its colours, and its line.
KINDS = {"data": ("data", "-"), "gradient": ("wrong", (0, (3.5, 1.8)))}


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

    role, line = KINDS[kind]
    style: dict[str, Any] = {"color": ROLES[role].line, "linestyle": line}
    style |= {"arrowstyle": "-|>", "mutation_scale": 10, "joinstyle": "miter"}
    ax.add_patch(FancyArrowPatch(path=Path(points), lw=1.6, zorder=3, **style))
    if text:
        corners = np.array(points)
        longest = np.linalg.norm(np.diff(corners, axis=0), axis=1).argmax()
        x, y = corners[longest : longest + 2].mean(axis=0)
        side = {"va": "top" if below else "bottom"}
        note(ax, (x, y - 0.15 if below else y + 0.15), text, ROLES[role].text, **side)


def badge(ax: Axes, at: Place, number: int) -> None:
    """Draw the number of a step on a dark disc."""
    from matplotlib.patches import Circle

    ax.add_patch(Circle(at, 0.33, facecolor=INK, edgecolor="none", zorder=4))
    note(ax, at, str(number), PAPER, fontsize=10, fontweight="bold", zorder=5)


SETS = (
    ("training", "learned", "sets the weights"),
    ("validation", "gate", "chooses"),
    ("test", "data", "judges, once"),
)
LEAKS = (
    (
        "Twins: nearly the same sample on both sides",
        "Split by person, font or day, not row by row.",
        "learned by heart, then met in the test",
    ),
    (
        "Peeking: prepared with the rows of all three",
        "Fit every preparation on the training set alone.",
        "one mean, one choice of features for everything",
    ),
    (
        "Shopping: the best of many, by the test",
        "Choose on the validation set; open the test set once.",
        "its score decides what you train next",
    ),
)


def leakage(training: int, validation: int, test: int) -> Axes:
    """Draw three sets of so many rows for three uses, and three ways to fool oneself.

    Each leak, in vermilion, has its cure beside it.
    """
    ends = np.cumsum([0, training, validation, test])
    ends = 0.5 + 11 * ends / ends[-1]  # where the parts of a bar begin and end
    middles = (ends[1:] + ends[:-1]) / 2
    title = "Three sets for three uses, and three ways to fool yourself"
    ax = canvas(12.3, title)
    _bar(ax, ends, 11.6, 1, [name for name, _, _ in SETS])
    for x, (_, role, use) in zip(middles, SETS, strict=True):
        note(ax, (x, 10.7), use, ROLES[role].text)
    for number, (name, cure, _) in enumerate(LEAKS):
        top = 9.7 - 3.4 * number
        badge(ax, (0.83, top), number + 1)
        note(ax, (1.4, top), name, INK, ha="left", fontsize=10, fontweight="bold")
        note(ax, (1.4, top - 0.65), cure, ha="left")
        _bar(ax, ends, top - 1.5, 0.65)
    _leaks(ax, middles, [9.7 - 1.5 - 3.4 * number for number in range(3)])
    return ax


def _bar(ax: Axes, ends: np.ndarray, y: float, height: float, names=("", "", "")):
    """The three sets as one bar, in the colours of their uses."""
    for left, right, name, (_, role, _) in zip(
        ends[:-1], ends[1:], names, SETS, strict=True
    ):
        at, size = ((left + right) / 2, y), (right - left, height)
        box(ax, at, size, name, role, corner=0)


def _leaks(ax: Axes, middles: np.ndarray, heights: Sequence[float]) -> None:
    """Twins joined, a bracket under all three sets, a way back from the test."""
    from matplotlib.patches import Circle

    (left, _, right), (twins, peeking, shopping) = middles, heights
    wrong = ROLES["wrong"].line
    for x in (left, right):
        ax.add_patch(Circle((x, twins), 0.22, color=wrong, zorder=4))
    says = [leak[2] for leak in LEAKS]
    low = twins - 0.85
    around = [(left, twins), (left, low), (right, low), (right, twins - 0.33)]
    arrow(ax, around, "gradient", says[0], below=True)
    low, edge = peeking - 0.7, peeking - 0.42
    ax.plot([0.5, 0.5, 11.5, 11.5], [edge, low, low, edge], color=wrong, lw=1.6, ls="-")
    note(ax, (6, low - 0.15), says[1], wrong, va="top")
    low = shopping - 0.85
    back = [(right, shopping), (right, low), (left, low), (left, shopping - 0.33)]
    arrow(ax, back, "gradient", says[2], below=True)
