"""The schematic of lesson 24, looked at through what it draws."""

import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch

from course.diagrams.hosting import jobs, paid

ARRIVALS = np.array([8, 15, 62, 70, 128, 150])
KEPT = np.array([(8, 30), (62, 85), (128, 148), (150, 170)])


@pytest.fixture
def ax():
    return paid(ARRIVALS, KEPT, end=200, start=5, every=60)


def test_a_job_begins_at_the_end_of_each_period_with_requests():
    assert jobs([8, 15, 130], 60, 5).tolist() == [[60, 65], [180, 185]]
    assert jobs([60], 60, 5).tolist() == [[120, 125]]


def test_it_says_what_is_paid_for(ax):
    shown = [text.get_text() for text in ax.texts]
    assert "real-time: 200 of 200 minutes" in shown
    assert "serverless: 0 of 200 minutes" in shown
    assert "asynchronous, scaled to zero: 85 of 200 minutes" in shown
    assert "batch, every 60 minutes: 15 of 200 minutes" in shown


def test_there_is_a_bar_for_each_span(ax):
    bars = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    assert len(bars) == 1 + len(ARRIVALS) + 4 + 3


def test_what_lies_beyond_the_end_is_not_drawn():
    ax = paid(ARRIVALS, KEPT, end=160, start=5, every=60)
    shown = [text.get_text() for text in ax.texts]
    assert "asynchronous, scaled to zero: 75 of 160 minutes" in shown
    assert "batch, every 60 minutes: 10 of 160 minutes" in shown


def test_every_text_can_be_read(ax, unreadable):
    assert unreadable(ax) == []
