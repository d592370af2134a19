"""The pictures of lesson 20, looked at through what it draws."""

import numpy as np
import pytest

from course.diagrams.spot import Span, interrupted, left_out, spans


@pytest.fixture
def ax():
    return interrupted(60, 20, [30, 80])


def test_without_a_checkpoint_each_interruption_takes_all():
    found = list(spans(60, 60, [30, 80]))
    assert found == [Span(0, 30, False), Span(30, 80, False), Span(80, 140, True)]


def test_with_checkpoints_only_the_rest_is_lost():
    found = list(spans(60, 20, [30, 80]))
    assert [span.kept for span in found] == [True, False, True, True]
    assert found[-1].end == 70


def test_the_minutes_kept_are_the_work_and_the_spans_leave_no_gap():
    rng = np.random.default_rng(0)
    for _ in range(50):
        breaks = np.cumsum(rng.exponential(9, size=20))
        found = list(spans(31, 4, breaks))
        assert sum(s.end - s.begin for s in found if s.kept) == pytest.approx(31)
        ends = [0.0, *(span.end for span in found)]
        assert [span.begin for span in found] == pytest.approx(ends[:-1])
        lost = [span.end for span in found if not span.kept]
        assert set(lost) <= set(breaks)


def test_it_tells_when_each_is_done(ax):
    shown = [text.get_text() for text in ax.texts]
    assert "no checkpoint: done after 140" in shown
    assert "a checkpoint every 20 minutes: done after 70" in shown
    assert shown.count("20") == 3 and "50" in shown


def test_every_text_can_be_read(ax, unreadable):
    assert unreadable(ax) == []


def test_what_lacks_nothing_is_marked_as_the_control():
    ax = left_out({"nothing": [0, 0], "the order": [0.2, 0.1]}, "Another training")
    assert [row.get_marker() for row in ax.lines] == ["D", "o"]
    assert ax.lines[1].get_xdata().tolist() == [0.2, 0.1]
    assert ax.get_title() == "Another training" and ax.yaxis_inverted()
