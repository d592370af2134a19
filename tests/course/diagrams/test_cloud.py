"""The schematics of the cloud lessons, looked at through what they draw."""

import numpy as np
import pytest
from matplotlib.patches import Circle, FancyArrowPatch

from course import diagrams
from course.diagrams import cloud

MONEY = diagrams.ROLES["money"].text


def texts(ax):
    return [text.get_text() for text in ax.texts]


def ways(ax):
    """First and last point of each arrow."""
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    return [
        (tuple(path[0]), tuple(path[-1]))
        for path in (arrow._path_original.vertices for arrow in arrows)
    ]


def test_each_text_of_a_job_can_be_read(unreadable):
    ax = cloud.job("train.py", ["train", "test"])
    assert unreadable(ax) == []
    said = " ".join(texts(ax))
    for word in ("train.npz", "input/data/test", "python train.py", "model.tar.gz"):
        assert word in said
    assert texts(ax).count("$") == 1


def test_no_arrow_of_a_job_leads_from_the_notebook_to_the_job():
    ax = cloud.job("train.py", ["train"])
    places = np.array(cloud.COLUMNS)
    columns = [[int(abs(places - x).argmin()) for x, _ in ends] for ends in ways(ax)]
    assert [0, 1] in columns and [1, 2] in columns and [2, 1] in columns
    assert [0, 2] not in columns and [2, 0] not in columns


@pytest.mark.parametrize("names", [("first", "second"), ("blue", "green")])
def test_an_update_pays_for_one_two_two_and_one_model(names, unreadable):
    ax = cloud.update(*names)
    assert unreadable(ax) == []
    coins = [text.get_position() for text in ax.texts if text.get_color() == MONEY]
    coins = [(x, y) for x, y in coins if y > 1]  # without the key below
    steps = [2 * (y < 5.2) + (x > 6.1) for x, y in coins]
    assert np.bincount(steps).tolist() == [1, 2, 2, 1]
    assert texts(ax).count(names[0]) == 4 and texts(ax).count(names[1]) == 3


def test_in_each_step_of_an_update_exactly_one_model_answers():
    ax = cloud.update("first", "second")
    answering = [t.get_position() for t in ax.texts if t.get_text() == "answers"]
    assert [2 * (y < 5.2) + (x > 6.1) for x, y in answering] == [0, 1, 2, 3]
    assert sum(isinstance(patch, Circle) for patch in ax.patches) >= 4
