"""Computation graphs, drawn: a box for each value, an arrow for each slope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.autograd import Node, Real, history

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import FancyBboxPatch

FORWARD, BACKWARD = "#0072B2", "#D55E00"  # blue and vermilion of the shared style
WIDTH, HEIGHT, STRIDE = 1.0, 0.82, 1.75  # of a box; from column to column


def draw(ax: Axes, result: Node, gradients: bool = False) -> None:
    """Draw how a number came about, from its starts on the left to itself.

    A box holds a node's label and value. With `gradients` it also holds the gradient
    that `backward` left, and each arrow its slope. Any object with the attributes of
    a `Node` will do.
    """
    places, boxes = layout(result), {}
    for node, (x, y) in places.items():
        boxes[node] = _box(ax, x, y)
        _fill(ax, node, x, y, gradients)
    for node, box in boxes.items():
        parents = [parent for parent, _ in node.edges]
        for i, (parent, slope) in enumerate(node.edges):
            columns = (places[node][0] - places[parent][0]) / STRIDE
            twins = parents.count(parent) > 1  # a value times itself: two arrows
            bend = 0.35 * (-1) ** (i + 1) if twins or columns > 1.5 else 0.0
            _arrow(ax, boxes[parent], box, bend, _short(slope) if gradients else "")
    ax.autoscale_view()
    ax.set_aspect("equal")
    ax.axis("off")


def layout(result: Node) -> dict[Node, tuple[float, float]]:
    """A place for every node: parents left of their children, none on another."""
    column, wishes = {result: 0}, {result: [0.0]}
    nodes = history(result)
    for node in nodes:
        for parent, _ in node.edges:
            column[parent] = max(column.get(parent, 0), column[node] + 1)
    height: dict[Node, float] = {}
    for number in range(max(column.values()) + 1):
        members = [node for node in nodes if column[node] == number]
        height |= _spaced({node: float(np.mean(wishes[node])) for node in members})
        for node in members:
            middle = (len(node.edges) - 1) / 2
            for i, (parent, _) in enumerate(node.edges):
                wishes.setdefault(parent, []).append(height[node] + middle - i)
    return {node: (-STRIDE * column[node], height[node]) for node in nodes}


def _spaced(wished: dict[Node, float]) -> dict[Node, float]:
    """Heights near the wished ones, at least one apart."""
    heights: dict[Node, float] = {}
    lowest = np.inf
    for node in sorted(wished, key=lambda node: -wished[node]):
        heights[node] = lowest = min(wished[node], lowest - 1)
    shift = np.mean(list(wished.values())) - np.mean(list(heights.values()))
    return {node: height + float(shift) for node, height in heights.items()}


def _box(ax: Axes, x: float, y: float) -> FancyBboxPatch:
    from matplotlib.patches import FancyBboxPatch

    box = FancyBboxPatch(
        (x - WIDTH / 2, y - HEIGHT / 2),
        WIDTH,
        HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.12",
        facecolor="white",
        edgecolor=FORWARD,
        linewidth=1.2,
        zorder=2,
    )
    ax.add_patch(box)
    return box


def _fill(ax: Axes, node: Node, x: float, y: float, gradients: bool) -> None:
    """One below the other: label, value, gradient."""
    lines = [(node.label, "black", "bold"), (_short(node.value), FORWARD, "normal")]
    lines = lines[not node.label :]
    if gradients:
        lines.append((_short(node.gradient), BACKWARD, "normal"))
    for i, (line, colour, weight) in enumerate(lines):
        up = 0.25 * ((len(lines) - 1) / 2 - i)
        style: dict[str, Any] = {"fontsize": 8, "color": colour, "weight": weight}
        ax.text(x, y + up, line, ha="center", va="center", zorder=3, **style)


def _arrow(ax: Axes, start, end, bend: float, text: str) -> None:
    from matplotlib.patches import FancyArrowPatch

    (x0, y0), (x1, y1) = (
        (box.get_x() + WIDTH / 2, box.get_y() + HEIGHT / 2) for box in (start, end)
    )
    arrow = FancyArrowPatch(
        (x0, y0),
        (x1, y1),
        patchA=start,
        patchB=end,
        connectionstyle=f"arc3,rad={bend}",
        arrowstyle="-|>",
        mutation_scale=11,
        color="0.35",
    )
    ax.add_patch(arrow)
    if text:
        side = -1 if bend > 0 else 1  # beside the arrow: below it if that is outside
        x = (x0 + x1 + bend * (y1 - y0)) / 2
        y = (y0 + y1 - bend * (x1 - x0)) / 2 + 0.17 * side
        style: dict[str, Any] = {"fontsize": 8, "color": BACKWARD, "style": "italic"}
        ax.text(x, y, text, ha="center", va="center", zorder=3, **style)


def _short(number: Real) -> str:
    return f"{float(number):.3g}".replace("-", "−")
