"""The measured figures of lesson 26: what an endpoint and its monitor have seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = "os^vD"
OWN = ("requests", "latency (ms)", "5XX errors")  # of an endpoint, over each other


def green(rows: Sequence[np.ndarray], changes: float, title: str) -> Figure:
    """Draw requests, latency in microseconds and errors of each window.

    A line stands at `changes`, between two windows.
    """
    figure, axes = plt.subplots(3, 1, figsize=(7, 4.5), sharex=True)
    for ax, row, label in zip(axes, rows, OWN, strict=True):
        values = row / 1000 if "ms" in label else row
        ax.plot(range(1, len(row) + 1), values, "o-")
        ax.set(ylabel=label, ylim=(0, None if values.any() else 10))
        ax.axvline(changes, color="grey", linestyle=":")
    axes[-1].set(xlabel="window of five minutes")
    axes[0].set_title(title)
    return figure


def gaps(samples: Mapping[str, Mapping[str, np.ndarray]], title: str) -> Figure:
    """Draw the distribution functions of each signal, a panel each.

    `samples` holds values by signal for each sample; the widest gap between the first
    and the last of them is a bar.
    """
    first, *_, last = samples.values()
    signals = ("confidence", "ink")
    figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.2), sharey=True)
    for ax, name in zip(axes, signals, strict=True):
        for label, sample in samples.items():
            ax.ecdf(sample[name], label=label)
        at, low, high = widest(first[name], last[name])
        ax.vlines(at, low, high, color="black", lw=3)
        ax.set(xlabel=name, ylabel="share that is at most this")
    axes[0].legend(loc="upper left")
    figure.suptitle(title)
    return figure


def widest(one: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """Where two distribution functions are farthest apart, and their values there."""
    at = np.sort(np.concatenate([one, other]))
    shares = [np.searchsorted(np.sort(x), at, "right") / len(x) for x in (one, other)]
    most = np.abs(shares[0] - shares[1]).argmax()
    return float(at[most]), float(shares[0][most]), float(shares[1][most])


def by_size(
    sizes: Sequence[int], rows: Mapping[str, Sequence[float]], up: str, title: str
) -> Axes:
    """Draw a line for each name over the letters in a window, a logarithmic axis."""
    ax = plt.subplots()[1]
    for (label, row), marker in zip(rows.items(), MARKERS, strict=False):
        ax.plot(sizes, row, marker=marker, label=label)
    ax.set(xscale="log", xlabel="letters in a window", ylabel=up, title=title)
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.minorticks_off()
    ax.legend()
    return ax


def alarms(
    seen: Mapping[str, np.ndarray], right: Mapping[str, float], title: str
) -> Axes:
    """Show the share of windows in which class, confidence and ink alarm, by case.

    `right` is the accuracy in each case.
    """
    ax = plt.subplots(figsize=(6, 3.8))[1]
    table = np.array(list(seen.values()))
    ax.imshow(table, cmap="Blues", vmin=0, vmax=1.3, aspect="auto")
    for (row, column), share in np.ndenumerate(table):
        ink = "white" if share > 0.8 else "black"
        ax.text(column, row, f"{share:.0%}", color=ink, ha="center", va="center")
    ax.set_xticks(range(3), ["class", "confidence", "ink"])
    ax.set_yticks(range(len(seen)), [f"{x} ({right[x]:.0%} right)" for x in seen])
    ax.set(xlabel="signal: share of windows that alarm", ylabel="what changes")
    ax.set_title(title)
    ax.grid(False)
    return ax


def judged(bars: Mapping[int, np.ndarray], changes: float, title: str) -> Axes:
    """Draw share, lower and upper end (3, windows) for each number of labels."""
    ax = plt.subplots()[1]
    for (labels, (share, low, high)), marker, shift in zip(
        bars.items(), MARKERS, (-0.1, 0.1), strict=False
    ):
        at, ends = np.arange(1, len(share) + 1) + shift, [share - low, high - share]
        label = f"{labels} labels"
        ax.errorbar(at, share, ends, fmt=marker, capsize=3, label=label)
    ax.axvline(changes, color="grey", linestyle=":")
    ax.set(xlabel="window", ylabel="accuracy, with Wilson's interval", ylim=(0, 1.05))
    ax.set_title(title)
    ax.legend(loc="lower left")
    return ax


def surprises(
    rows: Mapping[str, np.ndarray], level: float, states: Sequence[str], title: str
) -> Axes:
    """Draw how surprising each signal is by window, and shade where the alarm rings."""
    ax = plt.subplots()[1]
    for (name, row), marker in zip(rows.items(), MARKERS, strict=False):
        ax.plot(range(1, len(row) + 1), row, marker=marker, label=name)
    ax.axhline(-np.log10(level), color="grey", linestyle=":", label="threshold")
    first = [*states, "ALARM"].index("ALARM") + 1
    ax.axvspan(first - 0.5, len(states) + 0.5, color="0.9", zorder=0, label="ALARM")
    ax.set(xlabel="window", ylabel="surprise: $-\\log_{10} p$", yscale="symlog")
    ax.set_title(title)
    ax.legend(loc="upper left", ncols=2)
    return ax
