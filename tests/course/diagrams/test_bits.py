"""The schematic of lesson 15, looked at through what it draws."""

import numpy as np
import pytest

from course import compress
from course.diagrams.bits import quantised

WEIGHTS = np.array([0.62, -0.11, 0.30, -0.85, 0.04])


@pytest.fixture
def ax():
    return quantised(WEIGHTS, *compress.quantise(WEIGHTS, 4), 4)


def texts(ax):
    return [text.get_text().replace("\N{MINUS SIGN}", "-") for text in ax.texts]


def test_it_shows_weights_integers_and_what_comes_back(ax):
    shown = texts(ax)
    q, scale = compress.quantise(WEIGHTS, 4)
    assert {f"{w:.2f}" for w in WEIGHTS} <= {*shown}
    assert {str(each) for each in q} <= {*shown}
    assert {f"{round(each, 10) + 0.0:.2f}" for each in q * scale} <= {*shown}


def test_it_tells_the_greatest_error_and_the_bits(ax):
    q, scale = compress.quantise(WEIGHTS, 4)
    worst = np.abs(q * scale - WEIGHTS).max()
    assert f"off by most: {worst:.2f}, at most half of {scale:.2f}" in texts(ax)
    assert "4 bits each" in texts(ax)


def test_every_text_can_be_read(ax, unreadable):
    assert unreadable(ax) == []
