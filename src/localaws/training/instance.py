"""One host of a training job: its folders, its data, its process and its log."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from localaws import bounds
from localaws.api.registry import Context
from localaws.iam.roles import assume, role_client
from localaws.jobs import channels, mirror
from localaws.jobs.cluster import Cluster
from localaws.jobs.failure import JobFailed
from localaws.jobs.logs import JobLog, Listener
from localaws.jobs.mirror import Mirror
from localaws.machine import files, instances
from localaws.machine.sandbox import PATHS, PROMISED, Process, Sandbox
from localaws.training import request, submission
from localaws.training.metrics import NAMESPACE, Usage

FAILURE = 64 * 1024  # bytes of the file in which an algorithm says why it failed
FOLDERS = ("input/config", "input/data", "model", "output/data", "code", "checkpoints")


class Instance:
    """What one of a job's machines is on AWS: a process group with folders of its own.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """

    def __init__(
        self,
        context: Context,
        region: str,
        record: dict[str, Any],
        folder: Path,
        cluster: Cluster,
        name: str,
    ) -> None:
        self.context = context
        self.region = region
        self.record = record
        self.cluster = cluster
        self.name = name  # "algo-1"
        self.sandbox = Sandbox(
            folder / name,
            paths=record.get("Environment", {}).get(PATHS, context.paths),
            gpu=instances.has_gpu(record["ResourceConfig"]["InstanceType"]),
            hostname=name,
            hosts=cluster.hosts,
            isolated=record.get("EnableNetworkIsolation", False),
            server=context.folder,
        )
        self.ml = self.sandbox.ml
        for below in FOLDERS:
            (self.ml / below).mkdir(parents=True)
        self.s3 = role_client(context, record["RoleArn"], "s3", region)
        self.checkpoints = self._mirror("CheckpointConfig", "S3Uri", mirror.LOCAL)
        self.board = self._mirror(
            "TensorBoardOutputConfig", "S3OutputPath", mirror.TENSORBOARD
        )
        self._process: Process | None = None  # while the algorithm runs, and after
        self._log: JobLog | None = None  # the same
        self._grace = 0.0  # between SIGTERM and SIGKILL, once `_halted` is set
        self._halted = threading.Event()  # set once: the algorithm is to end
        self._write_configuration()

    def _mirror(self, member: str, uri: str, usual: str) -> Mirror | None:
        """Return what keeps a folder in S3, if the job has it; TensorBoard's by job.

        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TensorBoardOutputConfig.html
        """
        config = self.record.get(member)
        if config is None:
            return None
        folder = self.sandbox.host(config.get("LocalPath", usual))
        folder.mkdir(parents=True, exist_ok=True)
        place = config[uri]
        if usual == mirror.TENSORBOARD:
            job = self.record["TrainingJobName"]
            place = f"{place.rstrip('/')}/{job}/tensorboard-output"
        return Mirror(self.s3, place, folder)

    def _write_configuration(self) -> None:
        record = self.record
        mode = record["AlgorithmSpecification"].get("TrainingInputMode", "File")
        inputs = record.get("InputDataConfig", [])
        files = {
            "hyperparameters": record.get("HyperParameters", {}),
            "inputdataconfig": channels.configuration(inputs, mode),
            "resourceconfig": instances.resource_config(
                record["ResourceConfig"]["InstanceType"],
                list(self.cluster.hosts),
                self.name,
            ),
        }
        if checkpoints := record.get("CheckpointConfig"):
            files["checkpointconfig"] = {"LocalPath": mirror.LOCAL, **checkpoints}
        for name, value in files.items():
            path = self.ml / "input" / "config" / f"{name}.json"
            path.write_text(self.sandbox.inside(json.dumps(value)))

    def download(self) -> None:
        """Bring the channels, the checkpoints and a plain image's code."""
        try:
            for channel in self.record.get("InputDataConfig", ()):
                self._fetch(channel)
            if self.checkpoints:
                self.checkpoints.restore()
            submission.bring(self.s3, self.record, self.sandbox)
        except channels.ChannelError as error:
            raise JobFailed(f"ClientError: {error}") from error

    def _fetch(self, channel: dict[str, Any]) -> None:
        name, hosts = channel["ChannelName"], list(self.cluster.hosts)
        folder = self.ml / "input" / "data" / name
        number = hosts.index(self.name)
        channels.fetch(self.s3, channel, folder, host=number, hosts=len(hosts))
        if name in ("code", "sm_drivers"):
            self.sandbox.adapt(folder)
        if name == "sm_drivers":
            self.cluster.adapt(folder, names_known=self.sandbox.namespace)
        if self._input_mode(channel) == "FastFile":
            _make_read_only(folder)

    def _input_mode(self, channel: dict[str, Any]) -> str:
        mode = self.record["AlgorithmSpecification"].get("TrainingInputMode", "File")
        return channel.get("InputMode", mode)

    def train(self, listeners: Sequence[Listener]) -> int:
        """Run the algorithm, its log read by `listeners`; return its exit status.

        When this returns, no process is left, and all checkpoints and all that is for
        TensorBoard are in S3.
        """
        stream = f"{self.record['TrainingJobName']}/{self.name}-{int(time.time())}"
        logs = self.context.clients.get("logs", self.region)
        self._log = log = JobLog(logs, NAMESPACE, stream, listeners)
        for note in self._notes():
            log.write(note)
        kept = [one for one in (self.checkpoints, self.board) if one]
        with ExitStack() as ends:  # each comes, whatever became of the others
            for one in kept:
                one.start()
                ends.callback(_close, one)
            ends.callback(log.close)
            return self._run_algorithm(log)

    def _run_algorithm(self, log: JobLog) -> int:
        argv = submission.command(self.record)
        self._process = process = self.sandbox.start(argv, self._variables())
        # Ends the algorithm when it is halted; this thread is busy with its output.
        halts = threading.Thread(target=self._end_when_halted, args=(process,))
        halts.daemon = True
        halts.start()
        host = f"{self.record['TrainingJobName']}/{self.name}"
        cloudwatch = self.context.clients.get("cloudwatch", self.region)
        try:
            usage = Usage(cloudwatch, host, process.pid, self.ml)
            with closing(usage), process.stdout as lines:
                log.copy(lines, self.sandbox.shown)
            return process.wait()
        finally:
            self._halted.set()

    def _end_when_halted(self, process: Process) -> None:
        self._halted.wait()
        process.stop(self._grace)

    def halt(self, grace: float) -> None:
        """Ask the algorithm to end: SIGTERM, and SIGKILL after `grace` seconds."""
        if not self._halted.is_set():
            self._grace = grace
            self._halted.set()

    def kill(self) -> None:
        """End the algorithm and all that it started, now."""
        if self._process is not None:
            self._process.kill()

    def running(self) -> bool:
        """Return whether the algorithm runs."""
        return self._process is not None and self._process.poll() is None

    def said(self) -> list[str]:
        """Return the last lines of the log."""
        return list(self._log.tail) if self._log else []

    def failure(self) -> str:
        """Return what the algorithm wrote to /opt/ml/output/failure: its beginning."""
        data = bounds.beginning(self.ml, "output/failure", FAILURE)
        return self.sandbox.shown(data.decode("utf-8", "replace"))

    def _notes(self) -> list[str]:
        algorithm = self.record["AlgorithmSpecification"]
        notes = instances.notes(algorithm.get("TrainingImage", ""))
        notes += request.notes(self.record)
        inputs = self.record.get("InputDataConfig", ())
        fast = [c["ChannelName"] for c in inputs if self._input_mode(c) == "FastFile"]
        if fast:
            names = ", ".join(fast)
            notes.append(f"localaws: FastFile data is here before the start: {names}.")
        if len(self.cluster.hosts) > 1 and not self.sandbox.namespace:
            where = ", ".join(f"{n} is {a}" for n, a in self.cluster.hosts.items())
            notes.append(f"localaws: hosts have no names here: {where}.")
        if self.checkpoints and self.checkpoints.beside:
            notes.append(_BESIDE.format(self.checkpoints))
        return notes

    def _variables(self) -> dict[str, str]:
        """Return the environment variables that SageMaker gives a container.

        One without a network has no credentials either, and no service to reach.
        https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
        """
        services = {
            "AWS_ENDPOINT_URL": self.context.url,
            **assume(self.context, self.record["RoleArn"], "SageMaker"),
            "LOCALAWS_URL": self.context.url,
        }
        port = self.cluster.port
        meeting = f"{self.cluster.hosts['algo-1']}:{port}" if port else ""
        return {
            "GLOO_SOCKET_IFNAME": instances.LOOPBACK,
            "TP_SOCKET_IFNAME": instances.LOOPBACK,
            **submission.variables(self.record, meeting),
            PROMISED: instances.promised(
                self.record["AlgorithmSpecification"].get("TrainingImage", "")
            ),
            **self.record.get("Environment", {}),
            "TRAINING_JOB_NAME": self.record["TrainingJobName"],
            "TRAINING_JOB_ARN": self.record["TrainingJobArn"],
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            **({} if self.record.get("EnableNetworkIsolation") else services),
        }


_BESIDE = (
    "localaws: the address {0.uri} of the checkpoints is a prefix of text: it also "
    'brought {0.beside[0]} from beside the folder. End it with "/" to leave that out.'
)


def _close(kept: Mirror) -> None:
    """Bring the rest of a folder to S3; JobFailed where it is not taken."""
    try:
        kept.close()
    except (BotoCoreError, ClientError, Boto3Error, OSError) as error:
        text = f"ClientError: The upload to {kept.uri} failed: {error}"
        raise JobFailed(text) from error


def _make_read_only(folder: Path) -> None:
    """FastFile mounts are read-only; the superuser alone can write all the same."""
    for path in files.below(folder):
        if path.is_file() and not path.is_symlink():
            path.chmod(0o444)
