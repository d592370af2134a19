"""The schematic of lesson 11, looked at through what it draws."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image
from sklearn import metrics as sk

from course import diagrams, plots
from course.diagrams import confusion

TABLE = np.array([[862, 40], [45, 53]])


@pytest.fixture
def drawn():
    ax = confusion.four_counts(TABLE)
    yield ax
    plt.close(ax.figure)


def said(ax):
    return [text.get_text() for text in ax.texts]


def test_the_four_counts_stand_with_their_names_where_the_table_has_them(drawn):
    places = {text.get_text(): text.get_position() for text in drawn.texts}
    for names, counts in zip(confusion.NAMES, TABLE, strict=True):
        for (name, words), count in zip(names, counts, strict=True):
            x, y = places[str(count)]
            assert places[name] == (x, y + 0.58) and places[words] == (x, y - 0.58)
    assert places["862"][0] < places["40"][0] and places["862"][1] > places["45"][1]


def test_the_fractions_are_scikit_learns(drawn):
    y = np.repeat([0, 0, 1, 1], TABLE.ravel())
    guess = np.repeat([0, 1, 0, 1], TABLE.ravel())
    expected = {
        "accuracy": sk.accuracy_score(y, guess),
        "precision": sk.precision_score(y, guess),
        "recall": sk.recall_score(y, guess),
        "specificity": sk.recall_score(y, guess, pos_label=0),
        "F1": sk.f1_score(y, guess),
    }
    words = said(drawn)
    for name, value in expected.items():
        assert words[words.index(name) + 2] == f"{value:.2f}"


def test_a_metric_marks_the_cells_that_it_reads(drawn):
    cells = [p for p in drawn.patches if type(p).__name__ == "Rectangle"]
    hatched = np.reshape([p.get_hatch() == "////" for p in cells], (5, 2, 2))
    teal = plt.matplotlib.colors.to_rgba(diagrams.ROLES["compute"].line)
    filled = np.reshape([p.get_facecolor() == teal for p in cells], (5, 2, 2))
    for metric, full, dashed in zip(confusion.METRICS, filled, hatched, strict=True):
        assert np.array_equal(full, np.array(metric.above) > 0)
        assert np.array_equal(full | dashed, np.array(metric.below) > 0)


@pytest.mark.parametrize("table", [TABLE, TABLE * 10, [[900, 0], [100, 0]]], ids=str)
def test_each_text_can_be_read(table, unreadable):
    assert unreadable(confusion.four_counts(table)) == []


def test_what_divides_by_nothing_says_so():
    ax = confusion.four_counts([[900, 0], [100, 0]])
    assert said(ax).count("0 / 0") == 2


def test_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"shape \(3, 3\), expected \(2, 2\)"):
        confusion.four_counts(np.eye(3))


def test_it_is_a_small_sharp_picture_with_a_palette(drawn):
    png = plots.small_png(drawn.figure)
    assert Image.open(io.BytesIO(png)).mode == "P" and len(png) < 30_000
