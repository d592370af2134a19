"""What searches for good settings found: compared in words, and drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Panel = Sequence[np.ndarray]  # x and y (trainings,), mean and deviation (line,)


def in_parts(
    loss: Callable[[np.ndarray, np.ndarray], np.ndarray],
    rates: np.ndarray,
    decays: np.ndarray,
    size: int = 120,
) -> np.ndarray:
    """Return the losses (settings,) of settings, at most `size` of them at a time.

    A network for each setting, and its gradients, soon fill more than a core's cache:
    in parts of this size hundreds take half the time.
    """
    starts = range(size, len(rates), size)
    parts = zip(np.split(rates, starts), np.split(decays, starts), strict=True)
    return np.concatenate([loss(*part) for part in parts])


def compare(worse: np.ndarray, better: np.ndarray) -> str:
    """Return by how much the best losses of one way lie below those of another.

    Both are (searches, trials), the same searches in the same order. The mean
    difference has its 95% interval, Student's; how often it is positive comes last.
    Raises `ValueError` with fewer than two searches, which have no spread.
    """
    if len(worse) != len(better) or len(worse) < 2:
        raise ValueError(f"{len(worse)} and {len(better)} searches cannot be paired")
    gain = worse.min(axis=1) - better.min(axis=1)
    far = stats.t.ppf(0.975, len(gain) - 1)
    half = far * gain.std(ddof=1) / np.sqrt(len(gain))
    return f"{gain.mean():.3f} ± {half:.3f}, lower in {(gain > 0).mean():.0%}"


def shadows(
    found: Mapping[str, Sequence[np.ndarray]], curve: Sequence[np.ndarray], title: str
) -> None:
    """Draw a column for each search: its settings, and their losses by the rate alone.

    `found` holds rates, decays and losses (trials,) of each, `curve` the rates and
    losses (points,) of a dotted line.
    """
    axes = _panels(2, len(found), title, height=4.6)
    for (upper, lower), (way, (rates, decays, losses)) in zip(
        axes.T, found.items(), strict=True
    ):
        upper.plot(rates, decays, "o")
        upper.set(xscale="log", yscale="log")
        upper.set_title(f"{way}: {len({*rates.round(12)})} learning rates")
        lower.plot(*curve, ":", color="grey")
        lower.plot(rates, losses, "o", color="C0")
        lower.set(xlabel="learning rate")
    axes[0, 0].set(ylabel="weight decay")
    axes[1, 0].set(ylabel="validation loss")


def beliefs(
    line: np.ndarray, truth: np.ndarray, panels: Mapping[str, Panel], title: str
) -> None:
    """Draw one belief a panel, two in a row, each under its name.

    A panel is the trainings x and y, and mean and deviation along the line.
    """
    axes = _panels(-(-len(panels) // 2), 2, title, height=4.6, sharey=True)
    for ax, (name, each) in zip(axes.flat, panels.items(), strict=True):
        _belief(ax, line, truth, name, each)
        ax.set(xlabel="place in the range", ylabel="log loss + 0.5")
        ax.label_outer()


def choices(
    line: np.ndarray, truth: np.ndarray, panels: Mapping[str, Panel], title: str
) -> None:
    """Draw a belief in each column, and below it what it expects to gain.

    A panel is that of `beliefs` and the expected improvement (line,): its peak is
    marked.
    """
    axes = _panels(2, len(panels), title, height=4.2)
    for (upper, lower), (name, (*belief, gain)) in zip(
        axes.T, panels.items(), strict=True
    ):
        _belief(upper, line, truth, name, belief)
        lower.plot(line, gain, color="C2", linestyle="-")
        peak = line[gain.argmax()]
        lower.axvline(peak, color="black", linestyle="--", linewidth=1)
        lower.set(xlabel="place in the range")
    axes[0, 0].set(ylabel="log loss + 0.5")
    axes[1, 0].set(ylabel="expected improvement")


def _panels(
    rows: int, columns: int, title: str, height: float, sharey: Any = "row"
) -> Any:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        rows, columns, figsize=(7, height), sharex=True, sharey=sharey, squeeze=False
    )
    figure.suptitle(title)
    return axes


def _belief(
    ax: Axes, line: np.ndarray, truth: np.ndarray, name: str, panel: Panel
) -> None:
    x, y, mean, deviation = panel
    ax.fill_between(line, mean - 2 * deviation, mean + 2 * deviation, alpha=0.2)
    ax.plot(line, mean, color="C0", linestyle="-")
    ax.plot(line, truth, ":", color="grey")
    ax.plot(x, y, "o", color="C1")
    ax.set_title(name)


def so_far(losses: Mapping[str, np.ndarray], title: str) -> None:
    """Draw the best loss so far of each way, the mean of its (searches, trials)."""
    import matplotlib.pyplot as plt

    ax = plt.subplots()[1]
    for way, each in losses.items():
        lowest = np.minimum.accumulate(each, axis=1).mean(axis=0)
        ax.plot(range(1, len(lowest) + 1), lowest, label=way)
    ax.set(yscale="log", yticks=[0.2, 0.5, 1, 2], yticklabels=[0.2, 0.5, 1, 2])
    ax.minorticks_off()
    ax.set(xlabel="trainings", ylabel="best validation loss so far")
    ax.set(xticks=[1, 5, 10, 20], title=title)
    ax.legend()


def luck(
    counts: Sequence[int], found: Mapping[int, Sequence[float]], title: str
) -> None:
    """Draw by how much a chosen training looks too good, for each number of images.

    `found` holds points of accuracy, one for each of the counts to choose from.
    """
    import matplotlib.pyplot as plt

    ax = plt.subplots()[1]
    for (size, each), marker in zip(found.items(), "so^", strict=True):
        ax.plot(counts, each, marker=marker, label=f"{size} validation images")
    ax.axhline(0, color="grey", linewidth=1)
    ax.set(xlabel="trainings to choose from", xticks=counts)
    ax.set(ylabel="too good by (% points)", title=title)
    ax.legend()
