"""The figures of lesson 29: what a gate asks, whom it lets pass, and the way there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE, POST = (2.3, 1.2), 0.16  # units
ABOVE, BELOW = 7.2, 3.1  # heights of the two rows
HATCHES = ("", "//")
MARGINS = ("o:", "s--", "^-")  # point and line of each margin
COLUMNS = 1.45, 4.45, 7.45, 10.45
STEPS = (
    (0, ABOVE, "a file", "data"),
    (1, ABOVE, "prepare", "compute"),
    (2, ABOVE, "train", "compute"),
    (3, ABOVE, "evaluate", "compute"),
    (2, BELOW, "registry", "learned"),
    (0, BELOW, "endpoint", "compute"),
)


def pipeline(gain: float, error: float, margin: float) -> Axes:
    """Draw the way of a file to the gate, and of a model from there, or to a stop.

    The report that the gate reads tells a gain with its standard error; it asks for
    more than so many errors.
    """
    ax = diagrams.canvas(10.0, "No model passes the gate without the proof")
    for column, y, text, role in STEPS:
        diagrams.box(ax, (COLUMNS[column], y), SIZE, text, role)
    _gate(ax, 3, f"above {margin:g}\nerrors?")
    _gate(ax, 1, "go live?")
    last = COLUMNS[3]
    diagrams.box(ax, (5.95, 9.2), (4.0, 0.9), "letters kept apart", "data")
    diagrams.box(ax, (last - 0.1, 0.75), (3.0, 0.95), "stop, say why", "wrong")
    diagrams.coin(ax, (COLUMNS[0] + SIZE[0] / 2, BELOW + SIZE[1] / 2))
    _ways(ax)
    share = diagrams.number(gain, "{:.3f}")
    words = f"gain {share}\n± {error:.3f}"
    diagrams.note(ax, (last - 0.25, 5.2), words, ha="right", linespacing=1.1)
    return ax


def _gate(ax: Axes, column: int, asks: str) -> None:
    """A plate between two posts, and what it asks."""
    x, (wide, tall) = COLUMNS[column], SIZE
    diagrams.box(ax, (x, BELOW), (wide - 0.3, tall + 0.2), role="gate")
    for side in (-1, 1):
        at = x + side * (wide / 2 - 0.15), BELOW
        post = diagrams.box(ax, at, (POST, tall + 0.9), role="gate")
        post.set_facecolor(diagrams.ROLES["gate"].line)
    diagrams.note(ax, (x, BELOW), asks, diagrams.INK, fontweight="bold", zorder=4)


def _ways(ax: Axes) -> None:
    """What goes where: data, models, and what is refused."""
    first, second, third, last = COLUMNS
    half, low, high = SIZE[0] / 2, ABOVE - SIZE[1] / 2, BELOW + SIZE[1] / 2
    diagrams.arrow(ax, [(first + half, ABOVE), (second - half, ABOVE)])
    diagrams.arrow(ax, [(second + half, ABOVE), (third - half, ABOVE)])
    diagrams.arrow(ax, [(third + half, ABOVE), (last - half, ABOVE)], "learned")
    diagrams.arrow(ax, [(7.95, 9.2), (last, 9.2), (last, ABOVE + SIZE[1] / 2)])
    diagrams.arrow(ax, [(last, low), (last, high + 0.1)])
    now = [(third, high), (third, 5.95), (last - 0.6, 5.95), (last - 0.6, low)]
    diagrams.arrow(ax, now, "learned")
    diagrams.note(ax, (third - 0.2, 5.3), "the present\nmodel", ha="right")
    yes = [(last - half, BELOW), (third + half, BELOW)]
    diagrams.arrow(ax, yes, "learned", text="yes")
    diagrams.arrow(ax, [(third - half, BELOW), (second + half, BELOW)], "learned")
    diagrams.arrow(ax, [(second - half, BELOW), (first + half, BELOW)], "learned")
    diagrams.arrow(ax, [(last, BELOW - 0.7), (last, 1.25)], "gradient")
    diagrams.note(ax, (last + 0.3, 1.75), "no", diagrams.ROLES["wrong"].text)


def accuracies(
    models: Sequence[str], read: Mapping[str, Sequence[float]], title: str
) -> Axes:
    """Draw a pair of bars for each set of letters: how well two models read it."""
    ax, at = plt.subplots(figsize=(7, 3))[1], np.arange(len(read))
    for number, (name, hatch) in enumerate(zip(models, HATCHES, strict=True)):
        shares = [each[number] for each in read.values()]
        bars = ax.bar(at + 0.38 * number, shares, 0.36, label=name, hatch=hatch)
        ax.bar_label(bars, fmt="%.2f")
    ax.set_xticks(at + 0.19, list(read))
    ax.set(xlabel="letters", ylabel="accuracy", ylim=(0, 1.25), title=title)
    ax.legend(ncols=2)
    return ax


def chances(
    gains: np.ndarray,
    drawn: Sequence[np.ndarray],
    formula: Sequence[np.ndarray],
    title: str,
) -> Axes:
    """Draw the chance to pass over the true gain, for margins of 0, 1, ... errors.

    What was `drawn` is points, what the formula says is lines.
    """
    ax = plt.subplots()[1]
    for margin, style in zip(range(len(drawn)), MARGINS, strict=False):
        color = f"C{margin}"
        ax.plot(100 * gains, drawn[margin], style[0], color=color)
        ax.plot(100 * gains, formula[margin], style[1:], color=color, label=margin)
    ax.set(xlabel="true gain of the new model (points)", ylabel="chance to pass")
    ax.set_title(title)
    ax.legend(title="margin (errors)")
    return ax


def years(scores: Mapping[float, np.ndarray], truth: float, title: str) -> Axes:
    """Draw the scores of years (years, nights) on the kept letters, by margin.

    `truth` is the accuracy that each model really has.
    """
    ax = plt.subplots()[1]
    for (margin, rows), style in zip(scores.items(), ("-", "--"), strict=True):
        color = f"C{margin}"
        lines = ax.plot(100 * rows.T, style, color=color, linewidth=1)
        lines[0].set_label(f"margin of {margin}")
    ax.axhline(100 * truth, color="k", linestyle=":", label="truth, of each model")
    ax.set(xlabel="night", ylabel="accuracy, kept letters (%)", title=title)
    ax.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    return ax
