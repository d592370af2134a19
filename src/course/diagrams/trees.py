"""A decision tree, drawn: a box for each question and each answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from sklearn.tree import DecisionTreeClassifier

MOST_LEVELS = 2
LEAF = -1  # scikit-learn's mark of a node without children
TOP, STEP = 7.0, 2.75  # units: the first question, and from level to level
HEIGHT, ASK, ANSWER = 1.0, 2.4, 2.0  # of a box: height, width of the two kinds


def draw(
    grown: DecisionTreeClassifier,
    features: Sequence[str],
    classes: Sequence[str],
    title: str,
) -> Axes:
    """Draw a fitted tree of at most two levels with its thresholds; yes leads left.

    `features` and `classes` are the names of what it asks for and what it answers.
    Raises ValueError for a tree that is too deep to be read.
    """
    if grown.get_depth() > MOST_LEVELS:
        raise ValueError(
            f'the tree has "{grown.get_depth()}" levels, expected at most '
            f"{MOST_LEVELS}: grow it with max_depth={MOST_LEVELS}."
        )
    ax = diagrams.canvas(TOP + 1, title)
    _branch(ax, grown.tree_, 0, (diagrams.WIDTH / 2, TOP), features, classes)
    return ax


def _branch(ax: Axes, tree, node: int, at: diagrams.Place, features, classes) -> None:
    """A node, what is known of its points, and all that hangs from it."""
    x, y = at
    left, right = tree.children_left[node], tree.children_right[node]
    known = f"{tree.n_node_samples[node]} points\nGini {tree.impurity[node]:.2f}"
    if left == LEAF:
        answer = classes[tree.value[node][0].argmax()]
        diagrams.box(ax, at, (ANSWER, HEIGHT), answer, "data")
    else:
        name, threshold = features[tree.feature[node]], tree.threshold[node]
        diagrams.box(ax, at, (ASK, HEIGHT), f"{name} ≤ {threshold:.2f} ?", "gate")
        aside = diagrams.WIDTH / (4 if y == TOP else 8)
        for child, side, text in ((left, -1, "yes"), (right, 1, "no")):
            below = x + side * aside, y - STEP
            _lead(ax, at, below, text)
            _branch(ax, tree, child, below, features, classes)
    diagrams.note(ax, (x, y - HEIGHT / 2 - 0.6), known)


def _lead(ax: Axes, start: diagrams.Place, end: diagrams.Place, text: str) -> None:
    """An arrow from a question's side to what it leads to, and the answer given."""
    (x, y), (across, down) = start, end
    side = 1 if across > x else -1
    diagrams.arrow(ax, [(x + ASK / 2 * side, y), (across, y), (across, down + 0.55)])
    diagrams.note(ax, (across + 0.45 * side, y - 0.9), text)
