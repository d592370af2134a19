"""The variants of a deployment share the requests, and its servers end last."""

import random
import threading
import time

import pytest
from inside import Worker, deployment_of

from localaws.models.containers import CannotDeploy


@pytest.mark.parametrize("weights", [[1.0, 3.0], [0.5, 0.25, 0.25], [0.0, 2.0]])
def test_variants_get_their_share_of_the_requests(tmp_path, weights):
    random.seed(0)
    workers = [Worker(word) for word in "abc"[: len(weights)]]
    made = deployment_of(tmp_path / "d", *workers, weights=weights)
    chosen = [made.choose(None).name for _ in range(4000)]
    for name, weight in zip("abc", weights, strict=False):
        share = weight / sum(weights)
        spread = 5 * (4000 * share * (1 - share)) ** 0.5
        assert abs(chosen.count(name) - 4000 * share) <= spread


def test_a_target_overrides_the_weights_and_none_is_left_without_any(tmp_path):
    workers = Worker("a"), Worker("b")
    made = deployment_of(tmp_path / "d", *workers, weights=[0.0, 0.0])
    assert made.choose("b").name == "b"
    assert made.choose("z") is None and made.choose(None) is None
    alone = deployment_of(tmp_path / "e", Worker("a"), weights=[0.0])
    assert alone.choose(None).name == "a"


def test_all_servers_start_before_any_is_waited_for(tmp_path):
    happened = []
    workers = [Worker(word, happened=happened) for word in "ab"]
    deployment_of(tmp_path / "d", *workers).start()
    assert happened == ["start a", "start b", "wait a", "wait b"]


def test_a_server_that_is_not_healthy_is_named_with_its_last_words(tmp_path):
    made = deployment_of(tmp_path / "d", Worker("a"), Worker("b", healthy=False))
    with pytest.raises(CannotDeploy) as caught:
        made.start()
    said = str(caught.value)
    assert said.startswith("The primary container for production variant b did not")
    assert said.endswith('Its last line: "ValueError: no weights"')


def test_a_server_that_was_killed_is_named_with_its_status(tmp_path):
    worker = Worker("a", healthy=False)
    worker.status = 137
    with pytest.raises(CannotDeploy, match=r"endpoint\. It ended with status 137\."):
        deployment_of(tmp_path / "d", worker).start()


def test_a_server_that_could_not_be_started_is_named_with_the_reason(tmp_path):
    worker = Worker("a", healthy=False)
    worker.failure = "no processes left"
    with pytest.raises(CannotDeploy, match="could not be started: no processes left"):
        deployment_of(tmp_path / "d", worker).start()


def test_whatever_a_container_raises_is_why_it_cannot_be_deployed(tmp_path):
    def prepare():
        raise OSError("No space left on device")

    made = deployment_of(tmp_path / "d", Worker("a"))
    made.variants[0].containers[0].prepare = prepare
    words = "primary container could not be prepared: OSError: No space left"
    with pytest.raises(CannotDeploy, match=words):
        made.start()


@pytest.mark.parametrize(("drain", "patient"), [(20, True), (0.05, False)])
def test_servers_end_after_the_requests_under_way_or_in_time(tmp_path, drain, patient):
    worker = Worker("a")
    made = deployment_of(tmp_path / "d", worker)
    made.acquire()
    stopping = threading.Thread(target=made.stop, args=(drain,))
    stopping.start()
    time.sleep(0.2)
    assert (worker.happened == []) == patient
    made.release()
    stopping.join(5)
    assert worker.happened == ["stop a"]
    made.remove()
    assert not made.folder.exists()
