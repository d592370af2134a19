"""The schematics of lesson 22, looked at through what they draw."""

import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from course import parallel
from course.diagrams import machines


@pytest.fixture
def ring():
    return machines.ring(parallel.ring(np.ones((4, 4)))[1])


@pytest.fixture
def cuts():
    return machines.cuts()


def patches(ax, kind):
    return [patch for patch in ax.patches if type(patch) is kind]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_four_gradients_of_four_parts_end_in_every_cell(ring):
    shown = texts(ring)
    assert len(patches(ring, FancyBboxPatch)) == 6 * 16
    # the number of step 4, one four for each worker after step 3, two more each time
    assert shown.count("4") == 1 + 4 + 8 + 12 + 16
    assert shown.count("add") == shown.count("pass on") == 3


def test_each_step_frames_what_arrived_at_each_worker(ring):
    framed = patches(ring, Rectangle)
    assert len(framed) == 6 * 4
    columns = {round(patch.get_x(), 3) for patch in framed}
    assert len(columns) == 3 * 4  # in the panels of both rows alike


def test_another_number_of_workers_is_refused():
    with pytest.raises(ValueError, match=r"shape \(5, 3, 3\), expected \(7, 4, 4\)"):
        machines.ring(parallel.ring(np.ones((3, 3)))[1])


def test_only_the_cut_of_the_data_leaves_every_weight_on_both_machines(cuts):
    purple = [
        patch
        for patch in patches(cuts, FancyBboxPatch)
        if patch.get_linewidth() == 1.6 and patch.get_width() < 0.5
    ]
    area = np.zeros(3)
    for patch in purple:
        middle = patch.get_x() + patch.get_width() / 2
        panel = int((middle - machines.LEFT + machines.PANEL / 2) // machines.PANEL)
        area[panel] += patch.get_height()
    assert np.allclose(area / area[0], [1, 0.5, 0.5])
    assert len(patches(cuts, FancyArrowPatch)) == 2 * (1 + 1 + 4)


@pytest.mark.parametrize("name", ["ring", "cuts"])
def test_every_text_can_be_read(name, unreadable, request):
    assert unreadable(request.getfixturevalue(name)) == []
