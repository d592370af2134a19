"""The schematics of lesson 08, looked at through what they draw."""

import numpy as np
import pytest
import torch
from matplotlib.patches import Circle

from course.diagrams import kernels

TABLE = [[1, 0, 3, 2], [4, 2, 1, 0], [0, 1, 0, 5], [2, 1, 1, 3]]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def numbers_at(ax, y):
    """The numbers written at this height, from left to right."""
    cells = [text for text in ax.texts if np.isclose(text.get_position()[1], y)]
    cells = [(text.get_position()[0], text.get_text()) for text in cells]
    return [float(t.replace("−", "-")) for _, t in sorted(cells) if t[-1].isdigit()]


@pytest.mark.parametrize(
    ("x", "w"), [([1, 3, 2, 0, 1, 4], [-1, 0, 1]), ([2, -1, 0, 5, 1], [0.5, 1, -2])]
)
def test_each_panel_has_the_outputs_of_pytorch(x, w, unreadable):
    ax = kernels.slide(x, w)
    assert unreadable(ax) == []
    signal, kernel = (torch.tensor(a, dtype=torch.float64)[None, None] for a in (x, w))
    for panel, (padding, stride) in enumerate([(0, 1), (1, 1), (1, 2)]):
        expected = torch.nn.functional.conv1d(
            signal, kernel, padding=padding, stride=stride
        )
        top = (3 - panel) * kernels.TALL - 0.8
        outputs = numbers_at(ax, top - kernels.ROWS[2])
        np.testing.assert_allclose(outputs, expected[0, 0])
        assert f"{len(x)} in, {len(outputs)} out" in texts(ax)


def test_pooling_shows_the_largest_of_each_block(unreadable):
    ax = kernels.pool(TABLE, 2, 3)
    assert unreadable(ax) == []
    right = [t for t in ax.texts if t.get_position()[0] > 7.5 < t.get_position()[1]]
    cells = [(-t.get_position()[1], t.get_position()[0], t.get_text()) for t in right]
    assert [text for *_, text in sorted(cells) if text.isdigit()] == [
        "4",
        "3",
        "2",
        "5",
    ]


@pytest.mark.parametrize("layers", [2, 3])
def test_a_cone_ends_in_as_many_dots_as_one_output_depends_on(layers):
    ax = kernels.pool(TABLE, 2, layers)
    for stride in (1, 2):
        x = torch.zeros(1, 1, 63, requires_grad=True)
        out = x
        for _ in range(layers):
            out = torch.nn.functional.conv1d(out, torch.ones(1, 1, 3), stride=stride)
        out[0, 0, 3].backward()
        assert f"one output sees {int((x.grad != 0).sum())} inputs" in texts(ax)
    dots = [patch.center for patch in ax.patches if isinstance(patch, Circle)]
    lowest = min(y for _, y in dots)
    written = [int(t.split()[3]) for t in texts(ax) if t.startswith("one output")]
    assert sum(np.isclose(y, lowest) for _, y in dots) == sum(written)
