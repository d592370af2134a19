"""The schematic of lesson 13, looked at through what it draws."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from course.diagrams import transfer


@pytest.fixture
def drawn():
    ax = transfer.ways(5_832, 165)
    yield ax
    plt.close(ax.figure)


def dashed(ax):
    """How far left each gradient goes, from the row above to the one below."""
    arrows = [p for p in ax.patches if isinstance(p, FancyArrowPatch)]
    back = [p for p in arrows if p.get_linestyle() not in ("-", "solid")]
    return [p._path_original.vertices[:, 0].min() for p in back]


def test_each_way_says_how_many_weights_change(drawn):
    said = [text.get_text() for text in drawn.texts]
    assert said.count("165 weights change") == 1
    assert said.count("5,997 weights change") == 2


def test_the_gradient_stops_at_the_head_only_where_the_body_is_frozen(drawn):
    boxes = [p for p in drawn.patches if isinstance(p, FancyBboxPatch)]
    edges = sorted({round(box.get_x(), 3) for box in boxes})
    _, body, head = edges  # the left edges of x, body and head
    frozen, *others = dashed(drawn)
    assert frozen == pytest.approx(head)
    assert all(reach == pytest.approx(body) for reach in others)


@pytest.mark.parametrize("weights", [(5_832, 165), (3_371_024, 3_845), (1, 1)])
def test_each_text_can_be_read(weights, unreadable):
    ax = transfer.ways(*weights)
    assert unreadable(ax) == []
    plt.close(ax.figure)


@pytest.mark.parametrize(("weights", "named"), [((0, 5), "body"), ((5, 0), "head")])
def test_each_part_has_a_weight(weights, named):
    with pytest.raises(ValueError, match=f"the {named} has 0 weights"):
        transfer.ways(*weights)
