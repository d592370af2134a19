"""The picture of a decision tree, looked at through what it draws."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch
from sklearn.tree import DecisionTreeClassifier

from course import diagrams, plots
from course.diagrams import trees

X = np.array([[0, 0], [0, 0], [0, 1], [1, 0], [1, 0], [1, 1.0]])
NAMES = ["$x_1$", "$x_2$"], ["flat", "hump"]


def drawn(y, depth=2):
    """The axes with the tree for these labels; the caller closes them."""
    grown = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, y)
    return trees.draw(grown, *NAMES, title="Two questions, three answers")


@pytest.fixture
def ax():
    ax = drawn([0, 0, 0, 1, 1, 0])
    yield ax
    plt.close(ax.figure)


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_each_question_and_each_answer_is_a_box_with_the_trees_numbers(ax):
    found = texts(ax)
    assert "$x_1$ ≤ 0.50 ?" in found and "$x_2$ ≤ 0.50 ?" in found
    assert found.count("flat") == 2 and found.count("hump") == 1
    assert "6 points\nGini 0.44" in found and "3 points\nGini 0.44" in found
    assert sum(isinstance(patch, FancyBboxPatch) for patch in ax.patches) == 5


def test_yes_leads_to_the_left_and_no_to_the_right(ax):
    across = {text.get_text(): text.get_position()[0] for text in ax.texts}
    first, second = across["$x_1$ ≤ 0.50 ?"], across["$x_2$ ≤ 0.50 ?"]
    assert first < across["hump"] < second  # of x_1 = 1, of x_2 = 0
    said = [text for text in ax.texts if text.get_text() in ("yes", "no")]
    sides = [text.get_position()[0] for text in said]  # a level after the other
    assert [text.get_text() for text in said] == ["yes", "no"] * 2
    assert sides[0] < first < sides[1] and sides[2] < second < sides[3]


def test_a_question_decides_and_an_answer_is_data(ax):
    colours = {
        text.get_text(): patch.get_facecolor()
        for patch in ax.patches
        if isinstance(patch, FancyBboxPatch)
        for text in ax.texts
        if text.get_position() == pytest.approx(centre(patch))
    }
    faces = {
        role: plt.matplotlib.colors.to_rgba(diagrams.ROLES[role].fill)
        for role in ("gate", "data")
    }
    assert colours["$x_1$ ≤ 0.50 ?"] == faces["gate"]
    assert colours["hump"] == faces["data"]


def centre(patch):
    return (
        patch.get_x() + patch.get_width() / 2,
        patch.get_y() + patch.get_height() / 2,
    )


def test_no_two_texts_meet_and_the_title_is_told(ax):
    renderer = ax.figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in ax.texts]
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[:i])
    assert plots.describe(ax.figure)["Title"] == "Two questions, three answers"


def test_a_full_tree_of_two_levels_has_four_answers():
    ax = drawn([0, 0, 1, 1, 1, 0])
    assert texts(ax).count("flat") + texts(ax).count("hump") == 4
    plt.close(ax.figure)


def test_a_deeper_tree_is_refused():
    grown = DecisionTreeClassifier(random_state=0)
    grown.fit(np.arange(8)[:, None], [0, 0, 1, 1, 2, 2, 3, 3])
    with pytest.raises(ValueError, match=r'the tree has "3" levels.*max_depth=2'):
        trees.draw(grown, ["x"], ["0", "1", "2", "3"], title="Too deep")
