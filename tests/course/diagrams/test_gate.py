"""The schematic of lesson 29, looked at through what it draws."""

import io

import matplotlib.pyplot as plt
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
