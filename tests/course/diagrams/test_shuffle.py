"""The schematic of lesson 23, looked at through what it draws."""

import pytest

from course import diagrams
from course.diagrams.shuffle import shuffle


@pytest.fixture
def ax():
    return shuffle([250_000, 250_000, 250_000, 249_999], [199, 198, 197, 196], [51, 48])


def test_every_number_is_written(ax):
    shown = [text.get_text() for text in ax.texts]
    assert shown.count("250,000 rows") == 3 and "249,999 rows" in shown
    assert {"199 sums", "196 sums", "51 shops", "48 shops"} <= {*shown}


def test_every_map_sends_to_every_worker(ax):
    first = [p for p in ax.patches if getattr(p, "get_arrowstyle", None)]
    assert len(first) == 4 + 4  # from the files, and to the framed worker
    assert len(ax.lines) == 4  # to the other
    assert {line.get_color() for line in ax.lines} == {diagrams.ROLES["data"].line}


def test_every_text_can_be_read(ax, unreadable):
    assert unreadable(ax) == []
