"""The schematic of lesson 00: from files to a network that answers requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = 3.0, 1.0  # units
STEPS = (
    ((0.7, 8.98), "load", "right"),
    ((4.0, 7.4), "split", "below"),
    ((6.75, 6.9), "train", "right"),
    ((10.7, 6.9), "test", "right"),
    ((5.2, 4.55), "deploy", "left"),
    ((4.0, 1.72), "ask", "right"),
)
BESIDE: dict[str, tuple[diagrams.Place, str]] = {  # where a name stands from its badge
    "right": ((0.45, 0.0), "left"),
    "left": ((-0.45, 0.0), "right"),
    "below": ((0.0, -0.65), "center"),
}


def road(training: int, test: int, weights: int) -> Axes:
    """Draw the steps of lesson 00, numbered, in the notebook and in the cloud.

    So many images are split and trained on; the network has so many weights.
    """
    ax = diagrams.canvas(10.3, "Data make a network; a cloud lets it answer")
    _zone(ax, (0.15, 5.0), (11.85, 9.6), "this notebook")
    _zone(ax, (4.15, 2.1), (11.85, 4.1), "the cloud")
    boxes: tuple[tuple[diagrams.Place, str, str], ...] = (
        ((2, 8), f"{training + test:,} images", "data"),
        ((6, 8), f"{training:,} to train", "data"),
        ((10, 8), f"{test:,} to test", "data"),
        ((6, 5.75), f"{weights:,} weights", "learned"),
        ((10, 5.75), "good enough?", "gate"),
        ((6, 2.75), "model.tar.gz", "learned"),
        ((10, 2.75), "endpoint", "compute"),
        ((2, 1.0), "any program", "data"),
    )
    for at, text, role in boxes:
        diagrams.box(ax, at, SIZE, text, role)
    _ways(ax)
    for number, (place, name, where) in enumerate(STEPS):
        diagrams.badge(ax, place, number + 1)
        (right, up), side = BESIDE[where]
        beside = place[0] + right, place[1] + up
        diagrams.note(ax, beside, name, diagrams.INK, ha=side)
    return ax


def _zone(ax: Axes, low: diagrams.Place, high: diagrams.Place, name: str) -> None:
    at = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
    size = high[0] - low[0], high[1] - low[1]
    diagrams.box(ax, at, size, corner=0.25).set(facecolor=diagrams.PAPER, zorder=1)
    diagrams.note(
        ax, (high[0] - 0.2, high[1] - 0.35), name, ha="right", fontweight="bold"
    )


def _ways(ax: Axes) -> None:
    """What travels: data, then weights, then a question and its answer."""
    diagrams.arrow(ax, [(3.5, 8), (4.5, 8)])
    diagrams.arrow(ax, [(2, 8.5), (2, 8.95), (10, 8.95), (10, 8.5)])
    diagrams.arrow(ax, [(6, 7.5), (6, 6.25)])
    diagrams.arrow(ax, [(10, 7.5), (10, 6.25)])
    diagrams.arrow(ax, [(7.5, 5.75), (8.5, 5.75)], "learned")
    diagrams.arrow(ax, [(6, 5.25), (6, 3.25)], "learned")
    diagrams.arrow(ax, [(7.5, 2.75), (8.5, 2.75)], "learned")
    diagrams.arrow(ax, [(3.5, 1.2), (9.6, 1.2), (9.6, 2.25)], text="an image")
    diagrams.arrow(
        ax, [(10.4, 2.25), (10.4, 0.8), (3.5, 0.8)], text="a digit", below=True
    )
