"""The pictures of lesson 25: images, who asks whom, and which check finds what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 8  # letters of a digest
LEFT, RIGHT = 3.0, 9.0  # centres of the two columns
STEP = 1.45  # from a layer to the next


def image(digests: Mapping[str, str], layers: Sequence[str]) -> Axes:
    """Draw how an image's name leads to its layers, by digests alone.

    `digests` are those of `manifest`, `config` and each of the `layers`, lowest first;
    the last of these is what the container sees first.
    """
    high = 3.2 + STEP * max(2, len(layers))
    ax = diagrams.canvas(high, "An image is a list of digests")
    top = high - 0.8
    _blob(ax, (LEFT, top - 0.5), "manifest", digests["manifest"], "compute")
    _blob(ax, (LEFT, top - 3.0), "config", digests["config"], "gate")
    diagrams.arrow(ax, [(LEFT, top - 1.05), (LEFT, top - 2.45)], "control")
    diagrams.note(ax, (LEFT, top - 3.9), "what to start")
    places = [(RIGHT, 1.0 + STEP * row) for row in range(len(layers))]
    for (x, y), name in zip(places, layers, strict=True):
        _blob(ax, (x, y), name, digests[name], "data")
        ends = [(LEFT + 2.35, top - 0.5), (x - 2.4, y)]
        diagrams.arrow(ax, ends, "control")
    for (x, low), (_, y) in pairwise(places):
        diagrams.arrow(ax, [(x, low + 0.52), (x, y - 0.52)])
    diagrams.note(ax, (RIGHT, 0.2), "unpacked from below")
    return ax


def _blob(ax: Axes, at: diagrams.Place, name: str, digest: str, role: str) -> None:
    """A thing whose name is the digest of its bytes."""
    diagrams.box(ax, at, (4.6, 1.0), role=role)
    x, y = at
    diagrams.note(ax, (x, y + 0.2), name, diagrams.INK, **_bold(10))
    number = digest.partition(":")[2][:SHOWN]
    diagrams.note(ax, (x, y - 0.22), f"sha256:{number}…", family="monospace")


def asked(port: int) -> Axes:
    """Draw who begins: a container is asked at its port, a function asks for events."""
    ax = diagrams.canvas(8.7, "A container is asked; a function asks")
    for x, title in (
        (LEFT, "endpoint, ECS, Kubernetes,\nBeanstalk"),
        (RIGHT, "Lambda"),
    ):
        diagrams.note(ax, (x, 8.0), title, diagrams.INK, **_bold(10))
    for x, middle in ((LEFT, "load balancer"), (RIGHT, "Lambda service")):
        diagrams.box(ax, (x, 6.3), (4.2, 0.95), "requests", "data")
        diagrams.box(ax, (x, 4.0), (4.2, 0.95), middle, "gate")
        diagrams.box(ax, (x, 1.4), (4.2, 0.95), "serve.py", "compute")
        diagrams.arrow(ax, [(x, 5.8), (x, 4.5)])
    diagrams.arrow(ax, [(LEFT, 3.5), (LEFT, 1.9)])
    diagrams.note(ax, (LEFT + 0.2, 2.7), f"port {port}", ha="left")
    diagrams.arrow(ax, [(RIGHT - 0.7, 1.9), (RIGHT - 0.7, 3.5)], "control")
    diagrams.arrow(ax, [(RIGHT + 0.7, 3.5), (RIGHT + 0.7, 1.9)])
    diagrams.note(ax, (RIGHT - 0.9, 2.7), "next?", ha="right")
    diagrams.note(ax, (RIGHT + 0.9, 2.7), "one event", ha="left")
    money = diagrams.ROLES["money"].text
    for x, does, paid in (
        (LEFT, "listens", "paid while it is there"),
        (RIGHT, "listens nowhere", "paid while it works"),
    ):
        diagrams.note(ax, (x, 0.6), does)
        diagrams.note(ax, (x, 0.15), paid, money)
        diagrams.coin(ax, (x + 2.1, 1.85))
    return ax


def checked(found: np.ndarray, faults: Sequence[str], title: str) -> Axes:
    """Show which faults are found, (faults, 2), by types and by comparing."""
    ax = plt.subplots(figsize=(7, 3.4))[1]
    ax.imshow(found, cmap="Blues", vmin=0, vmax=2.5, aspect="auto")
    for (row, column), hit in np.ndenumerate(found):
        ax.text(column, row, "found" if hit else "missed", ha="center", va="center")
    ax.set_xticks([0, 1], ["types", "comparing"])
    ax.set_yticks(range(len(faults)), faults)
    ax.set(xlabel="check", ylabel="planted fault", title=title)
    ax.grid(visible=False)
    return ax


def _bold(size: float) -> dict[str, Any]:
    return {"fontsize": size, "fontweight": "bold"}
