"""A serverless variant sleeps when nobody asks it, and a request wakes it."""

import threading

import pytest
from inside import Container, Worker
from waiting import until

from localaws.endpoints.serverless import IDLE, SLEEP, Serverless, idle
from localaws.endpoints.variant import Instance
from localaws.models.containers import CannotDeploy


@pytest.fixture
def made(context):
    """Return a function that makes a variant which answers, and its workers' list."""

    def make(clock=context.clock, healthy=(), seconds=IDLE):
        workers, kinds = [], iter(healthy)

        def instance(number):
            assert number == 1
            workers.append(Worker(f"w{len(workers)}", next(kinds, True)))
            return Instance([Container()], [workers[-1]])

        given = {"make": instance, "instances": [instance(1)], "clock": clock}
        variant = Serverless("v", 1.0, 1.0, **given, idle=seconds)
        variant.begin(variant.instances)
        variant.await_health(variant.instances)
        return variant, workers

    yield make
    context.clock.stop()


def word(variant):
    with variant.take() as chosen:
        return chosen.workers[0].word


def asleep(variant, workers):
    return variant.size == 0 and "stop " + workers[-2].word in workers[-2].happened


def test_it_sleeps_after_five_idle_minutes_and_a_request_wakes_it(context, made):
    variant, workers = made()
    assert word(variant) == word(variant) == "w0" and variant.size == 1
    context.clock.advance(IDLE - 1)
    assert word(variant) == "w0"
    context.clock.advance(IDLE - 1)
    assert variant.size == 1
    context.clock.advance(2)
    until(lambda: asleep(variant, workers))
    assert len(workers) == 2 and workers[1].happened == []  # nothing runs
    assert word(variant) == "w1" and workers[1].happened == ["start w1", "wait w1"]
    context.clock.advance(IDLE + 1)
    until(lambda: asleep(variant, workers))


def test_a_model_may_ask_for_another_time(context, made):
    variant, workers = made(seconds=idle([{"Environment": {SLEEP: "7.5"}}]))
    context.clock.advance(6)
    assert variant.size == 1
    context.clock.advance(2)
    until(lambda: asleep(variant, workers))
    assert idle([{}]) == IDLE


@pytest.mark.parametrize("given", ["", "0", "-1", "soon", "nan", "1e9"])
def test_a_time_that_is_none_is_refused_in_words(given):
    with pytest.raises(ValueError, match=f'{SLEEP} is "{given}": give seconds'):
        idle([{"Environment": {SLEEP: given}}])


def test_a_request_under_way_keeps_it_awake(context, made):
    variant, _ = made()
    with variant.take():
        context.clock.advance(3 * IDLE)
        assert variant.size == 1
    context.clock.advance(IDLE - 1)
    assert variant.size == 1


def test_provisioned_concurrency_keeps_it_awake(context, made):
    variant, _ = made(clock=None)
    word(variant)
    context.clock.advance(100 * IDLE)
    assert variant.size == 1 and word(variant) == "w0"


def test_those_who_ask_meanwhile_wait_for_the_one_start(context, made):
    variant, workers = made()
    context.clock.advance(IDLE + 1)
    until(lambda: asleep(variant, workers))
    begin, gate = workers[1].wait, threading.Event()
    workers[1].wait = lambda timeout: gate.wait(5) and begin(timeout)
    words = []
    askers = [
        threading.Thread(target=lambda: words.append(word(variant))) for _ in range(5)
    ]
    for asker in askers:
        asker.start()
    until(lambda: "start w1" in workers[1].happened)
    gate.set()
    for asker in askers:
        asker.join(5)
    assert words == ["w1"] * 5 and workers[1].happened.count("start w1") == 1


def test_a_start_that_fails_is_told_and_the_next_request_tries_again(context, made):
    variant, workers = made(healthy=[True, False, True])
    context.clock.advance(IDLE + 1)
    until(lambda: asleep(variant, workers))
    with pytest.raises(CannotDeploy, match="production variant v did not pass"):
        word(variant)
    assert word(variant) == "w2"


def test_a_server_that_stops_wakes_nothing(context, made):
    variant, workers = made()
    context.clock.advance(IDLE + 1)
    until(lambda: asleep(variant, workers))
    variant.stop()
    context.clock.advance(IDLE + 1)
    assert len(workers) == 2 and workers[1].happened == ["stop w1"]
