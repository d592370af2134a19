"""The schematic of lesson 01: three sets, their uses, and what leaks between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
    ax = diagrams.canvas(12.8, title)
    _bar(ax, ends, 11.5, 0.9)
    for x, (name, role, use) in zip(middles, SETS, strict=True):
        diagrams.note(ax, (x, 12.3), name, diagrams.INK, fontsize=10, fontweight="bold")
        diagrams.note(ax, (x, 10.65), use, diagrams.ROLES[role].text)
    for number, (name, cure, _) in enumerate(LEAKS):
        top = 9.7 - 3.4 * number
        diagrams.badge(ax, (0.83, top), number + 1)
        diagrams.note(
            ax,
            (1.4, top),
            name,
            diagrams.INK,
            ha="left",
            fontsize=10,
            fontweight="bold",
        )
        diagrams.note(ax, (1.4, top - 0.65), cure, ha="left")
        _bar(ax, ends, top - 1.5, 0.65)
    _leaks(ax, middles, [9.7 - 1.5 - 3.4 * number for number in range(3)])
    return ax


def _bar(ax: Axes, ends: np.ndarray, y: float, height: float) -> None:
    """The three sets as one bar, in the colours of their uses."""
    for left, right, (_, role, _) in zip(ends[:-1], ends[1:], SETS, strict=True):
        at, size = ((left + right) / 2, y), (right - left, height)
        diagrams.box(ax, at, size, role=role, corner=0)


def _leaks(ax: Axes, middles: np.ndarray, heights: Sequence[float]) -> None:
    """Twins joined, a bracket under all three sets, a way back from the test."""
    from matplotlib.patches import Circle

    (left, _, right), (twins, peeking, shopping) = middles, heights
    wrong = diagrams.ROLES["wrong"].line
    for x in (left, right):
        ax.add_patch(Circle((x, twins), 0.22, color=wrong, zorder=4))
    says = [leak[2] for leak in LEAKS]
    low = twins - 0.85
    around = [(left, twins), (left, low), (right, low), (right, twins - 0.33)]
    diagrams.arrow(ax, around, "gradient", says[0], below=True)
    low, edge = peeking - 0.7, peeking - 0.42
    ax.plot([0.5, 0.5, 11.5, 11.5], [edge, low, low, edge], color=wrong, lw=1.6, ls="-")
    diagrams.note(ax, (6, low - 0.15), says[1], wrong, va="top")
    low = shopping - 0.85
    back = [(right, shopping), (right, low), (left, low), (left, shopping - 0.33)]
    diagrams.arrow(ax, back, "gradient", says[2], below=True)
