"""Losses as landscapes: maps with paths on them, and how often a descent gets stuck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course import plots

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Paths = Mapping[str, np.ndarray]


def falling(
    curves: Mapping[str, Sequence[float]], title: str, every: int = 1, **style: Any
) -> None:
    """Draw how far above the lowest each descent is after `every` so many steps."""
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    steps = range(0, max(map(len, curves.values())), every)
    plots.curves(ax, {k: v[::every] for k, v in curves.items()}, steps, **style)
    ax.set(xlabel="step", ylabel="loss above the lowest", yscale="log", title=title)


def ravine(
    bottom: np.ndarray,
    curvature: np.ndarray,
    paths: Paths,
    title: str,
    downhill: np.ndarray | None = None,
) -> Axes:
    """Draw lesson 04's ravine over b and w, with a path (steps, 2) for each name.

    With `downhill` (2,) an arrow leads that way from the start at (0, 0).
    """
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(7, 3.3))
    plots.ravine(ax, bottom, curvature, x=(-0.6, 6.2), y=(-0.4, 2.1))
    for (name, path), marker in zip(paths.items(), ".s^D", strict=False):
        ax.plot(*path.T, lw=1, marker=marker, ms=4, markevery=5, label=name)
    ax.set(xlabel="bias b", ylabel="weight w", title=title)
    if paths:
        ax.legend(loc="upper right")
    if downhill is not None:
        tip = 1.35 * downhill / np.linalg.norm(downhill)
        style = {"arrowstyle": "->", "lw": 2}
        ax.annotate("", (tip[0], tip[1]), (0, 0), arrowprops=style)
        ax.text(-0.5, 1.45, "steepest\ndescent")
    return ax


def hollows(loss: Callable, levels: Sequence[float], paths: Paths, title: str) -> None:
    """Draw the contours of a loss over u and v, and paths; a cross marks each end.

    `loss` maps places (..., 2) to numbers (...,).
    """
    import matplotlib.pyplot as plt

    sides = np.linspace(-2.4, 2.4, 61), np.linspace(-6, 6, 61)
    grid = np.stack(np.meshgrid(*sides), axis=-1)  # (61, 61, 2)
    _, ax = plt.subplots(figsize=(7, 3.6))
    ax.contour(*sides, loss(grid), levels, colors="#AAAAAA", linewidths=1)
    for name, path in paths.items():
        ax.plot(*path.T, linewidth=2, label=name)
        ax.plot(*path[[0, -1]].T, "kX", markersize=9, zorder=4)
    ax.legend(loc="lower right")
    ax.set(xlabel="weight u", ylabel="weight v", title=title)
    ax.grid(False)


def clocks(trained: Mapping[int, Sequence[np.ndarray]], n: int, title: str) -> None:
    """Draw training losses over three measures of work: epochs, steps and seconds.

    `trained` maps a batch size to the loss before the first epoch and after each, and
    to the seconds until then; an epoch has `n` samples.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(7, 3.6), sharey=True)
    for (size, (losses, seconds)), marker in zip(trained.items(), "o^sD", strict=False):
        epochs = np.arange(len(losses))
        work = epochs, epochs * -(-n // size), seconds
        for ax, over in zip(axes, work, strict=True):
            style = {"marker": marker, "markevery": 0.3, "label": f"{size:,}"}
            ax.loglog(over[1:], losses[1:], **style)
    for ax, label in zip(
        axes, ["epochs", "steps", "seconds of computing"], strict=True
    ):
        ax.set(xlabel=label)
    axes[0].set(ylabel="training loss")
    axes[-1].legend(title="batch size", fontsize=8)
    figure.suptitle(title)


def valleys(
    losses: Mapping[str, Mapping[str, np.ndarray]], rates: Sequence[float], title: str
) -> None:
    """Draw the median loss (runs, rates) of each rule, a panel for each name."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(losses), figsize=(7, 3.4), sharey=True)
    for ax, (name, found) in zip(axes, losses.items(), strict=True):
        middle = {rule: np.median(runs, axis=0) for rule, runs in found.items()}
        plots.curves(ax, middle, rates, "os^D")
        ax.set(title=name, xlabel="learning rate", xscale="log", yscale="log")
    axes[0].set(ylabel="training loss")
    figure.suptitle(title)


def share_solved(width: int, seed: int = 0, starts: int = 200, steps: int = 500):
    """The share of starts from which a network learns whether two signs differ.

    It has one layer of `width` tanh units; all starts descend side by side, by
    momentum on the logistic loss of the four pairs of signs (XOR).
    """
    import torch

    corners = torch.tensor([[-1.0, -1], [-1, 1], [1, -1], [1, 1]])
    differ = torch.tensor([0.0, 1, 1, 0]).expand(starts, 4)
    generator = torch.Generator().manual_seed(seed)
    shapes = [(2, width), (1, width), (width, 1), (1, 1)]
    weights = [torch.randn(starts, *shape, generator=generator) for shape in shapes]
    rule = torch.optim.SGD([w.requires_grad_() for w in weights], 0.03, 0.9)
    for _ in range(steps):
        bent = torch.tanh(corners @ weights[0] + weights[1])  # (starts, 4, width)
        scores = (bent @ weights[2] + weights[3])[..., 0]  # (starts, 4)
        rule.zero_grad()
        torch.nn.BCEWithLogitsLoss(reduction="sum")(scores, differ).backward()
        rule.step()
    return ((scores > 0) == (differ > 0)).all(dim=1).double().mean().item()
