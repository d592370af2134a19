"""One run of a processing job: from its inputs to its outputs."""

from __future__ import annotations

import codecs
import time
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from localaws.api.registry import Context
from localaws.iam.roles import role_client
from localaws.jobs import artifacts, failure
from localaws.jobs.failure import JobFailed
from localaws.jobs.hosts import Host, Hosts
from localaws.jobs.run import GRACE, Run
from localaws.machine.sandbox import ROOT
from localaws.processing import request, task
from localaws.records.store import Record, Table

MESSAGE = 1024  # bytes of an ExitMessage
READ = 16 * MESSAGE  # bytes of the file of a host; the message is cut when paths are
_GARBLED = "ClientError: /opt/ml/output/message is not encoded as UTF-8"


class Processing(Run):
    """The run of a processing job on all its instances."""

    def __init__(self, context: Context, table: Table, name: str) -> None:
        super().__init__(context, table, name)
        asked = task.read(self.record, request.notes(self.record))
        self.hosts = Hosts(context, self.region, asked, self.folder)
        self.message = ""

    def work(self) -> None:
        """Start, download and process; then upload, where all went well."""
        status = 0
        for step in (self.hosts.start, self.hosts.download, self._process):
            if not self.stopping.is_set():
                status = step() or 0
        if self.last == "Abandoned":
            raise JobFailed("InternalServerError: the localaws server was stopped.")
        if self.hosts.failed and not self.last:
            raise JobFailed(self._reason(status))
        if not self.stopping.is_set():
            self._upload()

    def ended(self, reason: str) -> None:
        """Record the end."""
        stopped = self.last not in ("", "Abandoned")
        with self.table.edit(self.job) as record:
            if self.message:
                record["ExitMessage"] = self.message
            if reason:
                fail(record, self.hosts.shown(reason))
            else:
                finish(record, "Stopped" if stopped else "Completed")

    def halt(self, grace: float) -> None:
        """Ask the script on all hosts to end."""
        self.hosts.halt(grace)

    def kill(self) -> None:
        """End the script on all hosts now."""
        self.hosts.kill()

    def _process(self) -> int:
        """Run the script on all hosts and return its exit status."""
        self.table.update(self.job, ProcessingStartTime=time.time())
        limit = self.record["StoppingCondition"]["MaxRuntimeInSeconds"]
        timer = self.timer(limit, self.request_stop, "MaxRuntimeExceeded")
        try:
            return self.hosts.run([], self._begun)
        finally:
            timer.cancel()
            self.message = self._message()

    def _begun(self) -> None:
        """Halt what began between the step's start and the processes'."""
        if self.stopping.is_set():
            self.hosts.halt(GRACE)

    def _message(self) -> str:
        """Return what the hosts wrote for the ExitMessage, one after the other.

        https://docs.aws.amazon.com/sagemaker/latest/dg/byoc-metadata.html
        """
        try:
            text = "".join(_text(one) for one in self.hosts.all)
        except UnicodeDecodeError:
            raise JobFailed(_GARBLED) from None
        return self.hosts.shown(text).encode()[:MESSAGE].decode(errors="ignore")

    def _reason(self, status: int) -> str:
        """Return why a host failed; without our paths before it is cut at a length."""
        host = self.hosts.failed
        said = "\n".join(host.said()) if host else ""
        return failure.reason("", self.hosts.shown(said).split("\n"), status)

    def _upload(self) -> None:
        """Store what is stored at the end: nothing of a failed or stopped job."""
        for one in request.targets(self.record):
            target = one["S3Output"]
            if target["S3UploadMode"] == "EndOfJob":
                self._store(f'output "{one["OutputName"]}"', target)

    def _store(self, name: str, target: dict[str, Any]) -> None:
        s3 = role_client(self.context, self.record["RoleArn"], "s3", self.region)
        below = target["LocalPath"].strip("/").removeprefix(f"{ROOT.strip('/')}/")
        uri = f"{target['S3Uri'].rstrip('/')}/"
        try:
            folder = artifacts.merge([one.ml for one in self.hosts.all], below)
            artifacts.store_files(s3, folder, uri)
        except RecursionError:
            text = f"ClientError: Upload of {name} failed: folders too deep"
            raise JobFailed(text) from None
        except (BotoCoreError, ClientError, Boto3Error, OSError) as error:
            text = f"ClientError: Upload of {name} failed: {error}"
            raise JobFailed(text) from error


def _text(host: Host) -> str:
    """Return what a host wrote for the ExitMessage; an end that was cut is left out."""
    data = host.wrote("output/message", READ)
    return codecs.getincrementaldecoder("utf-8")().decode(data, len(data) < READ)


def finish(record: Record, status: str) -> None:
    """End a processing job."""
    record["ProcessingJobStatus"] = status
    record["ProcessingEndTime"] = time.time()


def fail(record: Record, reason: str) -> None:
    """End a processing job as Failed."""
    record["FailureReason"] = reason[:1024]
    finish(record, "Failed")
