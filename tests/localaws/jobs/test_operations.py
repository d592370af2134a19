"""Jobs of any kind are described, stopped, deleted and listed alike."""

import threading

import pytest

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.jobs import operations
from localaws.jobs.run import Jobs, Run
from localaws.records.store import Kind, Store, table_of

KIND = Kind("SweepingJob", "sweeping-job")


@pytest.fixture
def call(context):
    """A request that names the job "floor", which is in a status."""
    context.add(Jobs(context))

    def make(status=None, **members):
        asked = {"SweepingJobName": "floor", **members}
        made = Call("DescribeSweepingJob", asked, "us-east-1", context, None)
        if status:
            table_of(made, KIND).create("floor", {"SweepingJobStatus": status})
        return made

    return make


class Waiting(Run):
    """A job that goes on until it is told to stop."""

    def work(self):
        assert self.stopping.wait(20)

    def ended(self, reason):
        self.table.update(self.job, SweepingJobStatus=self.last)


def begin(call):
    run = Waiting(call.context, table_of(call, KIND), "floor")
    call.context.part(Jobs).begin(run)
    return run


def test_the_second_look_at_a_running_job_waits_for_its_end(call):
    asked = call("InProgress")
    run = begin(asked)
    assert operations.describe(asked, KIND)["SweepingJobStatus"] == "InProgress"
    threading.Timer(0.2, run.request_stop, ("Stopped",)).start()
    assert operations.describe(asked, KIND)["SweepingJobStatus"] == "Stopped"


@pytest.mark.parametrize("looks", [1, 2, 3, 9])
def test_no_look_is_held_longer_than_a_client_waits_for_an_answer(looks):
    alone, reader = (
        operations.patience(looks, log_read=when)
        for when in (float("-inf"), operations.time.monotonic())
    )
    assert 0 <= reader <= alone <= 20 and (alone > 0) == (looks > 1)


def test_a_job_is_asked_to_stop_once_and_says_what_it_notes(call):
    asked, noted = call("InProgress"), []
    run = begin(asked)
    assert operations.stop(asked, KIND, lambda record: noted.append(1)) == {}
    run.join(5)
    assert run.last == "Stopped" and noted == [1]
    with pytest.raises(ServiceError, match="the sweeping job is in status Stopped"):
        operations.stop(asked, KIND)


def test_only_a_job_that_has_ended_is_deleted(call):
    asked = call("InProgress")
    with pytest.raises(ServiceError, match="in status InProgress") as caught:
        operations.delete(asked, KIND)
    assert caught.value.code == "ResourceInUse"
    table_of(asked, KIND).update("floor", SweepingJobStatus="Failed")
    operations.delete(asked, KIND)
    assert not asked.context.part(Store).table(KIND, "us-east-1").exists("floor")


@pytest.mark.parametrize("verb", ["describe", "stop", "delete"])
def test_a_job_that_is_absent_is_not_found(call, verb):
    with pytest.raises(ServiceError, match="Requested resource not found"):
        getattr(operations, verb)(call(), KIND)


def test_a_page_has_the_kinds_own_name(call):
    found = operations.summaries(call("Failed"), KIND, "Ascending")
    assert [row["SweepingJobName"] for row in found["SweepingJobSummaries"]] == [
        "floor"
    ]
