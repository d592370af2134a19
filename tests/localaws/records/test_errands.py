"""Errands are done when they are due, by the server that accepted them or the next."""

import json
import threading

import pytest
from waiting import until

from localaws.records.errands import Errands, Full


@pytest.fixture
def clock(context):
    yield context.clock
    context.clock.stop()


@pytest.fixture
def errands(context, clock):
    """Return a function that makes errands of one folder; they end with the test."""
    made = []

    def make(work, most=100):
        made.append(Errands(context, "some", work, 4, most))
        return made[-1]

    yield make
    for one in made:
        one.close()


def files(tmp_path):
    return list((tmp_path / "errands" / "some").glob("*"))


def test_each_is_done_once_and_then_forgotten(errands, tmp_path):
    done = []
    made = errands(done.append)
    made.start()
    for n in range(50):
        made.put({"n": n})
    assert made.idle(10) and files(tmp_path) == []
    assert sorted(one["n"] for one in done) == list(range(50))


def test_one_that_is_to_be_done_again_waits_for_its_time(errands, clock, tmp_path):
    begun, seen = clock.now(), []

    def work(what):
        seen.append((what["n"], round(clock.now() - begun)))
        return ({"n": what["n"] + 1}, clock.now() + 60) if what["n"] < 2 else None

    made = errands(work)
    made.start()
    made.put({"n": 0})
    for count in (1, 2):
        until(lambda count=count: len(seen) == count and waits(tmp_path))
        assert not made.idle(0)
        clock.advance(61)
    assert made.idle(10)
    assert [n for n, _ in seen] == [0, 1, 2]
    assert [moment // 60 for _, moment in seen] == [0, 1, 2]


def waits(tmp_path):
    """Whether the one errand says when it is due."""
    return any(json.loads(path.read_text())["due"] for path in files(tmp_path))


def test_what_a_server_leaves_the_next_one_does(errands, context, tmp_path):
    entered, leave, done = threading.Event(), threading.Event(), []

    def interrupted(what):
        entered.set()
        leave.wait(10)
        raise OSError("its server has ended")

    first = errands(interrupted)
    first.start()
    first.put({"n": "under way"})
    assert entered.wait(10)
    context.closing.set()
    leave.set()
    first.close()
    assert len(files(tmp_path)) == 1
    context.closing = threading.Event()
    (tmp_path / "errands" / "some" / "0-broken.json").write_text("{")
    second = errands(lambda what: done.append(what["n"]))
    second.put({"n": "new"})  # before it has begun
    assert done == []
    second.start()
    assert second.idle(10)
    assert sorted(done) == ["new", "under way"]
    assert [path.name for path in files(tmp_path)] == ["0-broken.json~unreadable"]


def test_one_that_cannot_be_done_is_logged_and_the_next_is(errands, caplog):
    done = []

    def work(what):
        done.append(1 / what["n"])

    made = errands(work)
    made.start()
    made.put({"n": 0})
    made.put({"n": 1})
    assert made.idle(10)
    assert done == [1.0] and "an errand is lost" in caplog.text


def test_no_more_wait_than_may(errands):
    made = errands(lambda what: None, most=1)
    made.put({})
    with pytest.raises(Full):
        made.put({})
    made.start()
    assert made.idle(10)
    made.put({})
