"""One run of a tuning job: it starts training jobs, and learns from how they end."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.api.errors import ServiceError
from localaws.api.registry import Context
from localaws.jobs.failure import JobFailed
from localaws.jobs.run import DONE, Run
from localaws.records.store import KINDS, Store, Table
from localaws.tuning import summary
from localaws.tuning.definitions import Definition
from localaws.tuning.plan import Plan
from localaws.tuning.stopping import Curve, regex_of
from localaws.tuning.summary import Job

LOOK = 0.5  # seconds between two looks at logs, where jobs may be stopped early
ENOUGH = 5  # training jobs without an objective, after which there is none to come
_NONE = (
    "No objective metrics found after running {0} training jobs. Please ensure that "
    "the custom algorithm is emitting the objective metric as defined by the regular "
    "expression provided."
)
_ALL = (
    "All training jobs failed. Please take a look at the training jobs failures to get "
    "more details."
)


class Tuning(Run):
    """The run of a tuning job. It acts as its customer would, through the API."""

    directs = True

    def __init__(self, context: Context, table: Table, name: str) -> None:
        super().__init__(context, table, name)
        self.plan: Plan  # which may take a second to make, and is made by `work`
        self.config = self.record["HyperParameterTuningJobConfig"]
        self.trained = context.part(Store).table(KINDS["TrainingJob"], self.region)
        self.sagemaker = context.clients.get("sagemaker", self.region)
        self.jobs_begun: list[Job] = []  # their summaries, in the order of their starts
        self.expired = threading.Event()  # set when its own time is over
        self.stopped: set[str] = set()  # training jobs that were asked to stop
        self.curves: dict[str, Curve] = {}  # where jobs may be stopped early

    def work(self) -> None:
        """Start training jobs until there are enough; wait for those that run."""
        self.plan = Plan(self.record)
        limit = self.config["ResourceLimits"].get("MaxRuntimeInSeconds")
        timer = self.timer(limit, self._expire)
        try:
            while not self._over():
                self._begin_jobs()
                self._stop_early()
                self._wait()
                self._collect()
        finally:
            timer.cancel()
            self._stop_all()
        self._judge()

    def ended(self, reason: str) -> None:
        """Record the end."""
        with self.table.edit(self.job) as record:
            record["_jobs"] = self.jobs_begun
            if reason:
                summary.fail(record, reason)
            else:
                summary.end(record, "Stopped" if self.last else "Completed")

    def halt(self, grace: float) -> None:
        """Let the run see that it is to stop."""
        self.table.store.wake()

    def _expire(self) -> None:
        self.expired.set()
        self.table.store.wake()

    @property
    def running(self) -> list[Job]:
        """Return the training jobs that have not ended."""
        return [job for job in self.jobs_begun if not summary.ended(job)]

    def _over(self) -> bool:
        """Return whether no training job is to begin or to be waited for."""
        if self.stopping.is_set() or self.expired.is_set():
            return True
        if not self.running and len(self.jobs_begun) >= self.plan.total:
            return True
        done = [job for job in self.jobs_begun if summary.ended(job)]
        if len(done) >= ENOUGH and summary.best(done) is None and not _all_failed(done):
            return True
        criteria = self.config.get("TuningJobCompletionCriteria", {})
        target = criteria.get("TargetObjectiveMetricValue")
        if target is not None and summary.reached(done, target):
            return True
        patience = criteria.get("BestObjectiveNotImproving", {}).get(
            "MaxNumberOfTrainingJobsNotImproving"
        )
        return patience is not None and summary.not_improving(done) >= patience

    def _begin_jobs(self) -> None:
        """Start as many training jobs as may run at once."""
        while (
            not self._over()
            and len(self.running) < self.plan.parallel
            and len(self.jobs_begun) < self.plan.total
            and (found := self.plan.next(self.jobs_begun))
        ):
            self._begin(*found)

    def _begin(self, definition: Definition, values: dict[str, str]) -> None:
        number = len(self.jobs_begun) + 1
        name = f"{self.job}-{number:03d}-{secrets.token_hex(4)}"
        arn = self.trained.arn(name)
        job = summary.begin(name, arn, definition.name, values)
        self.jobs_begun.append(job)
        self._record()  # before there is a job, so that none is without its tuning job
        request = definition.training_job(name, values, self.record["_tags"])
        try:
            self.sagemaker.create_training_job(**request)
        except (BotoCoreError, ClientError, ServiceError) as error:
            summary.give_up(job, f"ClientError: {error}")
            if not self.stopping.is_set():
                text = f"ClientError: A training job could not be created: {error}"
                raise JobFailed(text) from error
            return
        with contextlib.suppress(ServiceError):  # it was deleted: `_take` will see that
            self.trained.update(name, TuningJobArn=self.record[self.table.kind.arn])
            self._follow(job, definition)

    def _follow(self, job: Job, definition: Definition) -> None:
        """Read the log of a job that may be stopped early."""
        name = job["TrainingJobName"]
        early = self.config.get("TrainingJobEarlyStoppingType") == "Auto"
        if early:
            regex = regex_of(self.trained.get(name), definition.metric)
            logs = self.context.clients.get("logs", self.region)
            self.curves[name] = Curve(logs, name, regex)

    def _collect(self) -> None:
        """Take in what the training jobs that have ended say of themselves."""
        before = len(self.running)
        for number, job in enumerate(self.jobs_begun):
            if not summary.ended(job):
                self._take(job, self.plan.definitions[self.plan.turn(number)[0]])
        if len(self.running) < before:
            self._record()

    def _take(self, job: Job, definition: Definition) -> None:
        name = job["TrainingJobName"]
        try:
            record = self.trained.get(name)
        except ServiceError:
            summary.give_up(job, "ClientError: The training job was deleted.")
            return
        if record["TrainingJobStatus"] in DONE:
            summary.finish(job, record, definition.metric, definition.maximizes)
            if name in self.curves:
                self.curves[name].read()

    def _record(self) -> None:
        with self.table.edit(self.job) as record:
            record["_jobs"] = self.jobs_begun
            summary.refresh(record)

    def _stop_early(self) -> None:
        """Stop the training jobs that are worse than half of those before them."""
        for number, job in enumerate(self.jobs_begun):
            curve = self.curves.get(job["TrainingJobName"])
            if curve is None or summary.ended(job):
                continue
            which = self.plan.turn(number)[0]
            maximizes = self.plan.definitions[which].maximizes
            curve.read()
            if curve.hopeless(self._earlier(which), maximizes):
                self._stop_job(job["TrainingJobName"])

    def _earlier(self, which: int) -> list[list[float]]:
        """Return the curves of the jobs of a definition that have ended."""
        return [
            self.curves[job["TrainingJobName"]].values
            for number, job in enumerate(self.jobs_begun)
            if self.plan.turn(number)[0] == which
            and job["ObjectiveStatus"] == "Succeeded"
            and job["TrainingJobName"] in self.curves
        ]

    def _stop_job(self, name: str) -> None:
        if name in self.stopped:
            return
        self.stopped.add(name)
        try:
            self.sagemaker.stop_training_job(TrainingJobName=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException":
                raise  # else it has just ended

    def _stop_all(self) -> None:
        """Stop the training jobs that run, and see them end; not if the server ends."""
        while not self.context.closing.is_set() and self.running:
            for job in self.running:
                self._stop_job(job["TrainingJobName"])
            self._wait(stopping=True)
            self._collect()

    def _wait(self, stopping: bool = False) -> None:
        """Wait until a training job has ended, or something else is to be done."""
        names = {job["TrainingJobName"] for job in self.running}

        def woken() -> bool:
            asked = self.stopping.is_set() or self.expired.is_set()
            if (asked and not stopping) or self.context.closing.is_set() or not names:
                return True
            return not names <= {*self.trained.names(besides=DONE)}

        until = time.monotonic() + LOOK
        with self.table.store.changed:
            if self.curves and not stopping:
                self.table.store.changed.wait_for(woken, until - time.monotonic())
            else:
                self.table.store.changed.wait_for(woken)

    def _judge(self) -> None:
        """Raise why the tuning job has failed, if it has."""
        if self.last == "Abandoned":
            raise JobFailed("InternalServerError: the localaws server was stopped.")
        done: list[Any] = [job for job in self.jobs_begun if summary.ended(job)]
        whole = len(done) >= self.plan.total or len(done) >= ENOUGH
        if self.last or self.expired.is_set() or not whole or summary.best(done):
            return
        raise JobFailed(_ALL if _all_failed(done) else _NONE.format(len(done)))


def _all_failed(jobs: list[Job]) -> bool:
    return all(job["TrainingJobStatus"] == "Failed" for job in jobs)
