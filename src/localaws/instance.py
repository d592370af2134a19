"""One host of a training job: its folders, its data, its process and its log."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from localaws import channels, checkpoints, machine, submission
from localaws.checkpoints import Checkpoints
from localaws.cluster import Cluster
from localaws.credentials import assume
from localaws.failure import JobFailed
from localaws.logs import JobLog, Metrics
from localaws.operations import Context
from localaws.sandbox import Process, Sandbox

PATHS = "LOCALAWS_PATHS"  # of a job's Environment: how this job sees /opt/ml
FOLDERS = ("input/config", "input/data", "model", "output/data", "code", "checkpoints")


@dataclass
class Instance:
    """What one of a job's machines is on AWS: a process group with folders of its own.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """

    context: Context
    region: str
    record: dict[str, Any]
    cluster: Cluster
    number: int  # from 1, as in algo-1
    metrics: Metrics
    process: Process | None = None
    log: JobLog | None = None
    checkpoints: Checkpoints | None = None
    grace: float = 0.0
    halted: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        job = self.record["TrainingJobName"]
        self.name = f"algo-{self.number}"
        variables = self.record.get("Environment", {})
        self.sandbox = Sandbox(
            folder_of(self.context, self.region, job) / self.name,
            paths=variables.get(PATHS, self.context.paths),
            gpu=machine.has_gpu(self.record["ResourceConfig"]["InstanceType"]),
            hostname=self.name,
            hosts=self.cluster.hosts,
        )
        self.ml = self.sandbox.ml
        for name in FOLDERS:
            (self.ml / name).mkdir(parents=True)
        self._write_configuration()

    def _write_configuration(self) -> None:
        record = self.record
        mode = record["AlgorithmSpecification"].get("TrainingInputMode", "File")
        inputs = record.get("InputDataConfig", [])
        files = {
            "hyperparameters": record.get("HyperParameters", {}),
            "inputdataconfig": channels.configuration(inputs, mode),
            "resourceconfig": machine.resource_config(
                record["ResourceConfig"]["InstanceType"],
                list(self.cluster.hosts),
                self.name,
            ),
        }
        for name, value in files.items():
            path = self.ml / "input" / "config" / f"{name}.json"
            path.write_text(self.sandbox.inside(json.dumps(value)))

    def download(self) -> None:
        """Bring the channels, the checkpoints and a plain image's code."""
        s3 = self.context.client("s3", self.region)
        try:
            for channel in self.record.get("InputDataConfig", ()):
                self._fetch(s3, channel)
            self._restore(s3)
            submission.bring(s3, self.record, self.sandbox)
        except channels.ChannelError as error:
            raise JobFailed(f"ClientError: {error}") from error

    def _fetch(self, s3: Any, channel: dict) -> None:
        name, hosts = channel["ChannelName"], len(self.cluster.hosts)
        folder = self.ml / "input" / "data" / name
        channels.fetch(s3, channel, folder, host=self.number - 1, hosts=hosts)
        if name in ("code", "sm_drivers"):
            self.sandbox.adapt(folder)
        if name == "sm_drivers":
            self.cluster.adapt(folder, names_known=self.sandbox.namespace)
        if self._input_mode(channel) == "FastFile":
            _make_read_only(folder)

    def _input_mode(self, channel: dict) -> str:
        mode = self.record["AlgorithmSpecification"].get("TrainingInputMode", "File")
        return channel.get("InputMode", mode)

    def _restore(self, s3: Any) -> None:
        config = self.record.get("CheckpointConfig")
        if config:
            folder = self.sandbox.host(config.get("LocalPath", checkpoints.LOCAL))
            self.checkpoints = Checkpoints(s3, config["S3Uri"], folder)
            self.checkpoints.restore()

    def train(self, reads: Callable[[str], None]) -> int:
        """Run the algorithm, its log line by line through `reads`; return its status.

        When this returns, no process is left and all checkpoints are in S3.
        """
        stream = f"{self.record['TrainingJobName']}/{self.name}-{int(time.time())}"
        self.log = JobLog(self.context.client("logs", self.region), stream)
        self.log.metrics = self.metrics
        for note in self._notes():
            self.log.write(note)
        if self.checkpoints:
            self.checkpoints.start()
        try:
            return self._run_algorithm(reads)
        finally:
            self.log.close()
            self._close_checkpoints()

    def _run_algorithm(self, reads: Callable[[str], None]) -> int:
        argv = submission.command(self.record)
        self.process = self.sandbox.start(argv, self._variables())
        threading.Thread(target=self._end_when_halted, daemon=True).start()

        def shown(line: str) -> str:
            line = self.sandbox.shown(line)
            reads(line)
            return line

        try:
            self.log.copy(self.process.stdout, shown)
            return self.process.wait()
        finally:
            self.halted.set()

    def _end_when_halted(self) -> None:
        self.halted.wait()
        self.process.stop(self.grace)

    def halt(self, grace: float) -> None:
        """Ask the algorithm to end: SIGTERM, and SIGKILL after `grace` seconds."""
        if not self.halted.is_set():
            self.grace = grace
            self.halted.set()

    def kill(self) -> None:
        """End the algorithm and all that it started, now."""
        if self.process is not None:
            self.process.kill()

    def running(self) -> bool:
        """Return whether the algorithm runs."""
        return self.process is not None and self.process.poll() is None

    def failure(self) -> str:
        """Return what the algorithm wrote to /opt/ml/output/failure."""
        path = self.ml / "output" / "failure"
        text = path.read_text(errors="replace") if path.is_file() else ""
        return self.sandbox.shown(text)

    def remove(self) -> None:
        """Delete all folders."""
        self.sandbox.remove()

    def _notes(self) -> list[str]:
        algorithm = self.record["AlgorithmSpecification"]
        notes = machine.notes(algorithm.get("TrainingImage", ""))
        inputs = self.record.get("InputDataConfig", ())
        fast = [c["ChannelName"] for c in inputs if self._input_mode(c) == "FastFile"]
        if fast:
            names = ", ".join(fast)
            notes.append(f"localaws: FastFile data is here before the start: {names}.")
        if len(self.cluster.hosts) > 1 and not self.sandbox.namespace:
            where = ", ".join(f"{n} is {a}" for n, a in self.cluster.hosts.items())
            notes.append(f"localaws: hosts have no names here: {where}.")
        return notes

    def _close_checkpoints(self) -> None:
        if self.checkpoints:
            try:
                self.checkpoints.close()
            except (BotoCoreError, ClientError, Boto3Error, OSError) as error:
                text = f"ClientError: Checkpoint upload failed: {error}"
                raise JobFailed(text) from error

    def _variables(self) -> dict[str, str]:
        """Return the environment variables that SageMaker gives a container."""
        return {
            "GLOO_SOCKET_IFNAME": machine.LOOPBACK,
            "TP_SOCKET_IFNAME": machine.LOOPBACK,
            **self.record.get("Environment", {}),
            "TRAINING_JOB_NAME": self.record["TrainingJobName"],
            "TRAINING_JOB_ARN": self.record["TrainingJobArn"],
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.context.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            **assume(self.context, self.record["RoleArn"], "SageMaker"),
            "LOCALAWS_URL": self.context.url,
        }


def _make_read_only(folder: Path) -> None:
    """FastFile mounts are read-only; the superuser alone can write all the same."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o444)


def folder_of(context: Context, region: str, job: str) -> Path:
    """Return the folder that holds the instances of a job."""
    return context.folder / "jobs" / f"{region}-{job}"


def clear(context: Context, region: str, job: str) -> None:
    """Delete what is left of a job's instances."""
    shutil.rmtree(folder_of(context, region, job), ignore_errors=True)
