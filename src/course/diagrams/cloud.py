"""The schematics of lessons 18 and 19: the way of a job, the update of an endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 2.1, 6.0, 9.9  # centres of notebook, store and instance
SHEET = 3.2, 1.0  # units
HALF = 1.75  # of the width of a column
TOP, BOTTOM = 10.6, 4.4  # of the columns
STATES = (  # of the first and the second model, in each step of an update
    ("one model answers", "answers", None),
    ("the new one starts", "answers", "starts"),
    ("healthy: requests move", "kept", "answers"),
    ("the old one stops", "stopped", "answers"),
)


def job(script: str, channels: Sequence[str]) -> Axes:
    """Draw what travels to a training job with such channels, and what comes back.

    Data go through S3, the call that starts the job through SageMaker, and what the
    script prints comes back by CloudWatch Logs.
    """
    ax = diagrams.canvas(10.9, "Nothing goes straight from you to the job")
    names = "your notebook", "S3", "the job: /opt/ml"
    for x, name in zip(COLUMNS, names, strict=True):
        middle, tall = (TOP + BOTTOM) / 2, TOP - BOTTOM
        _outline(ax, (x, middle), (2 * HALF, tall))
        diagrams.note(ax, (x, TOP - 0.5), name, diagrams.INK, **_bold(10))
    files = "\n".join(f"{name}.npz" for name in channels)
    prefixes = "\n".join(f"{name}/" for name in channels)
    folders = "\n".join(f"input/data/{name}" for name in channels)
    _row(ax, 9.15, (script, "source code", "input/data/code"), "data")
    _row(ax, 7.95, (files, prefixes, folders), "data")
    _row(ax, 5.1, ("trained model", "model.tar.gz", "model"), "learned")
    right = COLUMNS[2]
    diagrams.box(ax, (right, 6.5), (SHEET[0], 0.9), role="compute")
    diagrams.note(ax, (right, 6.5), f"python {script}", diagrams.INK, zorder=4)
    diagrams.arrow(ax, [(right, 7.45), (right, 6.98)])
    diagrams.arrow(ax, [(right, 6.05), (right, 5.58)], "learned")
    diagrams.coin(ax, (right + HALF, TOP))
    _services(ax)
    return ax


def _row(ax: Axes, y: float, texts: Sequence[str], role: str) -> None:
    """The same thing in the three places, and the arrows between them."""
    for x, text in zip(COLUMNS, texts, strict=True):
        patch = diagrams.box(ax, (x, y), SHEET, role=role, corner=0)
        patch.set_linewidth(1.2)
        diagrams.note(ax, (x, y), text, diagrams.INK, zorder=4, linespacing=1.05)
    for left, right in pairwise(COLUMNS):
        ends = [(left + SHEET[0] / 2, y), (right - SHEET[0] / 2, y)]
        diagrams.arrow(ax, ends[::-1] if role == "learned" else ends, role)


def _services(ax: Axes) -> None:
    """Who starts the job, and the way of what it prints."""
    left, middle, right = COLUMNS
    for y, name in ((2.9, "SageMaker"), (1.1, "CloudWatch Logs")):
        _outline(ax, (middle, y), (3.6, 0.95))
        diagrams.note(ax, (middle, y), name, diagrams.INK, fontsize=10)
    asked = [(left + 0.9, BOTTOM), (left + 0.9, 2.9), (middle - 1.8, 2.9)]
    diagrams.arrow(ax, asked, "control")
    started = [(middle + 1.8, 2.9), (right - 0.9, 2.9), (right - 0.9, BOTTOM)]
    diagrams.arrow(ax, started, "control")
    printed = [(right + 0.9, BOTTOM), (right + 0.9, 1.1), (middle + 1.8, 1.1)]
    diagrams.arrow(ax, printed)
    diagrams.arrow(ax, [(middle - 1.8, 1.1), (left, 1.1), (left, BOTTOM)])
    words = [((3.55, 2.45), "create"), ((8.5, 2.45), "start")]
    words += [((3.2, 0.65), "log, metrics"), ((8.9, 0.65), "lines")]
    for at, text in words:
        diagrams.note(ax, at, text)


def update(first: str, second: str) -> Axes:
    """Draw how one variant of an endpoint takes over from another, in four steps."""
    ax = diagrams.canvas(10.6, "An update starts the new model beside the old")
    for number, (title, *states) in enumerate(STATES):
        corner = 6.1 * (number % 2), 5.2 * (1 - number // 2)
        _step(
            ax,
            corner,
            number + 1,
            title,
            dict(zip((first, second), states, strict=True)),
        )
    diagrams.coin(ax, (0.6, 0.45))
    money = diagrams.ROLES["money"].text
    diagrams.note(ax, (1.1, 0.45), "billed by the second", money, ha="left")
    return ax


def _step(ax: Axes, corner: diagrams.Place, number: int, title: str, models: dict):
    """One panel: requests, the endpoint as a gate, and the models behind it."""
    left, low = corner
    diagrams.badge(ax, (left + 0.5, low + 4.9), number)
    diagrams.note(
        ax, (left + 1, low + 4.9), title, diagrams.INK, ha="left", **_bold(10)
    )
    gate = left + 2.0, low + 2.75
    diagrams.box(ax, gate, (0.9, 2.9), role="gate").set_zorder(2)
    diagrams.note(ax, gate, "endpoint", diagrams.INK, rotation=90, zorder=4)
    for y in (low + 2.05, low + 2.75, low + 3.45):
        diagrams.arrow(ax, [(left + 0.4, y), (left + 1.5, y)])
    for y, (name, state) in zip((low + 3.6, low + 1.85), models.items(), strict=True):
        if state:
            _model(ax, (left + 4.5, y), name, state)
            if kind := {"answers": "data", "starts": "control"}.get(state):
                diagrams.arrow(ax, [(left + 2.5, y), (left + 3.4, y)], kind)


def _model(ax: Axes, at: diagrams.Place, name: str, state: str) -> None:
    """A model with what it does; it is paid for until it has stopped."""
    x, y = at
    says = {"starts": "healthy?", "kept": "kept ready", "stopped": "stopped"}
    patch = diagrams.box(ax, at, (2.1, 0.95), name, "compute")
    if state in ("starts", "stopped"):
        patch.set(facecolor=diagrams.PAPER, linestyle=(0, (4, 2)))
    if state != "stopped":
        diagrams.coin(ax, (x + 1.05, y + 0.45))
    diagrams.note(ax, (x, y - 0.8), says.get(state, "answers"))


def _outline(ax: Axes, at: diagrams.Place, size: diagrams.Place) -> None:
    diagrams.box(ax, at, size, corner=0.25).set(facecolor=diagrams.PAPER, zorder=1)


def _bold(size: float) -> dict[str, Any]:
    return {"fontsize": size, "fontweight": "bold"}
