"""The pictures of lesson 17: what a script finds and leaves, handlers, and endings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import FancyBboxPatch

LEFT, MIDDLE, RIGHT = 2.2, 6.05, 9.85  # centres of what is given, run and kept
SHEET = 3.9, 1.1  # units
TOP, STEP = 8.2, 1.35  # the first row of what is kept, and from a row to the next
KEPT = (  # what is kept of a machine, and its role
    ("/model\nmodel.tar.gz", "learned"),
    ("/output/failure\nthe failure reason", "wrong"),
    ("exit code\nCompleted or Failed", "gate"),
    ("printed lines\nthe log", "data"),
    ("/output/data\noutput.tar.gz", "data"),
)
GONE = "every other file\ngone"
ROWS = 7.1, 5.6, 4.1, 2.6, 1.1  # of the handlers
ONCE = (("model.tar.gz", "learned"), ("model_fn", "compute"), ("model", "learned"))
ALWAYS = (
    ("bytes, content type", "data"),
    ("input_fn", "compute"),
    ("predict_fn", "compute"),
    ("output_fn", "compute"),
    ("bytes of the answer", "data"),
)


def contract(
    script: str, channels: Sequence[str], hyperparameters: Mapping[str, str]
) -> Axes:
    """Draw what lies on a job's machine, and what outlives it.

    The names of `channels` lead to variables, and the hyperparameters to arguments.
    """
    ax = diagrams.canvas(9.9, "Five things come back, all else is gone")
    _heads(ax, 9.35, {"laid down in /opt/ml": LEFT, "kept": RIGHT})
    middle = TOP - (len(KEPT) - 1) / 2 * STEP
    diagrams.box(ax, (MIDDLE, middle), (2.1, 1.5), f"python\n{script}", "compute")
    words = " ".join(f"--{name} {text}" for name, text in hyperparameters.items())
    given = [f"/input/config/…\n{words}", f"/input/data/code\n{script}"]
    given += [f"/input/data/{name}\nSM_CHANNEL_{name.upper()}" for name in channels]
    _given(ax, given, middle)
    _kept(ax, middle)
    return ax


def _given(ax: Axes, texts: Sequence[str], middle: float) -> None:
    """What lies there beforehand, each with an arrow to the script."""
    for row, text in enumerate(texts):
        down = row - (len(texts) - 1) / 2
        y = middle - down * STEP
        _sheet(ax, (LEFT, y), text, "data")
        ends = [(LEFT + SHEET[0] / 2, y), (MIDDLE - 1.05, middle - 0.3 * down)]
        diagrams.arrow(ax, ends)


def _kept(ax: Axes, middle: float) -> None:
    """What is kept, each with an arrow from the script, and what is not, without."""
    for row, (text, role) in enumerate(KEPT):
        y = TOP - row * STEP
        _sheet(ax, (RIGHT, y), text, role)
        ends = [(MIDDLE + 1.05, middle + 0.5 - 0.25 * row), (RIGHT - SHEET[0] / 2, y)]
        diagrams.arrow(ax, ends, "learned" if role == "learned" else "data")
    low = TOP - len(KEPT) * STEP - 0.3
    patch = _sheet(ax, (RIGHT, low), GONE, "wrong")
    patch.set(facecolor=diagrams.PAPER, linestyle=(0, (4, 2)))
    diagrams.note(ax, (LEFT, low), "on an empty machine,\nnever in your notebook")


def handlers(images: str, answer: str) -> Axes:
    """Draw which of an endpoint's functions runs once, and which for every request.

    `images` says what `input_fn` returns, `answer` what `predict_fn` does.
    """
    ax = diagrams.canvas(8.5, "One function runs once, three always")
    left, right = 2.8, 8.4
    _heads(ax, 8.1, {"once, at the start": left, "for every request": right})
    for x, chain in ((left, ONCE), (right, ALWAYS)):
        rows = ROWS[: len(chain)]
        for y, (text, role) in zip(rows, chain, strict=True):
            diagrams.box(ax, (x, y), (4.4, 0.95), text, role)
        for y, below in pairwise(rows):
            diagrams.arrow(ax, [(x, y - 0.48), (x, below + 0.48)])
    diagrams.arrow(ax, [(left + 2.2, ROWS[2]), (right - 2.2, ROWS[2])], "learned")
    for y, text in ((4.85, images), (3.35, answer)):
        diagrams.note(ax, (right + 0.15, y), text, ha="left")
    return ax


def endings(rows: Mapping[str, tuple[int, str, int, str]], title: str) -> Axes:
    """Show exit code, failure file, files in the model and status of each ending.

    Each of `rows` has the code, what the failure file says, the number of files, and
    the status; what betrays a failure is orange and bold.
    """
    ax = plt.subplots(figsize=(7, 3.2))[1]
    for row, (code, said, files, status) in enumerate(rows.values()):
        texts = code, "a reason" if said else "none", files, status
        tells = code != 0, said != "", files == 0, status == "Failed"
        for column, (text, bad) in enumerate(zip(texts, tells, strict=True)):
            role, weight = ("wrong", "bold") if bad else ("compute", "normal")
            fill = diagrams.ROLES[role].fill
            ax.barh(row, 1, left=column - 0.5, height=1, color=fill, edgecolor="white")
            ax.text(column, row, str(text), ha="center", va="center", weight=weight)
    ax.set_xticks(range(4), ["exit code", "failure file", "files in model", "status"])
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set(xlabel="what the contract shows", ylabel="how the script ends", title=title)
    ax.axis((-0.5, 3.5, len(rows) - 0.5, -0.5))
    return ax


def _heads(ax: Axes, y: float, titles: Mapping[str, float]) -> None:
    for title, x in titles.items():
        diagrams.note(ax, (x, y), title, diagrams.INK, fontweight="bold")


def _sheet(ax: Axes, at: diagrams.Place, text: str, role: str) -> FancyBboxPatch:
    """A box with two lines: what it is, and what becomes of it."""
    patch = diagrams.box(ax, at, SHEET, role=role)
    patch.set_linewidth(1.2)
    diagrams.note(ax, at, text, diagrams.INK, zorder=4, linespacing=1.15)
    return patch
