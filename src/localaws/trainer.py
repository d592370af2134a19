"""One run of a training job: from its channels to its artefacts."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from localaws import artifacts, failure, instance
from localaws.cluster import Cluster
from localaws.failure import JobFailed
from localaws.instance import Instance
from localaws.logs import Metrics
from localaws.operations import Context
from localaws.spot import Market
from localaws.store import Table
from localaws.transitions import fail, finish, move

GRACE = 120  # seconds between SIGTERM and SIGKILL
PEERS = 2  # the same for the hosts that are left when one has failed
SLOTS = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
RUNS: dict[tuple[str, str], Run] = {}  # the jobs that have not ended, by region, name

logger = logging.getLogger("localaws")


class Run(threading.Thread):
    """The thread that takes one training job from Pending to its end."""

    def __init__(self, context: Context, table: Table, name: str) -> None:
        super().__init__(name=f"training-{name}", daemon=True)
        self.context = context
        self.table = table
        self.job = name
        self.record = table.get(name)
        self.region = table.region
        self.looks = 0  # how often Describe has shown it
        self.stopping = threading.Event()
        self.last = ""  # why it stops: Stopped, MaxRuntimeExceeded, Abandoned, ...
        self.instances: list[Instance] = []
        self.failed: Instance | None = None  # the first host that failed
        self.trained = 0.0  # seconds, in all starts together
        self.market = Market(self.record.get("Environment", {}))
        self.interrupted = threading.Event()
        definitions = self.record["AlgorithmSpecification"].get("MetricDefinitions", [])
        cloudwatch = context.client("cloudwatch", self.region)
        self.metrics = Metrics(cloudwatch, name, definitions)
        RUNS[self.region, name] = self

    def request_stop(self, last: str) -> None:
        """Ask the run to end early; `last` becomes the secondary status."""
        self.last = self.last or last
        self.stopping.set()
        self._halt(GRACE)

    def abandon(self) -> None:
        """End the run at once, because the server ends."""
        self.request_stop("Abandoned")
        for one in self.instances:
            one.kill()
        self.join(10)

    def run(self) -> None:
        waiting = self._wait_limit()
        has_slot = self._wait_for_slot()
        reason = ""
        try:
            self._work()
        except JobFailed as failed:
            reason = str(failed)
        except Exception as error:
            logger.exception("training job %s", self.job)
            reason = f"InternalServerError: localaws failed: {error}"
        finally:
            waiting.cancel()
            if has_slot:
                SLOTS.release()
            instance.clear(self.context, self.region, self.job)
            self._end(reason)  # whoever sees the end sees nothing left
            if RUNS.get((self.region, self.job)) is self:  # not a new job of the name
                del RUNS[self.region, self.job]

    def _wait_for_slot(self) -> bool:
        """Return whether a place was had; a job that is to stop needs none."""
        while not SLOTS.acquire(timeout=0.2):
            if self.stopping.is_set():
                return False
        return True

    def _wait_limit(self) -> threading.Timer:
        """Start to count the time that a job on spot instances may take in all."""
        limit = self.record["StoppingCondition"].get("MaxWaitTimeInSeconds")
        return self._timer(limit, self.request_stop, "MaxWaitTimeExceeded")

    def _work(self) -> None:
        status = 0
        for step in self._steps():
            if self.stopping.is_set():
                break
            status = step() or 0
        if self.last == "Abandoned":
            raise JobFailed("InternalServerError: the localaws server was stopped.")
        self._upload(status)

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
        instance.clear(self.context, self.region, self.job)
        self.interrupted.clear()
        self.failed = None
        cluster = Cluster.of(self.record["ResourceConfig"].get("InstanceCount", 1))
        self.instances = [
            Instance(
                self.context, self.region, self.record, cluster, number, self.metrics
            )
            for number in range(1, len(cluster.hosts) + 1)
        ]

    def _download(self) -> None:
        with self.table.edit(self.job) as record:
            record.setdefault("TrainingStartTime", time.time())
        self._move("Downloading", "Downloading input data")
        for one in self.instances:
            one.download()

    def _train(self) -> int:
        """Run the algorithm on all hosts and return its exit status."""
        self._move("Training", "Training in progress")
        begun = time.monotonic()
        limit = self.record["StoppingCondition"].get("MaxRuntimeInSeconds", 86400)
        left = max(0.1, limit - self.trained)
        timers = [
            self._timer(left, self.request_stop, "MaxRuntimeExceeded"),
            self._timer(self.market.wait(), self._interrupt),
        ]
        try:
            return self._run_hosts()
        finally:
            for timer in timers:
                timer.cancel()
            self.trained += time.monotonic() - begun
            final = list(self.metrics.final.values())
            self.table.update(self.job, FinalMetricDataList=final)

    def _run_hosts(self) -> int:
        """Return the status of the first host that fails, else 0; the rest end."""
        first = 0
        with ThreadPoolExecutor(len(self.instances)) as pool:
            hosts = {pool.submit(one.train, self._read): one for one in self.instances}
            if self.stopping.is_set():  # between the step's start and the processes'
                self._halt(GRACE)
            for host in as_completed(hosts):
                if host.exception() or host.result():
                    self._halt(PEERS)
                if not first and host.result():
                    first, self.failed = host.result(), hosts[host]
        return first

    def _read(self, line: str) -> None:
        if self.market.reads(line):
            self._interrupt()

    def _interrupt(self) -> None:
        """Take the instances away, while the algorithm runs on them."""
        if not self.failed and any(one.running() for one in self.instances):
            self.interrupted.set()
            self._halt(GRACE)

    def _halt(self, grace: float) -> None:
        for one in self.instances:
            one.halt(grace)

    def _yield_instances(self) -> None:
        self._move("Interrupted", "The managed spot instances were interrupted")
        instance.clear(self.context, self.region, self.job)
        self.instances = []

    def _upload(self, status: int) -> None:
        """Bring the artefacts to S3; raise the reason of an algorithm that failed."""
        if not self.instances:  # it was stopped before it started
            return
        failed = status != 0 and not self.last
        try:
            self._upload_artifacts(model=not failed)
        except (BotoCoreError, ClientError, Boto3Error, OSError) as error:
            text = f"ClientError: Artifact upload failed: {error}"
            raise JobFailed(text) from error
        if failed:
            raise JobFailed(self._reason(status))

    def _upload_artifacts(self, model: bool) -> None:
        if not self.stopping.is_set() and model:
            self._move("Uploading", "Uploading generated training model")
        output = self.record["OutputDataConfig"]
        place = f"{output['S3OutputPath'].rstrip('/')}/{self.job}/output"
        s3 = self.context.client("s3", self.region)
        scratch = self.instances[0].sandbox.folder
        if model:
            folder = artifacts.merge([one.ml / "model" for one in self.instances])
            if output.get("CompressionType") == "NONE":
                uri = artifacts.store_files(s3, folder, f"{place}/model/")
            else:
                uri = f"{place}/model.tar.gz"
                artifacts.store_archive(s3, folder, uri, scratch)
            self.table.update(self.job, ModelArtifacts={"S3ModelArtifacts": uri})
        folder = artifacts.merge([one.ml / "output/data" for one in self.instances])
        if any(folder.iterdir()):
            artifacts.store_archive(s3, folder, f"{place}/output.tar.gz", scratch)

    def _reason(self, status: int) -> str:
        one = self.failed
        parameters = self.record.get("HyperParameters", {})
        return failure.reason(one.failure(), list(one.log.tail), status, parameters)

    def _timer(
        self, seconds: float | None, function: Callable, *arguments: str
    ) -> threading.Timer:
        """Return a running timer; without `seconds` it never runs out."""
        timer = threading.Timer(seconds or 0, function, arguments)
        timer.daemon = True
        if seconds is not None:
            timer.start()
        return timer

    def _move(self, status: str, message: str) -> None:
        with self.table.edit(self.job) as record:
            if record["TrainingJobStatus"] == "InProgress":
                move(record, status, message)

    def _end(self, reason: str) -> None:
        stopped = self.last not in ("", "Abandoned")  # else all was uploaded
        last = self.last if stopped else "Completed"
        status = "Stopped" if stopped else "Completed"
        with self.table.edit(self.job) as record:
            if reason:
                fail(record, reason)
            else:
                finish(record, status, last=last, message=_ENDS[last])


_ENDS = {
    "Completed": "Training job completed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job exceeded MaxWaitTimeInSeconds provided",
}
