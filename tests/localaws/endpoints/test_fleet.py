"""One deployment answers for an endpoint: the newest that became healthy."""

import threading

import pytest
from inside import Worker, deployment_of
from waiting import until

from localaws.endpoints.fleet import Fleet
from localaws.models.containers import CannotDeploy

PLACE = "us-east-1", "e"


@pytest.fixture
def fleet(context):
    made = Fleet(context)
    yield made
    made.close()


@pytest.fixture
def make(context):
    """Return a function that makes a deployment with one server."""
    home = context.folder / "endpoints" / "us-east-1" / "e"
    return lambda word, **members: deployment_of(home / word, Worker(word, **members))


def stopped(deployment):
    return deployment.variants[0].workers[0].happened[-1].startswith("stop")


def test_an_update_replaces_what_answers(fleet, make):
    old, new = make("old"), make("new")
    fleet.start(*PLACE, old)
    fleet.start(*PLACE, new)
    assert fleet.live(*PLACE) is new
    assert stopped(old) and not old.folder.exists()
    assert not stopped(new) and new.folder.exists()
    with fleet.use("eu-west-1", "e") as elsewhere:
        assert elsewhere is None


def test_requests_under_way_are_finished_by_the_old_one(fleet, make):
    old, new = make("old"), make("new")
    fleet.start(*PLACE, old)
    with fleet.use(*PLACE) as used:
        update = threading.Thread(target=fleet.start, args=(*PLACE, new))
        update.start()
        until(lambda: fleet.live(*PLACE) is new)
        with fleet.use(*PLACE) as next_one:
            assert (used, next_one) == (old, new)
        assert not stopped(old) and old.folder.exists()
    update.join(5)
    assert stopped(old) and not old.folder.exists()


def test_an_update_that_is_not_healthy_leaves_the_old_one(fleet, make):
    old, new = make("old"), make("new", healthy=False)
    fleet.start(*PLACE, old)
    with pytest.raises(CannotDeploy, match="did not pass the ping health check"):
        fleet.start(*PLACE, new)
    assert fleet.live(*PLACE) is old and not stopped(old)
    assert stopped(new) and not new.folder.exists()


def test_an_endpoint_that_ends_leaves_nothing(fleet, make):
    made = make("one")
    fleet.start(*PLACE, made)
    fleet.queue(*PLACE).mkdir()
    fleet.end(*PLACE)
    assert fleet.live(*PLACE) is None and stopped(made)
    assert not made.folder.parent.exists()
    fleet.end(*PLACE)  # it may be told twice


def test_a_server_that_ends_stops_all_and_keeps_the_folders(context, make):
    fleet, made, late = Fleet(context), make("one"), make("late")
    fleet.start(*PLACE, made)
    context.closing.set()
    fleet.close()
    assert stopped(made) and made.folder.exists()
    with pytest.raises(CannotDeploy, match="server is stopping"):
        fleet.start(*PLACE, late)
    assert stopped(late) and late.folder.exists() and fleet.live(*PLACE) is None


def test_what_starts_while_the_server_ends_is_stopped_too(context, make):
    fleet, made = Fleet(context), make("one")
    worker = made.variants[0].workers[0]
    worker.wait = lambda timeout: bool(until(lambda: "stop one" in worker.happened))
    start = threading.Thread(target=fleet.start, args=(*PLACE, made))
    start.start()
    until(lambda: worker.happened)
    context.closing.set()
    fleet.close()
    assert "stop one" in worker.happened
    start.join(5)
    assert fleet.live(*PLACE) is None and made.folder.exists()


def test_a_deployment_is_built_as_its_configuration_says(fleet, tmp_path):
    two = [{"Image": "a"}, {"Image": "b", "ContainerHostname": "second"}]
    pipeline = {"VariantName": "p", "_containers": two, "InitialVariantWeight": 2.5}
    limits = {"MaxConcurrency": 1}
    alone = {"VariantName": "s", "_containers": two[:1], "ServerlessConfig": limits}
    config = {"ProductionVariants": [{**pipeline, "_role": "arn:r"}, alone]}
    made = fleet.build(*PLACE, 3, config)
    first, second = made.variants
    assert [one.name for one in first.containers] == ["container-1", "second"]
    assert [one.name for one in second.containers] == ["primary"]
    assert (first.weight, first.role, first.slots) == (2.5, "arn:r", None)
    assert second.slots.acquire(False) and not second.slots.acquire(False)
    assert made.folder == tmp_path / "endpoints/us-east-1/e/3"
    folders = {one.folder for v in made.variants for one in v.containers}
    assert len(folders) == 3 and not made.folder.exists()
