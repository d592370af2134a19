"""One run of a training job: from its channels to its artefacts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Event

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from localaws.api.registry import Context
from localaws.iam.roles import role_client
from localaws.jobs import artifacts, failure
from localaws.jobs.failure import JobFailed
from localaws.jobs.hosts import Host, Hosts
from localaws.jobs.logs import Listener
from localaws.jobs.run import DONE, GRACE, Run
from localaws.records.store import Record, Table
from localaws.training import request, task
from localaws.training.metrics import Metrics
from localaws.training.spot import PRICE, Market

_LAST = (*DONE, "MaxRuntimeExceeded", "MaxWaitTimeExceeded")
FAILURE = 64 * 1024  # bytes of the file in which an algorithm says why it failed


class Training(Run):
    """The run of a training job on all its instances, spot interruptions included."""

    def __init__(self, context: Context, table: Table, name: str) -> None:
        super().__init__(context, table, name)
        asked = task.read(self.record, request.notes(self.record))
        self.hosts = Hosts(context, self.region, asked, self.folder)
        self.trained = 0.0  # seconds, in all starts together
        spot = self.record["EnableManagedSpotTraining"]
        self.market = Market(self.record.get("Environment", {})) if spot else None
        self.interrupted = Event()  # set when the market takes the instances away
        definitions = self.record["AlgorithmSpecification"].get("MetricDefinitions", [])
        cloudwatch = context.clients.get("cloudwatch", self.region)
        self.metrics = [Metrics(cloudwatch, name, definitions)] if definitions else []

    def work(self) -> None:
        """Start, download and train, again after each interruption; then upload."""
        status = 0
        for step in self._steps():
            if self.stopping.is_set():
                break
            status = step() or 0
        if self.last == "Abandoned":
            raise JobFailed("InternalServerError: the localaws server was stopped.")
        self._upload(status)

    def ended(self, reason: str) -> None:
        """Record the end with its secondary status."""
        stopped = self.last not in ("", "Abandoned")  # else all was uploaded
        last = self.last if stopped else "Completed"
        status = "Stopped" if stopped else "Completed"
        with self.table.edit(self.job) as record:
            if reason:
                fail(record, self.hosts.shown(reason))
            else:
                finish(record, status, last=last, message=_ENDS[last])

    def halt(self, grace: float) -> None:
        """Ask the algorithm on all hosts to end."""
        self.hosts.halt(grace)

    def kill(self) -> None:
        """End the algorithm on all hosts now."""
        self.hosts.kill()

    def patience(self) -> float | None:
        """Return how long a job on spot instances may take in all."""
        return self.record["StoppingCondition"].get("MaxWaitTimeInSeconds")

    def _steps(self) -> Iterator[Callable[[], int | None]]:
        """Yield what is to be done, again after each interruption."""
        while True:
            yield self._start
            yield self._download
            yield self._train
            if not self.interrupted.is_set():
                return
            yield self._yield_instances

    def _start(self) -> None:
        self._move("Starting", "Preparing the instances for training")
        self.clear()
        self.interrupted.clear()
        self.hosts.start()

    def _download(self) -> None:
        with self.table.edit(self.job) as record:
            record.setdefault("TrainingStartTime", time.time())
        self._move("Downloading", "Downloading input data")
        self.hosts.download()

    def _train(self) -> int:
        """Run the algorithm on all hosts and return its exit status."""
        self._move("Training", "Training in progress")
        begun = time.monotonic()
        limit = self.record["StoppingCondition"].get("MaxRuntimeInSeconds", 86400)
        left = max(0.1, limit - self.trained)
        timers = [
            self.timer(left, self.request_stop, "MaxRuntimeExceeded"),
            self.timer(self.market.wait() if self.market else None, self._interrupt),
        ]
        try:
            listeners: list[Listener] = [*self.metrics, self]
            return self.hosts.run(listeners, self._begun)
        finally:
            for timer in timers:
                timer.cancel()
            self.trained += time.monotonic() - begun
            final = [row for one in self.metrics for row in one.final.values()]
            self.table.update(self.job, FinalMetricDataList=final)

    def _begun(self) -> None:
        """Halt what began between the step's start and the processes'."""
        if self.stopping.is_set():
            self.hosts.halt(GRACE)

    def read(self, line: str) -> None:
        """Take a line of a host's log: it may bring the interruption."""
        if self.market and self.market.reads(line):
            self._interrupt()

    def flush(self) -> None:
        """Nothing of a log waits here."""

    def _interrupt(self) -> None:
        """Take the instances away, while the algorithm runs on them."""
        if not self.hosts.failed and self.hosts.running():
            self.interrupted.set()
            self.halt(GRACE)

    def _yield_instances(self) -> None:
        self._move("Interrupted", "The managed spot instances were interrupted")
        self.clear()
        self.hosts.all = []

    def _upload(self, status: int) -> None:
        """Bring the artefacts to S3; raise the reason of an algorithm that failed."""
        if not self.hosts.all:  # it was stopped before it started
            return
        failed = status != 0 and not self.last
        try:
            self._upload_artifacts(model=not failed)
        except RecursionError:
            text = "ClientError: Artifact upload failed: folders too deep in each other"
            raise JobFailed(text) from None
        except (BotoCoreError, ClientError, Boto3Error, OSError) as error:
            text = f"ClientError: Artifact upload failed: {error}"
            raise JobFailed(text) from error
        if failed and self.hosts.failed:
            raise JobFailed(self._reason(self.hosts.failed, status))

    def _upload_artifacts(self, model: bool) -> None:
        if not self.stopping.is_set() and model:
            self._move("Uploading", "Uploading generated training model")
        output = self.record["OutputDataConfig"]
        place = f"{output['S3OutputPath'].rstrip('/')}/{self.job}/output"
        s3 = role_client(self.context, self.record["RoleArn"], "s3", self.region)
        scratch = self.hosts.all[0].sandbox.folder
        roots = [one.ml for one in self.hosts.all]
        if model:
            folder = artifacts.merge(roots, "model")
            if output.get("CompressionType") == "NONE":
                uri = artifacts.store_files(s3, folder, f"{place}/model/")
            else:
                uri = f"{place}/model.tar.gz"
                artifacts.store_archive(s3, folder, uri, scratch)
            self.table.update(self.job, ModelArtifacts={"S3ModelArtifacts": uri})
        folder = artifacts.merge(roots, "output/data")
        if any(folder.iterdir()):
            artifacts.store_archive(s3, folder, f"{place}/output.tar.gz", scratch)

    def _reason(self, host: Host, status: int) -> str:
        """Return why a host failed; without our paths before it is cut at a length."""
        parameters = self.record.get("HyperParameters", {})
        said = host.wrote("output/failure", FAILURE).decode("utf-8", "replace")
        shown = self.hosts.shown
        lines = shown("\n".join(host.said())).split("\n")
        return failure.reason(shown(said), lines, status, parameters)

    def _move(self, status: str, message: str) -> None:
        with self.table.edit(self.job) as record:
            if record["TrainingJobStatus"] == "InProgress":
                move(record, status, message)


def move(record: Record, status: str, message: str) -> None:
    """Begin a secondary status and end the one before.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SecondaryStatusTransition.html
    """
    now = time.time()
    transitions = record.setdefault("SecondaryStatusTransitions", [])
    if transitions:
        transitions[-1].setdefault("EndTime", now)
    new = {"Status": status, "StartTime": now, "StatusMessage": message}
    if status in _LAST:
        new["EndTime"] = now
    transitions.append(new)
    record["SecondaryStatus"] = status


def finish(record: Record, status: str, *, last: str, message: str) -> None:
    """End a training job: `status` is the job's, `last` its secondary status.

    Spot instances are billed for fewer seconds than they ran: the ratio is the saving.
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
    """
    move(record, last, message)
    now = time.time()
    record["TrainingJobStatus"] = status
    record["TrainingEndTime"] = now
    if "TrainingStartTime" in record:
        seconds = max(1, round(now - record["TrainingStartTime"]))
        record["TrainingTimeInSeconds"] = seconds
        price = PRICE if record.get("EnableManagedSpotTraining") else 1
        record["BillableTimeInSeconds"] = max(1, round(seconds * price))


def fail(record: Record, reason: str) -> None:
    """End a training job as Failed."""
    record["FailureReason"] = reason[:1024]
    finish(record, "Failed", last="Failed", message="Training job failed")


_ENDS = {
    "Completed": "Training job completed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job exceeded MaxWaitTimeInSeconds provided",
}
