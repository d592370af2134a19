"""The servers of a model's containers, started and asked one after the other."""

from http.client import HTTPMessage

import pytest
from inside import Container, Worker

from localaws.models.chain import Chain, await_health, begin, placed, prepare
from localaws.models.containers import CannotDeploy
from localaws.models.workers import Reply


def chain_of(*workers):
    made = Chain([], lambda container, line: None)
    made.containers = [Container() for _ in workers]
    made.workers = list(workers)
    return made


def test_containers_have_names_and_folders_of_their_own(tmp_path):
    image = {"Image": "pytorch"}
    given = tmp_path / "v", "ml.m5.large", "us-east-1", None, None
    [alone] = placed([image], *given)
    assert (alone.name, alone.folder) == ("primary", tmp_path / "v-1")
    named = {**image, "ContainerHostname": "last"}
    found = placed([image, named], *given)
    assert [one.name for one in found] == ["container-1", "last"]
    assert [one.folder.name for one in found] == ["v-1", "v-2"]


def test_all_are_started_before_any_is_waited_for():
    happened = []
    workers = [Worker(word, happened=happened) for word in "ab"]
    chain_of(*workers).start(1.0, "of it", "it")
    assert happened == ["start a", "start b", "wait a", "wait b"]


def test_the_first_that_is_not_healthy_says_why():
    workers = [Worker("a"), Worker("b", healthy=False)]
    begin([Container()] * 2, workers)
    words = (
        "The primary container of the job did not pass the ping health check. Please "
        'check CloudWatch logs for j. Its last line: "ValueError: no weights"'
    )
    with pytest.raises(CannotDeploy) as caught:
        await_health([Container()] * 2, workers, 1.0, "of the job", "j")
    assert str(caught.value) == words
    workers[1].failure = "no room"
    with pytest.raises(CannotDeploy, match="could not be started: no room"):
        await_health([Container()] * 2, workers, 1.0, "of the job", "j")


def test_whatever_goes_wrong_in_preparing_is_a_reason():
    class Broken(Container):
        def prepare(self):
            raise OSError("disk full")

    words = "primary container could not be prepared: OSError: disk full"
    with pytest.raises(CannotDeploy, match=words):
        prepare(Broken())


class Server(Worker):
    """Answers with its word and what it was sent, of a type of its own."""

    def request(self, method, path, body, headers, timeout, most=0):
        self.happened.append((body, dict(headers), timeout, most))
        head = HTTPMessage()
        head["Content-Type"] = f"text/{self.word}"
        status = 500 if self.word == "bad" else 200
        return Reply(status, head, self.word.encode() + body)


def test_each_is_sent_the_answer_of_the_one_before():
    first, last = Server("a"), Server("b")
    headers = {"Content-Type": "text/csv", "Accept": "x/y"}
    reply = chain_of(first, last).ask(b"1", headers, 9.0, 77)
    assert (reply.body, reply.content_type) == (b"ba1", "text/b")
    assert first.happened == [(b"1", headers, 9.0, 77)]
    assert last.happened == [(b"a1", {**headers, "Content-Type": "text/a"}, 9.0, 77)]


def test_an_error_ends_the_way_there():
    last = Server("b")
    assert chain_of(Server("bad"), last).ask(b"1", {}, 9.0, 77).status == 500
    assert last.happened == []


def test_all_are_stopped():
    happened = []
    chain_of(*(Worker(word, happened=happened) for word in "ab")).stop()
    assert happened == ["stop a", "stop b"]
