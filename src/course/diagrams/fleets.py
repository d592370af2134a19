"""The measured figures of lesson 28: what fleets cost, how long requests wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES = ("--", ":", "-")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)))
POINTS = (("o", "C0"), ("s", "grey"))
EACH = 10  # requests a second that an instance answers
UNTIL = 30  # days of a month
LOADS = np.linspace(0.02, 0.95, 94)  # that a curve of waits goes over


def day(
    hour: np.ndarray,
    rate: np.ndarray,
    fleets: Mapping[str, np.ndarray],
    mean: str,
    title: str,
) -> Axes:
    """Draw requests a second (n,) over the hours, and what each fleet can answer.

    `fleets` are instances (n,); what lies above the one called `mean` is hatched.
    """
    ax = plt.subplots()[1]
    ax.plot(hour, rate, color="black", label="requests")
    for (name, count), style in zip(fleets.items(), STYLES, strict=True):
        ax.step(hour, EACH * count, style, label=name)
    low = EACH * fleets[mean]
    ax.fill_between(
        hour, low, rate, where=rate > low, hatch="//", alpha=0.2, color="C1"
    )
    ax.set(xlabel="hour of the day", ylabel="requests a second", ylim=(0, 160))
    ax.set_title(title)
    ax.legend(loc="upper left")
    return ax


def waiting(
    mean_wait: Callable[[float, int], float],
    servers: Mapping[str, int],
    loads: np.ndarray,
    found: Mapping[str, Sequence[float] | np.ndarray],
    title: str,
) -> Axes:
    """Draw mean waits over the load: those that were found stand at `loads`.

    `mean_wait` gives the wait from load and servers; each of `servers` has a curve.
    """
    ax = plt.subplots()[1]
    for (label, count), style in zip(servers.items(), DASHES, strict=False):
        curve = [mean_wait(load, count) for load in LOADS]
        ax.plot(LOADS, curve, linestyle=style, label=label)
    for (label, waits), (point, color) in zip(found.items(), POINTS, strict=True):
        ax.plot(loads, waits, point, color=color, label=label)
    ax.set(xlabel="load", ylabel="mean wait (services)", ylim=(-0.5, 13), title=title)
    ax.legend(loc="upper left")
    return ax


def ways(
    used: np.ndarray,
    dollars: Mapping[str, np.ndarray],
    crossings: Mapping[float, float],
    title: str,
) -> Axes:
    """Draw the dollars of a month over the hours used, and mark where ways cross."""
    ax = plt.subplots()[1]
    for (name, row), style in zip(dollars.items(), DASHES, strict=True):
        ax.plot(used, row, linestyle=style, label=name)
    for hours, y in crossings.items():
        ax.plot(hours, y, "o", color="black")
        ax.annotate(f"{hours:.0f} h", (hours, y), (hours - 75, y + 4))
    ax.set(xlabel="hours used in the month", ylabel="dollars a month", ylim=(0, 120))
    ax.set_title(title)
    ax.legend(loc="upper left", ncols=2)
    return ax


def plans(curves: Mapping[float, np.ndarray], mean: float, title: str) -> Axes:
    """Draw dollars an hour over the instances in a plan, by discount; mark the least.

    A line stands at the `mean` need.
    """
    ax = plt.subplots()[1]
    for (discount, row), style in zip(curves.items(), DASHES, strict=False):
        best = int(row.argmin())
        label = f"{discount:.0%} off: {best}"
        ax.plot(row, marker="o", linestyle=style, markevery=[best], label=label)
    ax.axvline(mean, linestyle=":", color="grey", label="mean need")
    ax.set(xlabel="instances in the plan", ylabel="dollars an hour", title=title)
    ax.legend()
    return ax


def counts(hour: np.ndarray, rows: Mapping[str, np.ndarray], title: str) -> Axes:
    """Draw instances (n,) over the hours as steps: two fleets, and what is needed."""
    ax = plt.subplots()[1]
    for (name, row), style in zip(rows.items(), (":", "-", "--"), strict=True):
        ax.step(hour, row, style, where="post", label=name)
    ax.set(xlabel="hour of the day", ylabel="instances", ylim=(0, 26), title=title)
    ax.legend(loc="upper center", ncols=3)
    return ax


def driven(
    looks: Sequence[tuple[float, int, int]],
    answers: Sequence[tuple[float, float]],
    title: str,
) -> Figure:
    """Draw what a load asked and could be answered, and how long each answer took.

    `looks` are seconds, requests a second and instances; `answers` seconds, and how
    many it took.
    """
    figure, (above, below) = plt.subplots(2, 1, sharex=True, figsize=(7, 4.4))
    seconds, rates, counts = np.array(looks).T
    above.step(seconds, rates, "--", where="post", label="asked")
    above.step(seconds, EACH * counts, "-", where="post", label="could be answered")
    above.set(ylabel="requests a second", ylim=(0, 25))
    above.legend(loc="upper left")
    below.plot(*np.array(answers).T, ".", markersize=4)
    below.set(xlabel="seconds", ylabel="answered after (s)", ylim=(0, None))
    figure.suptitle(title)
    return figure


def ahead(sums: np.ndarray, found: Sequence[float], budget: float, title: str) -> Axes:
    """Draw what is spent by day, the forecast (total, low, high), and a budget."""
    total, low, high = found
    ax, days = plt.subplots()[1], [len(sums), UNTIL]
    ax.plot(range(1, len(sums) + 1), sums, linewidth=3, label="spent")
    ax.plot(days, [sums[-1], total], "--", color="C1", label="forecast")
    ax.fill_between(days, [sums[-1], low], [sums[-1], high], alpha=0.2, color="C1")
    ax.axhline(budget, linestyle=":", color="black", label=f"budget: ${budget:.0f}")
    ax.set(xlabel="day of the month", ylabel="dollars", ylim=(0, 750), xlim=(1, UNTIL))
    ax.set_title(title)
    ax.legend(loc="upper left")
    return ax
