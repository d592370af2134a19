"""Processes of functions are used again, throttled, and ended."""

import threading
from types import SimpleNamespace

import pytest

from localaws.functions import pool as pools
from localaws.functions.instance import Event, Gone
from localaws.functions.pool import Pool, Throttled

EVENT = Event("n", b"{}", "arn")


class Instance:
    """Stands for a process: it notes what happens, and waits where that is wished."""

    made = gate = None
    broken = 0

    def __init__(self, revision, client):
        self.plan, self.token = revision.plan, f"token-{len(Instance.made)}"
        self.ended = self.started = False
        Instance.made.append(self)

    def start(self):
        self.started = True

    def work(self, event):
        if Instance.broken:
            Instance.broken -= 1
            self.ended = True
            raise Gone
        if Instance.gate:
            Instance.gate.wait(10)
        return Instance.made.index(self)

    def end(self):
        self.ended = True


def plan(name="f", key="k"):
    return SimpleNamespace(arn=f"arn:{name}", key=key, region="us-east-1")


@pytest.fixture
def pool(context, monkeypatch):
    monkeypatch.setattr(pools, "Instance", Instance)
    monkeypatch.setattr(pools, "Revision", Revision)
    monkeypatch.setattr(Instance, "made", [])
    monkeypatch.setattr(Instance, "gate", None)
    monkeypatch.setattr(Instance, "broken", 0)
    made = Pool(context, lambda plan: plan.key != "old", idle=1000)
    yield made
    made.close()


class Revision:
    def __init__(self, context, plan, folder):
        self.plan = plan

    def remove(self):
        """There are no files."""


def held(pool, count, **ways):
    """Let some processes work until the gate is opened; return the threads."""
    Instance.gate = threading.Event()
    threads = [
        threading.Thread(target=pool.work, args=(plan(**ways), EVENT, None))
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    while pool.count() < count or len(Instance.made) < count:
        threading.Event().wait(0.01)
    return threads


def freed(threads):
    Instance.gate.set()
    for thread in threads:
        thread.join()


def test_a_warm_process_works_again(pool):
    assert [pool.work(plan(), EVENT, None) for _ in range(3)] == [0, 0, 0]
    assert pool.work(plan("g", "other"), EVENT, None) == 1
    assert pool.count() == 2 and pool.count("arn:f") == 1
    assert pool.by_token("token-0") is Instance.made[0]
    assert pool.by_token("token-9") is None


def test_requests_at_once_have_a_process_each_as_many_as_are_reserved(pool):
    threads = held(pool, 2)
    with pytest.raises(Throttled) as caught:
        pool.work(plan(), EVENT, 2)
    assert "Reserved" in caught.value.reason
    with pytest.raises(Throttled):
        pool.work(plan("g"), EVENT, 0)
    freed(threads)
    assert pool.work(plan(), EVENT, 1) in (0, 1)


def test_the_machine_has_a_limit_and_waiting_ones_make_room(pool, monkeypatch):
    monkeypatch.setattr(pools, "MOST", 2)
    pool.work(plan(), EVENT, None)
    pool.work(plan("g", "g"), EVENT, None)
    assert pool.work(plan("h", "h"), EVENT, None) == 2
    assert [one.ended for one in Instance.made] == [True, False, False]
    threads = held(pool, 2, name="i", key="i")
    with pytest.raises(Throttled) as caught:
        pool.work(plan("j", "j"), EVENT, None)
    assert caught.value.reason == "ConcurrentInvocationLimitExceeded"
    freed(threads)


def test_what_has_waited_long_or_is_no_function_any_more_is_ended(pool):
    pool.work(plan(key="old"), EVENT, None)
    assert Instance.made[0].ended and pool.count() == 0
    pool.work(plan(), EVENT, None)
    pool.sweep()
    assert not Instance.made[1].ended
    pool.current = lambda plan: False
    pool.sweep()
    assert Instance.made[1].ended and pool.by_token("token-1") is None
    pool.current = lambda plan: True
    pool.work(plan(), EVENT, None)
    pool.idle = -1
    pool.sweep()
    assert Instance.made[2].ended


def test_one_that_has_ended_while_it_was_warm_is_replaced(pool):
    Instance.broken = 1
    assert pool.work(plan(), EVENT, None) == 1
    assert Instance.made[0].ended and pool.count() == 1


def test_one_that_cannot_be_started_is_no_longer_counted(pool, monkeypatch):
    def fail(self):
        raise OSError("no")

    monkeypatch.setattr(Instance, "start", fail)
    with pytest.raises(OSError, match="no"):
        pool.work(plan(), EVENT, None)
    assert pool.count() == 0 and Instance.made[0].ended


def test_nothing_starts_when_it_is_closed(pool):
    pool.work(plan(), EVENT, None)
    pool.close()
    assert Instance.made[0].ended
    with pytest.raises(Throttled):
        pool.work(plan(), EVENT, None)
