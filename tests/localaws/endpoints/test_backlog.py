"""Requests that wait are taken in their order, by as many as instances allow."""

import threading

import pytest
from waiting import until

from localaws.endpoints.backlog import MOST, Backlogs

PLACE = "us-east-1", "e"


@pytest.fixture
def backlogs():
    made = Backlogs()
    yield made
    made.close()


@pytest.fixture
def work():
    """A function that makes work: it notes its number and waits for a gate."""
    gate, begun = threading.Event(), []

    def make(number):
        def run():
            begun.append(number)
            gate.wait(10)

        return run

    yield make, begun, gate
    gate.set()


def test_an_instance_more_takes_more_requests_and_all_keep_their_order(backlogs, work):
    make, begun, gate = work
    instances = [1]
    for number in range(40):
        backlogs.add(*PLACE, make(number), 2, lambda: instances[0])
    until(lambda: len(begun) == 2)
    assert begun == [0, 1]
    instances[0] = 3
    until(lambda: len(begun) == 6)
    assert sorted(begun) == [*range(6)]
    instances[0] = 99
    until(lambda: len(begun) == MOST)
    gate.set()
    until(lambda: len(begun) == 40)
    assert sorted(begun) == [*range(40)]


def test_an_endpoint_that_ends_begins_nothing_more(backlogs, work):
    make, begun, gate = work
    for number in range(5):
        backlogs.add(*PLACE, make(number), 1, lambda: 0)  # it starts: one at a time
    until(lambda: begun == [0])
    backlogs.end(*PLACE)
    gate.set()
    backlogs.add(*PLACE, make(9), None, lambda: 1)
    until(lambda: 9 in begun)
    assert begun == [0, 9]


def test_what_fails_makes_room_for_the_next(backlogs, work):
    make, begun, gate = work
    gate.set()

    def fail():
        raise ValueError

    backlogs.add(*PLACE, fail, 1, lambda: 1)
    backlogs.add(*PLACE, make(1), 1, lambda: 1)
    until(lambda: begun == [1])
