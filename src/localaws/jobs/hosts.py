"""The hosts of a job: their folders, their data, their processes and their logs."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing
from pathlib import Path

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from localaws import bounds
from localaws.api.registry import Context
from localaws.iam.roles import assume, role_client
from localaws.jobs import channels
from localaws.jobs.failure import JobFailed
from localaws.jobs.logs import JobLog, Listener
from localaws.jobs.mirror import Mirror
from localaws.jobs.task import Cluster, Input, Task
from localaws.jobs.usage import Usage
from localaws.machine import files, instances
from localaws.machine.sandbox import PATHS, PROMISED, Process, Sandbox
from localaws.machine.shown import neutral

PEERS = 2  # seconds of grace for the hosts that are left when one has failed


class Host:
    """What one of a job's machines is on AWS: a process group with folders of its own.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """

    def __init__(
        self,
        context: Context,
        region: str,
        task: Task,
        folder: Path,
        cluster: Cluster,
        name: str,
    ) -> None:
        self.context = context
        self.region = region
        self.task = task
        self.cluster = cluster
        self.name = name  # "algo-1"
        self.sandbox = Sandbox(
            folder / name,
            paths=task.variables.get(PATHS, context.paths),
            gpu=instances.has_gpu(task.instance_type),
            hostname=name,
            hosts=cluster.hosts,
            isolated=task.isolated,
            server=context.folder,
        )
        self.ml = self.sandbox.ml
        for path in [*task.folders, *(kept.path for kept in task.kept)]:
            self.sandbox.host(path).mkdir(parents=True, exist_ok=True)
        self.s3 = role_client(context, task.role, "s3", region)
        self.mirrors = [
            Mirror(self.s3, kept.uri, self.sandbox.host(kept.path))
            for kept in task.kept
        ]
        self._process: Process | None = None  # while the algorithm runs, and after
        self._log: JobLog | None = None  # the same
        self._grace = 0.0  # between SIGTERM and SIGKILL, once `_halted` is set
        self._halted = threading.Event()  # set once: the algorithm is to end
        for path, value in task.files(name, cluster).items():
            place = self.sandbox.host(path)
            place.write_text(self.sandbox.inside(json.dumps(value)))

    def download(self) -> None:
        """Bring the inputs, and what is kept in S3, and prepare the code."""
        try:
            for one in self.task.inputs:
                self._fetch(one)
            for kept, mirror in zip(self.task.kept, self.mirrors, strict=True):
                if kept.restored:
                    mirror.restore()
            self.task.prepare(self.s3, self.sandbox, self.cluster)
        except channels.ChannelError as error:
            raise JobFailed(f"ClientError: {error}") from error
        for one in self.task.inputs:
            if one.read_only:
                _make_read_only(self.sandbox.host(one.path))

    def _fetch(self, one: Input) -> None:
        folder, hosts = self.sandbox.host(one.path), list(self.cluster.hosts)
        number = hosts.index(self.name)
        channels.fetch(self.s3, one.channel, folder, host=number, hosts=len(hosts))
        if one.is_code:
            self.sandbox.adapt(folder)

    def run(self, listeners: Sequence[Listener]) -> int:
        """Run the algorithm, its log read by `listeners`; return its exit status.

        When this returns, no process is left, and all that is kept in S3 is there.
        """
        stream = f"{self.task.name}/{self.name}-{int(time.time())}"
        logs = self.context.clients.get("logs", self.region)
        self._log = log = JobLog(logs, self.task.group, stream, listeners)
        for note in self._notes():
            log.write(note)
        with ExitStack() as ends:  # each comes, whatever became of the others
            for mirror in self.mirrors:
                mirror.start()
                ends.callback(_close, mirror)
            ends.callback(log.close)
            return self._run_algorithm(log)

    def _run_algorithm(self, log: JobLog) -> int:
        self._process = process = self.sandbox.start(self.task.argv, self._variables())
        # Ends the algorithm when it is halted; this thread is busy with its output.
        halts = threading.Thread(target=self._end_when_halted, args=(process,))
        halts.daemon = True
        halts.start()
        host = f"{self.task.name}/{self.name}"
        cloudwatch = self.context.clients.get("cloudwatch", self.region)
        try:
            usage = Usage(cloudwatch, self.task.group, host, process.pid, self.ml)
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

    def wrote(self, below: str, limit: int) -> bytes:
        """Return the beginning of a file that the algorithm wrote below /opt/ml."""
        return bounds.beginning(self.ml, below, limit)

    def _notes(self) -> list[str]:
        notes = [*instances.notes(self.task.image), *self.task.notes]
        if len(self.cluster.hosts) > 1 and not self.sandbox.namespace:
            where = ", ".join(f"{n} is {a}" for n, a in self.cluster.hosts.items())
            notes.append(f"localaws: hosts have no names here: {where}.")
        return [*notes, *(_BESIDE.format(one) for one in self.mirrors if one.beside)]

    def _variables(self) -> dict[str, str]:
        """Return the environment variables that SageMaker gives a container.

        One without a network has no credentials either, and no service to reach.
        https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
        """
        services = {
            "AWS_ENDPOINT_URL": self.context.url,
            **assume(self.context, self.task.role, "SageMaker"),
            "LOCALAWS_URL": self.context.url,
        }
        return {
            "GLOO_SOCKET_IFNAME": instances.LOOPBACK,
            "TP_SOCKET_IFNAME": instances.LOOPBACK,
            **self.cluster.variables,
            PROMISED: instances.promised(self.task.image),
            **self.task.variables,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            **({} if self.task.isolated else services),
        }


class Hosts:
    """All hosts of a job, from their start to the end of the first that fails."""

    def __init__(self, context: Context, region: str, task: Task, folder: Path) -> None:
        self.context, self.region = context, region
        self.task, self.folder = task, folder
        self.all: list[Host] = []  # none before the start
        self.failed: Host | None = None  # the first host that failed

    def start(self) -> None:
        """Give each host its folders."""
        self.failed = None
        cluster = Cluster.of(self.task.count)
        self.all = [
            Host(self.context, self.region, self.task, self.folder, cluster, name)
            for name in cluster.hosts
        ]

    def download(self) -> None:
        """Bring what the hosts need."""
        for one in self.all:
            one.download()

    def run(self, listeners: Sequence[Listener], begun: Callable[[], None]) -> int:
        """Return the status of the first host that fails, else 0; the rest end.

        `begun` is called when all can be halted.
        """
        first = 0
        with ThreadPoolExecutor(len(self.all)) as pool:
            hosts = {pool.submit(one.run, listeners): one for one in self.all}
            begun()
            for host in as_completed(hosts):
                if host.exception() or host.result():
                    self.halt(PEERS)
                if not first and host.result():
                    first, self.failed = host.result(), hosts[host]
        return first

    def running(self) -> bool:
        """Return whether the algorithm runs on one of them."""
        return any(one.running() for one in self.all)

    def halt(self, grace: float) -> None:
        """Ask the algorithm on all hosts to end."""
        for one in self.all:
            one.halt(grace)

    def kill(self) -> None:
        """End the algorithm on all hosts now."""
        for one in self.all:
            one.kill()

    def shown(self, text: str) -> str:
        """Return a text with the paths that AWS would show."""
        for one in self.all:
            text = one.sandbox.shown(text)
        return neutral(text, self.context.folder)


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
