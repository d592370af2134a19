"""The schematics of lesson 17: what a script finds and leaves, and four handlers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, MIDDLE, RIGHT = 2.2, 6.05, 9.85  # centres of what is given, run and kept
WIDE, TALL = 3.9, 1.1  # of a sheet
TOP, STEP = 7.1, 1.4  # the first row, and from a row to the next
KEPT = (  # what is kept of a machine, and its role
    ("/model\nmodel.tar.gz", "learned"),
    ("/output/failure\nthe failure reason", "wrong"),
    ("exit code\nCompleted or Failed", "gate"),
    ("printed lines\nthe log", "data"),
)
GONE = "every other file\ngone"


def contract(
    script: str, channels: Sequence[str], hyperparameters: Mapping[str, str]
) -> Axes:
    """Draw what lies on a job's machine, and what outlives it.

    The names of `channels` lead to variables, and the hyperparameters to arguments.
    """
    ax = diagrams.canvas(8.9, "Four things come back, all else is gone")
    for x, title in ((LEFT, "laid down in /opt/ml"), (RIGHT, "kept")):
        diagrams.note(ax, (x, 8.3), title, diagrams.INK, fontweight="bold")
    words = " ".join(f"--{name} {text}" for name, text in hyperparameters.items())
    given = [f"/input/config/…\n{words}", f"/input/data/code\n{script}"]
    given += [f"/input/data/{name}\nSM_CHANNEL_{name.upper()}" for name in channels]
    middle = TOP - 1.5 * STEP
    diagrams.box(ax, (MIDDLE, middle), (2.1, 1.5), f"python\n{script}", "compute")
    for row, text in enumerate(given):
        y = TOP - row * STEP
        _sheet(ax, (LEFT, y), text, "data")
        end = middle + 0.45 - 0.9 * row / max(1, len(given) - 1)
        diagrams.arrow(ax, [(LEFT + WIDE / 2, y), (MIDDLE - 1.05, end)])
    for row, (text, role) in enumerate(KEPT):
        y = TOP - row * STEP
        _sheet(ax, (RIGHT, y), text, role)
        start = MIDDLE + 1.05, middle + 0.45 - 0.3 * row
        kind = "learned" if role == "learned" else "data"
        diagrams.arrow(ax, [start, (RIGHT - WIDE / 2, y)], kind)
    lost = RIGHT, TOP - len(KEPT) * STEP - 0.5
    _sheet(ax, lost, GONE, "wrong").set(facecolor=diagrams.PAPER, linestyle=(0, (4, 2)))
    diagrams.note(ax, (LEFT, lost[1]), "on an empty machine,\nnever in your notebook")
    return ax


def handlers(images: str, answer: str) -> Axes:
    """Draw which of an endpoint's functions runs once, and which for every request.

    `images` says what `input_fn` returns, `answer` what `predict_fn` does.
    """
    ax = diagrams.canvas(8.5, "One function runs once, three always")
    left, right, rows = 2.8, 8.4, (7.1, 5.6, 4.1, 2.6, 1.1)
    heads = ((left, "once, at the start"), (right, "for every request"))
    for x, title in heads:
        diagrams.note(ax, (x, 8.1), title, diagrams.INK, fontweight="bold")
    once = (("model.tar.gz", "learned"), ("model_fn", "compute"), ("model", "learned"))
    always = (
        ("bytes, content type", "data"),
        ("input_fn", "compute"),
        ("predict_fn", "compute"),
        ("output_fn", "compute"),
        ("bytes of the answer", "data"),
    )
    for x, chain in ((left, once), (right, always)):
        for y, (text, role) in zip(rows, chain, strict=False):
            diagrams.box(ax, (x, y), (4.4, 0.95), text, role)
        for y, below in zip(rows, rows[1 : len(chain)], strict=False):
            diagrams.arrow(ax, [(x, y - 0.48), (x, below + 0.48)])
    diagrams.arrow(ax, [(left + 2.2, rows[2]), (right - 2.2, rows[2])], "learned")
    for y, text in ((4.85, images), (3.35, answer)):
        diagrams.note(ax, (right + 0.15, y), text, ha="left")
    return ax


def _sheet(ax: Axes, at: diagrams.Place, text: str, role: str):
    """A box with two lines: what it is, and what becomes of it."""
    patch = diagrams.box(ax, at, (WIDE, TALL), role=role)
    patch.set_linewidth(1.2)
    diagrams.note(ax, at, text, diagrams.INK, zorder=4, linespacing=1.15)
    return patch
