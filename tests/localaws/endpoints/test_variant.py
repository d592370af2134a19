"""A variant's instances share its requests, and come and go without losing one."""

import threading

import pytest
from inside import Worker, variant_of
from waiting import until

from localaws.endpoints.variant import Busy
from localaws.models.containers import CannotDeploy


@pytest.fixture
def three():
    """A variant with three instances that answer."""
    made = variant_of("v", *map(Worker, "abc"), more=map(Worker, "defg"))
    made.await_health(made.instances)
    return made


def word(instance):
    return instance.workers[0].word


def answering(variant):
    return sorted(word(one) for one in variant.instances if one.answers)


def test_requests_go_to_the_least_busy_and_of_those_to_the_one_that_rested_longest(
    three,
):
    with three.take() as first, three.take() as second, three.take() as third:
        assert sorted(map(word, (first, second, third))) == ["a", "b", "c"]
    turns = []
    for _ in range(6):
        with three.take() as one:
            turns.append(word(one))
    assert sorted(turns[:3]) == ["a", "b", "c"] and turns[3:] == turns[:3]
    with three.take(), three.take() as busy, three.take() as free:
        free.using -= 1
        with three.take() as again:
            assert again is free is not busy
        free.using += 1


def test_one_whose_server_has_died_is_asked_only_where_no_other_is_up(three):
    down, *others = three.instances
    down.workers[0].up = False
    for _ in range(4):
        with three.take() as chosen:
            assert chosen in others
    for one in others:
        one.workers[0].up = False
    with three.take() as chosen:
        assert chosen in three.instances


def test_a_variant_that_routes_at_random_asks_busy_ones_too(three):
    three.at_random = True
    seen = set()
    with three.take() as busy:
        for _ in range(200):  # (2/3)^200 is no chance
            with three.take() as chosen:
                seen.add(chosen)
    assert busy in seen


def test_it_grows_by_instances_that_are_healthy_and_shrinks_to_the_busy_ones(three):
    three.resize(5, drain=1)
    assert answering(three) == ["a", "b", "c", "d", "e"] and three.size == 5
    with three.take() as busy:
        three.resize(1, drain=1)
        assert three.instances == [busy] and three.size == 1
    three.resize(2, drain=1)
    assert answering(three) == sorted([word(busy), "f"])


def test_one_that_cannot_start_leaves_the_others_alone(three):
    bad = Worker("bad", healthy=False)
    variant = variant_of("v", Worker("a"), more=[Worker("b"), bad])
    variant.await_health(variant.instances)
    with pytest.raises(CannotDeploy, match="production variant v did not pass"):
        variant.resize(3, drain=1)
    assert answering(variant) == ["a"] and len(variant.instances) == 1
    assert bad.happened[-1] == "stop bad"


def test_requests_under_way_are_answered_before_their_instance_ends(three):
    with three.take() as busy:
        two = [one for one in three.instances if one is not busy]
        for one in two:
            one.using = 1  # longer than the one that is taken out may take
        busy.workers[0].up = False  # so that it is the first to go
        going = threading.Thread(target=three.resize, args=(2, 20))
        going.start()
        until(lambda: three.size == 2)
        assert busy.workers[0].happened[-1] != "stop " + word(busy)
        with three.take() as other:
            assert other is not busy
    going.join(5)
    assert busy.workers[0].happened[-1] == "stop " + word(busy)
    assert busy not in three.instances


def test_what_is_being_added_when_the_server_ends_is_stopped_too():
    late = Worker("late")
    variant = variant_of("v", Worker("a"), more=[late, Worker("never")])
    variant.await_health(variant.instances)
    stopped = threading.Event()
    late.wait = lambda timeout: stopped.wait(5) and False
    adding = threading.Thread(target=lambda: caught.append(_fails(variant)))
    caught = []
    adding.start()
    until(lambda: late.happened)
    variant.stop()
    assert "stop late" in late.happened
    stopped.set()
    adding.join(5)
    assert caught == [True]
    with pytest.raises(CannotDeploy, match="server is stopping"):
        variant.resize(2, drain=0)


def _fails(variant):
    with pytest.raises(CannotDeploy):
        variant.resize(2, drain=0)
    return True


def test_a_serverless_variant_counts_requests_even_those_that_fail():
    variant = variant_of("v", slots=threading.Semaphore(2))
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), variant.slot(), variant.slot():
            with pytest.raises(Busy), variant.slot():
                pass
            raise ZeroDivisionError
    instances = variant_of("v")
    with instances.slot(), instances.slot(), instances.slot():
        pass
