"""One job of any kind: it waits for a place, runs, and ends as it should."""

import threading
from functools import partial

import pytest
from deep import nest
from waiting import until

from localaws.jobs import run as jobs
from localaws.jobs.failure import JobFailed
from localaws.jobs.run import Jobs, Run
from localaws.records import store
from localaws.records.store import Kind, Store, register


@pytest.fixture
def board(context):
    """The jobs of a server with two places."""
    made = context.add(Jobs(context))
    made.places = threading.BoundedSemaphore(2)
    return made


@pytest.fixture
def kinds(monkeypatch):
    """Two kinds of job, known for as long as a test."""
    monkeypatch.setattr(store, "KINDS", dict(store.KINDS))
    return [register(Kind(name, name.lower())) for name in ("Sweeping", "Mopping")]


class Job(Run):
    """A job that does what it is told, and notes how it ended."""

    def __init__(self, context, table, name, does=lambda run: None, limit=None):
        super().__init__(context, table, name)
        self.does, self.limit, self.reason = does, limit, None

    def work(self):
        self.folder.mkdir(parents=True)
        self.does(self)

    def ended(self, reason):
        self.reason = reason
        self.table.update(self.job, **{self.table.kind.status: reason or "Completed"})

    def patience(self):
        return self.limit


@pytest.fixture
def begin(context, board, kinds):
    """Return a function that begins a job of a kind."""
    begun = []

    def start(name, does=lambda run: None, kind=0, limit=None):
        table = context.part(Store).table(kinds[kind], "us-east-1")
        table.create(name, {kinds[kind].status: "InProgress"})
        begun.append(Job(context, table, name, does, limit))
        board.begin(begun[-1])
        return begun[-1]

    yield start
    for run in begun:
        run.abandon()


def wait(run):
    """Do the work of a job that goes on until it is told to stop."""
    assert run.stopping.wait(20)


def test_a_job_that_ends_leaves_no_folder_no_run_and_no_place(board, begin):
    run = begin("a")
    run.join(5)
    assert run.reason == "" and not run.folder.exists()
    assert board.find(run.table, "a") is None
    assert all(board.places.acquire(blocking=False) for _ in range(2))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (JobFailed("ClientError: no data"), "ClientError: no data"),
        (KeyError("x"), "InternalServerError: localaws failed: 'x'"),
    ],
)
def test_a_job_that_raises_fails_in_its_words_and_gives_its_place_back(
    board, begin, error, reason
):
    def does(run):
        raise error

    for number in range(3):  # more than there are places
        run = begin(f"bad-{number}", does)
        run.join(5)
        assert run.reason == reason and not run.folder.exists()
    assert board.find(run.table, run.job) is None


def test_a_job_waits_for_a_place(board, begin):
    first, second = begin("a", wait), begin("b", wait)
    until(lambda: first.folder.exists() and second.folder.exists())
    third = begin("c")
    third.join(0.5)
    assert third.is_alive() and not third.folder.exists()
    first.request_stop("Stopped")
    third.join(5)
    assert not third.is_alive() and second.is_alive()


def test_a_job_that_waits_and_is_stopped_takes_and_gives_no_place(board, begin):
    busy = [begin(name, wait) for name in "ab"]
    until(lambda: all(run.folder.exists() for run in busy))
    third = begin("c", limit=0.1)
    third.join(5)
    assert third.last == "MaxWaitTimeExceeded" and third.reason == ""
    assert not board.places.acquire(blocking=False)


def test_a_job_that_directs_others_takes_no_place_and_ends_before_them(
    board, begin, monkeypatch
):
    busy = [begin(name, wait) for name in "ab"]
    until(lambda: all(run.folder.exists() for run in busy))
    monkeypatch.setattr(Job, "directs", True)
    director = begin("c", wait)
    until(director.folder.exists)
    monkeypatch.undo()
    director.directs, left = True, []
    for run in (*busy, director):
        monkeypatch.setattr(run, "abandon", lambda run=run: left.append(run))
    board.close()
    assert left == [director, *busy]
    monkeypatch.undo()


def test_a_job_that_is_stopped_before_it_begins_stops(context, board, kinds):
    table = context.part(Store).table(kinds[0], "us-east-1")
    table.create("early", {kinds[0].status: "InProgress"})
    run = Job(context, table, "early", wait)
    table.update("early", **{kinds[0].status: "Stopping"})  # no run is found yet
    board.begin(run)
    run.join(5)
    assert not run.is_alive() and run.last == "Stopped"


def test_the_first_reason_to_stop_is_the_one_that_counts(begin):
    run = begin("a", wait)
    run.request_stop("Stopped")
    run.request_stop("MaxRuntimeExceeded")
    assert run.last == "Stopped"


def test_jobs_of_two_kinds_may_share_a_name(board, begin):
    sweeping, mopping = begin("same", wait), begin("same", wait, kind=1)
    assert board.find(sweeping.table, "same") is sweeping
    assert board.find(mopping.table, "same") is mopping
    until(lambda: sweeping.folder.exists() and mopping.folder.exists())
    assert sweeping.folder != mopping.folder
    sweeping.request_stop("Stopped")
    sweeping.join(5)
    assert mopping.folder.exists() and board.find(mopping.table, "same") is mopping


def test_a_run_that_ended_does_not_take_a_new_one_of_its_name_along(board, begin):
    old = begin("a")
    old.join(5)
    old.table.delete("a")
    new = begin("a", wait)
    board.forget(old)
    assert board.find(new.table, "a") is new


def test_what_an_earlier_server_left_fails_once_in_all_regions(context, board, kinds):
    def fail(kind, record, reason):
        record |= {kind.status: "Failed", "FailureReason": reason}

    for kind in kinds:
        board.own(kind, partial(fail, kind))
    for region in ("us-east-1", "eu-west-1"):
        for kind in kinds:
            table = context.part(Store).table(kind, region)
            table.create("left", {kind.status: "InProgress"})
            table.create("done", {kind.status: "Stopped"})
    (context.folder / "jobs" / "sweeping").mkdir(parents=True)
    board.bury()
    assert not (context.folder / "jobs").exists()
    for region in ("us-east-1", "eu-west-1"):
        for kind in kinds:
            table = context.part(Store).table(kind, region)
            assert table.get("left")[kind.status] == "Failed"
            assert table.get("left")["FailureReason"] == jobs.LEFT
            assert table.get("done")[kind.status] == "Stopped"


def test_a_server_that_ends_ends_its_jobs(board, begin):
    runs = [begin("a", wait), begin("b", wait, kind=1)]
    board.close()
    assert [run.last for run in runs] == ["Abandoned"] * 2
    assert not any(run.is_alive() for run in runs)


def test_an_end_that_cannot_be_recorded_is_recorded_when_there_is_room(
    begin, monkeypatch, caplog
):
    tried, ended = [], Job.ended

    def refuse(run, reason):
        tried.append(reason)
        if len(tried) < 3:
            raise OSError("No space left on device")
        ended(run, reason)

    monkeypatch.setattr(Job, "ended", refuse)
    monkeypatch.setattr(jobs, "AGAIN", 0.01)
    run = begin("a")
    run.join(5)
    assert not run.is_alive() and tried == ["", "", ""]
    assert run.table.get("a")["SweepingStatus"] == "Completed"
    assert "No space left" in caplog.text


def test_a_job_with_three_thousand_folders_ends(begin):
    run = begin("deep", lambda run: nest(run.folder / "deep", 3000))
    run.join(20)
    assert run.reason == "" and not run.folder.exists()


def test_the_end_of_a_job_whose_record_is_gone_is_no_end_without_end(begin, caplog):
    run = begin("a", lambda run: run.table.delete("a"))
    run.join(5)
    assert not run.is_alive() and "has no record" in caplog.text


def test_a_record_that_is_no_job_does_not_prevent_a_start(
    context, board, kinds, caplog
):
    table = context.part(Store).table(kinds[0], "us-east-1")
    for name in ("bad", "good"):
        table.create(name, {"SweepingStatus": "InProgress"})

    def fail(record, reason):
        if record["SweepingName"] == "bad":
            raise KeyError("Steps")
        record["SweepingStatus"] = reason

    board.own(kinds[0], fail)
    board.bury()
    assert table.names() == ["good"] and "bad" in caplog.text
    assert table.get("good")["SweepingStatus"] == jobs.LEFT
