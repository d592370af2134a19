"""The figures of lesson 29, looked at through what they draw."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from course import plots
from course.diagrams import gate


@pytest.fixture
def drawn():
    ax = gate.pipeline(-0.7412, 0.0139, 2)
    yield ax
    plt.close(ax.figure)


def test_the_numbers_of_the_report_and_of_the_gate_are_those_given(drawn):
    said = [text.get_text() for text in drawn.texts]
    assert "gain \N{MINUS SIGN}0.741\n± 0.014" in said
    assert "above 2\nerrors?" in said


def test_a_model_goes_from_the_gate_through_the_registry_to_the_endpoint(drawn):
    at = {text.get_text(): text.get_position() for text in drawn.texts}
    way = ["above 2\nerrors?", "registry", "go live?", "endpoint"]
    across = [at[name][0] for name in way]
    assert across == sorted(across, reverse=True)
    assert len({at[name][1] for name in way}) == 1


@pytest.mark.parametrize("report", [(-0.7412, 0.0139, 2), (0.05, 0.0001, 1.5)])
def test_each_text_can_be_read(report, unreadable):
    assert unreadable(gate.pipeline(*report)) == []


def test_it_is_a_small_sharp_picture_with_a_palette(drawn):
    png = plots.small_png(drawn.figure)
    assert Image.open(io.BytesIO(png)).mode == "P" and len(png) < 30_000


def test_each_set_has_a_bar_of_each_model_with_its_accuracy():
    read = {"held out": [0.02, 0.9], "kept apart": [0.72, 0.01]}
    ax = gate.accuracies(["present", "new"], read, "A title")
    old, new = ax.containers[:2]
    assert [bar.get_height() for bar in old] == [0.02, 0.72]
    assert [bar.get_height() for bar in new] == [0.9, 0.01]
    assert {bar.get_hatch() for bar in old} != {bar.get_hatch() for bar in new}
    assert [text.get_text() for text in ax.texts] == ["0.02", "0.72", "0.90", "0.01"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [*read]
    plt.close(ax.figure)


def test_what_was_drawn_is_points_and_the_formula_lines_of_one_colour():
    gains = np.array([-0.01, 0.0, 0.02])
    drawn, formula = [gains + 0.5, gains + 0.2], [gains + 0.6, gains + 0.3]
    ax = gate.chances(gains, drawn, formula, "A title")
    points, line = ax.lines[2:]
    np.testing.assert_allclose(points.get_xydata()[:, 0], [-1, 0, 2])
    np.testing.assert_array_equal(points.get_ydata(), drawn[1])
    np.testing.assert_array_equal(line.get_ydata(), formula[1])
    assert points.get_color() == line.get_color() != ax.lines[0].get_color()
    assert (line.get_marker(), line.get_linestyle()) == ("None", "--")
    assert [text.get_text() for text in ax.get_legend().texts] == ["0", "1"]
    plt.close(ax.figure)


def test_years_of_one_margin_look_alike_and_the_truth_lies_across():
    scores = {0: np.array([[0.7, 0.8], [0.7, 0.9]]), 2: np.array([[0.7, 0.6]])}
    ax = gate.years(scores, 0.75, "A title")
    first, second, other, truth = ax.lines
    np.testing.assert_allclose(second.get_ydata(), [70, 90])
    assert first.get_color() == second.get_color() != other.get_color()
    assert first.get_linestyle() != other.get_linestyle()
    assert set(truth.get_ydata()) == {75}
    said = [text.get_text() for text in ax.get_legend().texts]
    assert said == ["margin of 0", "margin of 2", "truth, of each model"]
    plt.close(ax.figure)
