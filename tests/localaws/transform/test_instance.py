"""An instance asks its servers about an object, in order and as often as it may."""

import threading
from http.client import HTTPMessage

import pytest
from transform_jobs import request

from localaws.bounds import TooLong
from localaws.models.workers import Reply, WorkerDown, WorkerLate
from localaws.transform.instance import Instance, Unanswered, in_order
from localaws.transform.task import read


def reply(status=200, body=b"ok"):
    head = HTTPMessage()
    head["Content-Type"] = "text/plain"
    return Reply(status, head, body)


class Chain:
    """Stands for the servers: it gives or raises what it was made with, in turn."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def ask(self, body, headers, seconds, most):
        self.asked.append((body, headers, seconds))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def instance(context, tmp_path):
    """Return a function that makes an instance with stubs for servers."""
    made = []

    def make(*answers, **changes):
        given = {"SplitType": "Line", "CompressionType": "None", **changes}
        record = {**request(**given), "_containers": [{"Image": "x"}], "_role": None}
        one = Instance(context, "us-east-1", read(record), tmp_path, len(made) + 1)
        one._chain = Chain(*answers)
        made.append(one)
        return one

    yield make
    for one in made:
        for log in (*one._logs.values(), one._data):
            log.close()


def transformed(instance, data):
    source, target = instance.folder / "source", instance.folder / "target"
    source.write_bytes(data)
    instance.transform(source, target)
    return target.read_bytes()


def test_what_is_asked_has_the_headers_and_the_time_that_the_job_gives(instance):
    client = {"InvocationsTimeoutInSeconds": 7}
    one = instance(reply(), ContentType="text/csv", ModelClientConfig=client)
    assert transformed(one, b"1\n2\n") == b"ok"
    assert one._chain.asked == [(b"1\n2\n", {"Content-Type": "text/csv"}, 7)]


@pytest.mark.parametrize(
    "trouble", [reply(500), reply(503), WorkerDown("it died"), WorkerLate("no answer")]
)
def test_trouble_that_may_pass_is_asked_again(instance, trouble):
    one = instance(trouble, trouble, reply())
    assert transformed(one, b"1") == b"ok"
    assert len(one._chain.asked) == 3


@pytest.mark.parametrize(
    ("answers", "retries", "fault", "words", "asked"),
    [
        ([reply(400)], 3, "ClientError", "ClientError: 400", 1),
        ([reply(500)] * 2, 1, "AlgorithmError", "received from algorithm: 500", 2),
        ([WorkerDown("died")], 0, "AlgorithmError", "Unable to get .*: died", 1),
        ([WorkerLate("late")] * 4, 3, "AlgorithmError", "algorithm: late", 4),
        ([TooLong(9)], 3, "AlgorithmError", "has more than 9 bytes", 1),
    ],
)
def test_what_remains_is_an_error_with_its_fault(
    instance, answers, retries, fault, words, asked
):
    client = {"InvocationsMaxRetries": retries}
    one = instance(*answers, ModelClientConfig=client)
    with pytest.raises(Unanswered, match=words) as caught:
        transformed(one, b"1")
    assert caught.value.fault == fault
    assert len(one._chain.asked) == asked


def test_the_log_shows_what_an_algorithm_said(instance):
    with pytest.raises(Unanswered) as caught:
        transformed(instance(reply(415, b"not\nthis")), b"1")
    assert caught.value.lines == ("ClientError: 415", "", "Message:", "not", "this")


def test_nothing_is_asked_after_the_stop(instance):
    one = instance(reply(), BatchStrategy="SingleRecord")
    one.stopping.set()
    with pytest.raises(Unanswered, match="stopping"):
        transformed(one, b"1\n2")
    assert one._chain.asked == []


def test_some_are_made_at_once_and_come_in_their_order():
    together = threading.Barrier(3)

    def make(item):
        if item < 3:
            together.wait(5)  # three at once, or it breaks
        return item

    taken = []

    def items():
        for number in range(9):
            taken.append(number)
            yield number

    made = in_order(make, items(), 3)
    assert next(made) == 0
    assert taken == [0, 1, 2]
    assert list(made) == list(range(1, 9))
