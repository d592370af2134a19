"""The drawing of a computation graph: nothing hidden, everything labelled."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from course import graph, plots
from course.autograd import Node, backward, history, tanh
from course.diagrams import ROLES


@pytest.fixture
def unit():
    """A weight, an input, and the loss of a unit that has them."""
    w, x = Node(2.0, label="w"), Node(0.5, label="x")
    error = tanh(w * x) - 1.0
    loss = error * error
    backward(loss)
    return w, x, loss


@pytest.fixture
def drawn():
    """Draw, and give the axes; the figure is closed afterwards."""

    def draw(result, **options):
        ax = graph.draw(result, "A claim", **options)
        ax.figure.canvas.draw()
        return ax

    yield draw
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


@pytest.fixture
def ways(monkeypatch):
    """The ways of the arrows that are drawn, from a list: their kinds and points."""
    seen = []

    def arrow(ax, points, kind="data"):
        seen.append((kind, np.array(points)))

    monkeypatch.setattr(graph, "arrow", arrow)
    return seen


def test_no_box_lies_on_another_and_parents_stand_left(unit):
    loss = unit[2]
    twice = loss + loss * 0.5
    for result in (loss, twice.edges[1][0], sum(Node(float(k)) for k in range(4))):
        places = graph.layout(result)
        assert set(places) == set(history(result))
        for (x0, y0), (x1, y1) in combinations(places.values(), 2):
            assert abs(x0 - x1) > graph.WIDTH or abs(y0 - y1) > graph.HEIGHT
        for node in places:
            assert all(places[parent][0] < places[node][0] for parent, _ in node.edges)


def test_every_box_has_label_value_gradient_and_every_edge_its_slope(unit, drawn):
    ax = drawn(unit[2], gradients=True)
    assert {"w", "x", "tanh", "×", "−", "−0.238", "−0.477", "−0.1"} <= set(texts(ax))
    nodes = history(unit[2])
    edges = sum(len(node.edges) for node in nodes)
    named = sum(bool(node.label) for node in nodes)
    assert len(texts(ax)) == named + 2 * len(nodes) + edges + 2  # and the key
    arrows = sum(isinstance(patch, FancyArrowPatch) for patch in ax.patches)
    assert arrows == 2 * edges + 2


def test_without_gradients_only_labels_and_values_are_drawn(unit, drawn):
    ax = drawn(unit[2])
    assert "0.0568" in texts(ax)
    nodes = history(unit[2])
    assert len(texts(ax)) == 2 * len(nodes) - 1  # the constant has no label
    arrows = sum(isinstance(patch, FancyArrowPatch) for patch in ax.patches)
    assert arrows == sum(len(node.edges) for node in nodes)


def test_a_gradient_goes_back_beside_each_value(unit, drawn, ways):
    drawn(unit[2], gradients=True)
    assert len(ways) == 2 * 7 + 2  # and the key
    for (kind, forward), (back, home) in zip(ways[::2], ways[1::2], strict=True):
        assert (kind, back) == ("data", "gradient")
        assert forward[0, 0] < forward[-1, 0] and home[0, 0] > home[-1, 0]
    starts = {tuple(points[0]) for _, points in ways}
    assert len(starts) == len(ways)  # a value times itself: two edges apart


def test_what_is_given_learned_and_computed_looks_different(unit, drawn):
    ax = drawn(unit[2], learned=[unit[0]])
    boxes = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    fills = [to_hex(box.get_facecolor()).upper() for box in boxes]
    expected = {"compute": 4, "learned": 1, "data": 2}  # t and x are given
    assert {role: fills.count(ROLES[role].fill) for role in expected} == expected


@pytest.mark.parametrize("gradients", [False, True])
def test_no_text_lies_on_another_or_leaves_the_canvas(unit, drawn, gradients):
    a, b = Node(2.0, label="a"), Node(-5.0, label="b")
    backward(twice := a * b + a)
    for result in (unit[2], twice):
        ax = drawn(result, gradients=gradients)
        places = [text.get_window_extent() for text in ax.texts if text.get_text()]
        assert not any(one.overlaps(other) for one, other in combinations(places, 2))
        canvas = ax.get_window_extent()
        assert all(canvas.count_contains(place.corners()) == 4 for place in places)


def test_slopes_of_a_value_times_itself_stand_on_two_sides(drawn):
    u = Node(3.0, label="u")
    backward(f := u * u)
    ax = drawn(f, gradients=True)
    slopes = [text for text in ax.texts if text.get_text() == "3"]
    above, below = (s.get_position()[1] for s in slopes if s.get_weight() != "bold")
    assert above > graph.layout(f, gradients=True)[u][1] > below


def test_an_edge_that_skips_a_step_goes_around_the_box_between(drawn, ways):
    a, b = Node(2.0, label="a"), Node(5.0, label="b")
    for result in (a * b + a, b * a + a):
        drawn(result)
        (long,) = [points for _, points in ways if len(points) == 3]
        at = np.concatenate([np.linspace(*ends) for ends in (long[:2], long[1:])])
        away = np.abs(at - graph.layout(result)[result.edges[0][0]])
        assert not np.all(away < (graph.WIDTH / 2, graph.HEIGHT / 2), axis=1).any()
        ways.clear()


def test_the_figure_describes_itself_as_complete(unit, drawn):
    ax = drawn(unit[2])
    expected = {"Title": "A claim", "x": "off", "y": "off", "empty": "0"}
    assert plots.describe(ax.figure) == expected


def test_a_calculation_of_too_many_steps_is_refused():
    u = Node(1.0)
    for _ in range(5):
        u = u + 1.0
    with pytest.raises(ValueError, match=r"5 steps, which do not fit .*draw a part"):
        graph.draw(u, "A claim", gradients=True)
