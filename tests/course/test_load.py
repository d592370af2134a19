"""Load: how much is asked in a phase, how long it lasts, and what is told of it."""

import threading
import time

import pytest

from course import load as loads


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(loads, "LOOKS", 0.05)


def test_a_phase_lasts_until_the_count_has_been_seen_for_its_seconds():
    seen = []

    def look(rate):
        seen.append(rate)
        return 2 if rate == 8 and seen.count(8) > 4 else 1

    load = loads.drive(lambda: None, look, [(5, 1, 1), (8, 2, 2)])
    assert load.failures == [] and {row.rate for row in load.looks} == {5, 8}
    assert load.looks[-1].instances == 2
    assert (len(load.answers) - 5) % 8 == 0 and len(load.answers) >= 21
    seconds = [second for second, _ in load.answers]
    assert seconds == sorted(seconds) and seconds[4] >= 0.75  # evenly


def test_a_phase_that_sees_no_such_count_ends_by_patience():
    load = loads.drive(lambda: None, lambda rate: 1, [(3, 9, 9)], patience=0.5)
    assert len(load.answers) == 3 and load.looks[-1].instances == 1


def test_requests_wait_beside_each_other_and_failures_are_kept():
    turn, number = threading.Lock(), iter(range(10))

    def ask():
        with turn:
            if next(number) == 3:
                raise ValueError("the fourth")
        time.sleep(0.3)

    load = loads.drive(ask, lambda rate: 1, [(10, 1, 1)])
    assert [str(error) for error in load.failures] == ["the fourth"]
    assert len(load.answers) == 9 and min(wait for _, wait in load.answers) >= 0.3


def test_what_looking_raises_is_raised():
    def look(rate):
        raise RuntimeError("blind")

    with pytest.raises(RuntimeError, match="blind"):
        loads.drive(lambda: None, look, [(2, 1, 1)])
