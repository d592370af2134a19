"""The clock calls what is due, in order, and can be moved forward."""

import threading
import time

import pytest

from localaws.api.clock import Clock


@pytest.fixture
def clock():
    clock = Clock()
    yield clock
    clock.stop()


def test_it_tells_the_machines_time(clock):
    assert abs(clock.now() - time.time()) < 0.05


def test_what_is_due_is_called_by_itself(clock):
    called = threading.Event()
    clock.at(clock.now() + 0.05, called.set)
    assert not called.is_set()
    assert called.wait(5)
    past = threading.Event()
    clock.at(clock.now() - 100, past.set)
    assert past.wait(5)


def test_moved_forward_it_stops_at_each_moment_in_order(clock):
    begun, seen = clock.now(), []

    def every_minute():
        seen.append(round(clock.now() - begun))
        clock.at(clock.now() + 60, every_minute)

    clock.at(begun + 60, every_minute)
    clock.at(begun + 90, lambda: seen.append("between"))
    assert clock.advance(200) - begun >= 200
    assert seen == [60, "between", 120, 180]
    assert abs(clock.now() - begun - 200) < 1


def test_one_that_is_taken_back_is_not_called(clock):
    called = []
    clock.at(clock.now() + 10, lambda: called.append(1)).cancel()
    clock.advance(20)
    assert not called


def test_a_failure_stops_nobody_else(clock):
    called = []
    clock.at(clock.now() + 10, lambda: 1 / 0)
    clock.at(clock.now() + 11, lambda: called.append(1))
    clock.advance(20)
    assert called == [1]


def test_calls_of_many_threads_come_one_at_a_time(clock):
    inside, most = [], []

    def slow():
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.001)
        inside.pop()

    def plan():
        for number in range(20):
            clock.at(clock.now() + number, slow)

    threads = [threading.Thread(target=plan) for _ in range(4)]
    threads += [threading.Thread(target=clock.advance, args=(5,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.advance(30)
    assert len(most) == 80
    assert set(most) == {1}


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_time_does_not_go_back(clock, seconds):
    with pytest.raises(ValueError, match="forward"):
        clock.advance(seconds)


def test_stopped_it_calls_nothing(clock):
    called = []
    clock.at(clock.now() + 10, lambda: called.append(1))
    clock.stop()
    clock.advance(20)
    assert not called
