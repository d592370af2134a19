"""Computation graphs, drawn: values go forward, gradients come back."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from course.autograd import Node, Real, history
from course.diagrams import INK, ROLES, arrow, box, canvas, note

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Place = tuple[float, float]
WIDTH, HEIGHT = 1.6, 1.3  # units of a box
STEP, ROW = 2.55, 2.1  # units from column to column, and from row to row
LEAST_GAP = 0.4  # between columns; slopes need twice as much
ASIDE, APART = 0.17, 0.33  # of two arrows of an edge, of two edges, from their middle
BOW = 2.2  # of an edge that passes by a column, away from the straight line


def draw(
    result: Node, title: str, gradients: bool = False, learned: Collection[Node] = ()
) -> Axes:
    """Draw how a number came about, from its starts on the left to itself.

    A box holds a node's label and value. With `gradients`, what `backward` left stands
    below it, and a second arrow leads back along each edge, with the slope. Any object
    with the attributes of a `Node` will do. Raises ValueError for a calculation of
    more steps than fit on a canvas.
    """
    places = layout(result, gradients)
    long = any(_is_long(places[p], at) for n, at in places.items() for p, _ in n.edges)
    highest = max(y for _, y in places.values())
    ax = canvas(highest + HEIGHT / 2 + (BOW / 2 if long else 0.2), title)
    for node, place in places.items():
        _box(ax, node, place, node in learned)
        if gradients:
            below = place[0], place[1] - HEIGHT / 2 - 0.3
            _number(ax, below, node.gradient, ROLES["wrong"].text)
    for node in places:
        parents = [parent for parent, _ in node.edges]
        for i, (parent, slope) in enumerate(node.edges):
            twins = parents.count(parent) > 1  # a value times itself: two edges
            side = (0, 1 - 2 * i)[twins]
            text = _short(slope, 2) if gradients else ""
            _edge(ax, places[parent], places[node], side, text)
    if gradients:
        _key(ax)
    return ax


def layout(result: Node, gradients: bool = False) -> dict[Node, Place]:
    """A centre for every node: parents left of their children, none on another."""
    columns, heights = _columns(result), _heights(result)
    last = max(columns.values())
    step = min(STEP, (12 - 0.3 - WIDTH) / max(last, 1))
    if step - WIDTH < LEAST_GAP * (1 + gradients):
        raise ValueError(
            f"the calculation takes {last} steps, which do not fit beside each other; "
            "draw a part of it"
        )
    right, low = 6 + step * last / 2, min(heights.values())
    bottom = HEIGHT / 2 + (1.35 if gradients else 0.2)
    return {
        node: (right - step * columns[node], bottom + ROW * (heights[node] - low))
        for node in columns
    }


def _columns(result: Node) -> dict[Node, int]:
    """How many steps the longest way from each node to the result has."""
    column = {result: 0}
    for node in history(result):
        for parent, _ in node.edges:
            column[parent] = max(column.get(parent, 0), column[node] + 1)
    return column


def _heights(result: Node) -> dict[Node, float]:
    """The row of each node: near those of its children, one apart in a column."""
    columns, wishes = _columns(result), {result: [0.0]}
    height: dict[Node, float] = {}
    for number in range(max(columns.values()) + 1):
        members = [node for node in columns if columns[node] == number]
        height |= _spaced({node: float(np.mean(wishes[node])) for node in members})
        for node in members:
            middle = (len(node.edges) - 1) / 2
            for i, (parent, _) in enumerate(node.edges):
                wishes.setdefault(parent, []).append(height[node] + middle - i)
    return height


def _spaced(wished: dict[Node, float]) -> dict[Node, float]:
    """Heights near the wished ones, at least one apart."""
    heights: dict[Node, float] = {}
    lowest = np.inf
    for node in sorted(wished, key=lambda node: -wished[node]):
        heights[node] = lowest = min(wished[node], lowest - 1)
    shift = np.mean(list(wished.values())) - np.mean(list(heights.values()))
    return {node: height + float(shift) for node, height in heights.items()}


def _box(ax: Axes, node: Node, at: Place, learned: bool) -> None:
    """What is given, learned or computed: the label above the value."""
    role = "compute" if node.edges else "learned" if learned else "data"
    box(ax, at, (WIDTH, HEIGHT), role=role)
    up = 0.28 if node.label else 0
    note(ax, (at[0], at[1] + up), node.label, ROLES[role].text, zorder=4)
    _number(ax, (at[0], at[1] - up), node.value, INK)


def _number(ax: Axes, at: Place, number: Real, colour: str) -> None:
    note(ax, at, _short(number), colour, fontweight="bold", zorder=4)


def _edge(ax: Axes, parent: Place, child: Place, side: int, text: str) -> None:
    """A way forward and, where there is a slope, one back beside it."""
    start, end = np.array(parent), np.array(child)
    up = _across(end - start)
    bow = (1 if parent[1] >= child[1] else -1) if _is_long(parent, child) else 0
    outer = side or bow or -1  # the way back is the outer one
    middle = side * (APART if text else APART / 2) * up
    aside = outer * ASIDE * up if text else 0 * up
    way = [start, end]
    if bow:
        way.insert(1, (start + end) / 2 + bow * BOW * up)
    way[0] = start + _reach(way[1] - start)
    way[-1] = end + _reach(way[-2] - end)
    arrow(ax, [tuple(point + middle - aside) for point in way])
    if text:
        arrow(ax, [tuple(point + middle + aside) for point in way[::-1]], "gradient")
        x, y = np.mean(way[:2], axis=0) + middle + aside + outer * 0.3 * up
        note(ax, (x, y), text, ROLES["wrong"].text)


def _is_long(parent: Place, child: Place) -> bool:
    """True for an edge that passes by a column."""
    return child[0] - parent[0] > 1.5 * STEP


def _across(way: np.ndarray) -> np.ndarray:
    """The direction to the left of a way, of length 1."""
    return np.array([-way[1], way[0]]) / np.linalg.norm(way)


def _reach(way: np.ndarray) -> np.ndarray:
    """From the centre of a box towards another place, to just outside its border."""
    shares = np.abs(way) / (WIDTH / 2, HEIGHT / 2)
    return way / shares.max() + 0.1 * way / np.linalg.norm(way)


def _key(ax: Axes) -> None:
    arrow(ax, [(2.6, 0.3), (3.8, 0.3)])
    note(ax, (4, 0.3), "value", ROLES["data"].text, ha="left")
    arrow(ax, [(7.2, 0.3), (6, 0.3)], "gradient")
    note(ax, (7.4, 0.3), "gradient, times the slope", ROLES["wrong"].text, ha="left")


def _short(number: Real, digits: int = 3) -> str:
    return f"{float(number):.{digits}g}".replace("-", "−")
