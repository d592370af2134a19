"""One run of a training job: from its channels to its artefacts."""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from localaws import channels, failure, machine
from localaws.access import role_client
from localaws.archives import pack
from localaws.credentials import assume
from localaws.logs import JobLog, Metrics
from localaws.operations import Context
from localaws.sandbox import Process, Sandbox
from localaws.store import Table
from localaws.transitions import fail, finish, move

PATHS = "LOCALAWS_PATHS"  # of a job's Environment: how this job sees /opt/ml
GRACE = 120  # seconds between SIGTERM and SIGKILL
SLOTS = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
RUNS: dict[tuple[str, str], Run] = {}  # the jobs that have not ended, by region, name
APOSTROPHE = (
    'The hyperparameter "{name}" contains an apostrophe, and the environment.py of '
    "SageMaker SDK 3.27 cannot pass it on to the script"
)

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
        self.last = ""  # why it stops: Stopped, MaxRuntimeExceeded, Abandoned
        self.process: Process | None = None
        self.sandbox: Sandbox | None = None
        self.log: JobLog | None = None
        RUNS[self.region, name] = self

    def request_stop(self, last: str) -> None:
        """Ask the run to end early; `last` becomes the secondary status."""
        self.last = self.last or last
        self.stopping.set()

    def abandon(self) -> None:
        """End the run at once, because the server ends."""
        self.request_stop("Abandoned")
        if self.process is not None:
            self.process.kill()
        self.join(10)

    def run(self) -> None:
        has_slot = self._wait_for_slot()
        reason = ""
        try:
            self._work()
        except _Failed as failed:
            reason = str(failed)
        except Exception as error:
            logger.exception("training job %s", self.job)
            reason = f"InternalServerError: localaws failed: {error}"
        finally:
            if has_slot:
                SLOTS.release()
            if self.sandbox is not None:
                self.sandbox.remove()
            self._end(reason)  # whoever sees the end sees nothing left
            RUNS.pop((self.region, self.job), None)

    def _wait_for_slot(self) -> bool:
        """Return whether a place was had; a job that is to stop needs none."""
        while not SLOTS.acquire(timeout=0.2):
            if self.stopping.is_set():
                return False
        return True

    def _work(self) -> None:
        if not self.stopping.is_set():
            self._start()
            self._download()
        status = self._train() if not self.stopping.is_set() else 0
        if self.last == "Abandoned":
            raise _Failed("InternalServerError: the localaws server was stopped.")
        self._upload(status)

    def _start(self) -> None:
        self._move("Starting", "Preparing the instances for training")
        resources = self.record["ResourceConfig"]
        folder = self.context.folder / "jobs" / f"{self.region}-{self.job}"
        shutil.rmtree(folder, ignore_errors=True)
        self.sandbox = Sandbox(
            folder,
            paths=self.record.get("Environment", {}).get(PATHS, self.context.paths),
            gpu=machine.has_gpu(resources["InstanceType"]),
        )
        for name in ("input/config", "input/data", "model", "output/data", "code"):
            (self.sandbox.ml / name).mkdir(parents=True)
        self._write_configuration()

    def _write_configuration(self) -> None:
        """Write the three files that a container reads.

        https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
        """
        record = self.record
        mode = record["AlgorithmSpecification"].get("TrainingInputMode", "File")
        inputs = record.get("InputDataConfig", [])
        files = {
            "hyperparameters": record.get("HyperParameters", {}),
            "inputdataconfig": channels.configuration(inputs, mode),
            "resourceconfig": machine.resource_config(
                record["ResourceConfig"]["InstanceType"], self.sandbox.hosts
            ),
        }
        for name, value in files.items():
            path = self.sandbox.ml / "input" / "config" / f"{name}.json"
            path.write_text(self.sandbox.inside(json.dumps(value)))

    def _download(self) -> None:
        now = time.time()
        self.table.update(self.job, TrainingStartTime=now)
        self._move("Downloading", "Downloading input data")
        s3 = role_client(self.context, self.record["RoleArn"], "s3", self.region)
        for channel in self.record.get("InputDataConfig", ()):
            folder = self.sandbox.ml / "input" / "data" / channel["ChannelName"]
            try:
                channels.fetch(s3, channel, folder)
            except channels.ChannelError as error:
                raise _Failed(f"ClientError: {error}") from error
            if channel["ChannelName"] in ("code", "sm_drivers"):
                self.sandbox.adapt(folder)

    def _train(self) -> int:
        """Run the algorithm and return its exit status."""
        stream = f"{self.job}/algo-1-{int(time.time())}"
        self.log = JobLog(self.context.client("logs", self.region), stream)
        algorithm = self.record["AlgorithmSpecification"]
        cloudwatch = self.context.client("cloudwatch", self.region)
        definitions = algorithm.get("MetricDefinitions", [])
        self.log.metrics = Metrics(cloudwatch, self.job, definitions)
        self._move("Training", "Training in progress")
        for note in machine.notes(algorithm.get("TrainingImage", "")):
            self.log.write(note)
        limit = self.record["StoppingCondition"].get("MaxRuntimeInSeconds", 86400)
        timer = threading.Timer(limit, self.request_stop, ["MaxRuntimeExceeded"])
        timer.daemon = True
        timer.start()
        try:
            return self._run_algorithm(algorithm)
        finally:
            timer.cancel()
            self.log.close()
            final = list(self.log.metrics.final.values())
            self.table.update(self.job, FinalMetricDataList=final)

    def _run_algorithm(self, algorithm: dict[str, Any]) -> int:
        argv = algorithm.get("ContainerEntrypoint", [])
        argv = [*argv, *algorithm.get("ContainerArguments", [])]
        if not argv:
            raise _Failed(
                "AlgorithmError: localaws runs images that name an entry point "
                "(ModelTrainer with source_code does) and not their own programs yet."
            )
        self.process = self.sandbox.start(argv, self._variables())
        killer = threading.Thread(target=self._kill_late, daemon=True)
        killer.start()
        self.log.copy(self.process.stdout, self.sandbox.shown)
        return self.process.wait()

    def _kill_late(self) -> None:
        """Kill the algorithm when it outlives a request to stop."""
        process = self.process
        while process.poll() is None:
            if self.stopping.wait(1):
                process.stop(GRACE)
                return

    def _variables(self) -> dict[str, str]:
        """Return the environment variables that SageMaker gives a container.

        https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
        """
        return {
            **self.record.get("Environment", {}),
            "TRAINING_JOB_NAME": self.job,
            "TRAINING_JOB_ARN": self.record["TrainingJobArn"],
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.context.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            **assume(self.context, self.record["RoleArn"], "SageMaker"),
            "LOCALAWS_URL": self.context.url,
        }

    def _upload(self, status: int) -> None:
        """Bring the artefacts to S3; raise the reason of an algorithm that failed."""
        if self.sandbox is None:  # it was stopped before it started
            return
        failed = status != 0 and not self.last
        try:
            self._upload_artefacts(model=not failed)
        except (BotoCoreError, ClientError, Boto3Error, OSError) as error:
            text = f"ClientError: Artifact upload failed: {error}"
            raise _Failed(text) from error
        if failed:
            raise _Failed(self._reason(status))

    def _upload_artefacts(self, model: bool) -> None:
        if not self.stopping.is_set() and model:
            self._move("Uploading", "Uploading generated training model")
        target = self.record["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        place = f"{target}/{self.job}/output"
        if model:
            uri = self._put(self.sandbox.ml / "model", f"{place}/model.tar.gz")
            self.table.update(self.job, ModelArtifacts={"S3ModelArtifacts": uri})
        if any((self.sandbox.ml / "output" / "data").iterdir()):
            self._put(self.sandbox.ml / "output" / "data", f"{place}/output.tar.gz")

    def _put(self, folder: Path, uri: str) -> str:
        """Pack a folder and store it; it appears whole or not at all."""
        bucket, key = channels.split_uri(uri)
        archive = self.sandbox.folder / Path(key).name
        pack(folder, archive)
        s3 = role_client(self.context, self.record["RoleArn"], "s3", self.region)
        s3.upload_file(str(archive), bucket, key)
        archive.unlink()
        return uri

    def _reason(self, status: int) -> str:
        path = self.sandbox.ml / "output" / "failure"
        text = path.read_text(errors="replace") if path.is_file() else ""
        text = self.sandbox.shown(text)
        log = list(self.log.tail)
        if not failure.exception(log) and status == 2:
            for name, value in self.record.get("HyperParameters", {}).items():
                if "'" in name + value:
                    text = APOSTROPHE.format(name=name)
                    return failure.algorithm_error(text, status)
        return failure.reason(text, log, status)

    def _move(self, status: str, message: str) -> None:
        with self.table.edit(self.job) as record:
            if record["TrainingJobStatus"] == "InProgress":
                move(record, status, message)

    def _end(self, reason: str) -> None:
        last = self.last or "Completed"
        status = "Stopped" if self.last else "Completed"
        with self.table.edit(self.job) as record:
            if reason:
                fail(record, reason)
            else:
                finish(record, status, last=last, message=_ENDS[last])


class _Failed(Exception):
    """The job fails, and this is its `FailureReason`."""


_ENDS = {
    "Completed": "Training job completed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}
