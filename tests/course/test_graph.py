"""The drawing of a computation graph: nothing hidden, everything labelled."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course import graph, plots
from course.autograd import Node, backward, history, tanh


@pytest.fixture
def loss():
    w, x = Node(2.0, label="w"), Node(1.5, label="x")
    error = tanh(w * x + Node(-2.0, label="b")) - 1.0
    return error * error


def drawn(result, **options):
    figure, ax = plt.subplots(figsize=(7, 3))
    graph.draw(ax, result, **options)
    figure.canvas.draw()
    plt.close(figure)
    return figure, ax


def test_no_box_lies_on_another_and_parents_stand_left(loss):
    for result in (loss, loss * loss + loss, sum(Node(float(k)) for k in range(5))):
        places = graph.layout(result)
        assert set(places) == set(history(result))
        for (x0, y0), (x1, y1) in itertools.combinations(places.values(), 2):
            assert abs(x0 - x1) > graph.WIDTH or abs(y0 - y1) > graph.HEIGHT
        for node in places:
            assert all(places[parent][0] < places[node][0] for parent, _ in node.edges)


def test_every_box_has_label_and_value_and_every_arrow_its_slope(loss):
    backward(loss)
    texts = [text.get_text() for text in drawn(loss, gradients=True)[1].texts]
    assert {"w", "x", "b", "tanh", "×", "+", "−"} <= set(texts)
    assert "−0.3" in texts  # the gradient of w
    edges = sum(len(node.edges) for node in history(loss))
    named = sum(bool(node.label) for node in history(loss))
    assert len(texts) == named + 2 * len(history(loss)) + edges


def test_without_gradients_only_labels_and_values_are_drawn(loss):
    texts = [text.get_text() for text in drawn(loss)[1].texts]
    assert "0.0568" in texts or "0.0567" in texts or "0.0569" in texts
    assert len(texts) == 2 * len(history(loss)) - 1  # the constant has no label


def test_a_value_times_itself_has_two_arrows_apart():
    u = Node(3.0, label="u")
    backward(f := u * u)
    arrows = [p for p in drawn(f)[1].patches if hasattr(p, "get_connectionstyle")]
    bends = [arrow.get_connectionstyle().rad for arrow in arrows]
    assert len(bends) == 2 and bends[0] == -bends[1] != 0


def test_the_figure_describes_itself_as_complete(loss):
    figure, ax = drawn(loss)
    ax.set_title("A title")
    assert plots.describe(figure) == {
        "Title": "A title",
        "x": "off",
        "y": "off",
        "empty": "0",
    }
    assert np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all()
