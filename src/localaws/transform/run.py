"""One run of a transform job: from the objects of its input to those of its output."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from localaws.api.registry import Context
from localaws.iam.roles import role_client
from localaws.jobs import channels
from localaws.jobs.artifacts import WHOLE
from localaws.jobs.failure import JobFailed
from localaws.jobs.run import Run
from localaws.machine.shown import neutral
from localaws.models.containers import CannotDeploy
from localaws.records.s3 import encryption
from localaws.records.store import Record, Table
from localaws.transform import task
from localaws.transform.instance import Instance, Unanswered
from localaws.transform.records import BadInput

_NOTHING = (
    "ClientError: No S3 objects found under S3 URL {uri} given in input data source. "
    "Please ensure that the bucket exists in the selected region ({region}), that "
    'objects exist under that S3 prefix, and that the role "{role}" has '
    '"s3:ListBucket" permissions on the bucket.'
)
_SEE = "{fault}: See job logs for more information"
Object = tuple[tuple[str, str], str]  # its bucket and key, and where its output goes


class Transform(Run):
    """The run of a transform job on all its instances."""

    def __init__(self, context: Context, table: Table, name: str) -> None:
        super().__init__(context, table, name)
        self.asked = task.read(self.record)
        self.s3 = role_client(context, self.asked.role, "s3", self.region)
        self.instances: list[Instance] = []
        self.faults: list[str] = []  # of the objects that failed
        self.stored: list[str] = []  # keys of outputs

    def work(self) -> None:
        """Find the objects, start the instances, and let each do its share."""
        self.table.update(self.job, TransformStartTime=time.time())
        found = self._objects()
        count = min(self.asked.count, len(found))
        for number in range(1, count + 1):
            place = self.region, self.asked, self.folder, number
            self.instances.append(Instance(self.context, *place))
        if self.stopping.is_set():
            self.halt(0)
        with ThreadPoolExecutor(count) as pool:
            shares = [
                pool.submit(one.run, partial(self._share, one, found[number::count]))
                for number, one in enumerate(self.instances)
            ]
        if self.last == "Abandoned":
            raise JobFailed("InternalServerError: the localaws server was stopped.")
        for share in shares:
            self._check(share.exception())
        if self.faults and not self.last:
            raise JobFailed(_SEE.format(fault=self.faults[0]))

    def ended(self, reason: str) -> None:
        """Record the end. What a stopped job has stored is removed, as by AWS.

        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTransformJob.html
        """
        if self.last == "Stopped" and not reason:
            self._remove()
        with self.table.edit(self.job) as record:
            if reason:
                fail(record, neutral(self._shown(reason), self.context.folder))
            else:
                finish(record, "Stopped" if self.last else "Completed")

    def halt(self, grace: float) -> None:
        """End the servers: they hold nothing that would need time to be kept."""
        for one in self.instances:
            one.stop()

    def kill(self) -> None:
        """End the servers now."""
        self.halt(0)

    def _shown(self, text: str) -> str:
        for one in self.instances:
            text = one.shown(text)
        return text

    def _check(self, error: BaseException | None) -> None:
        """Raise why an instance could not do its share; not where it was to stop."""
        if self.last or error is None:
            return
        if isinstance(error, CannotDeploy):
            raise JobFailed(f"AlgorithmError: {error}") from error
        raise error

    def _objects(self) -> list[Object]:
        source = self.asked.source
        try:
            found = channels.objects(self.s3, source, "")
        except ClientError as error:
            raise _not_read(source["S3Uri"], error) from error
        except ValueError as error:
            raise JobFailed(f"ClientError: {error}") from error
        if not found:
            place = {"uri": source["S3Uri"], "region": self.region}
            raise JobFailed(_NOTHING.format(**place, role=self.asked.role))
        return sorted(found.items())

    def _share(self, instance: Instance, objects: Sequence[Object]) -> None:
        """Let an instance transform objects; what fails stops no other.

        https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-errors.html
        """
        source, target = instance.folder / "source", instance.folder / "target"
        for place, name in objects:
            if self.stopping.is_set():
                return
            self._download(place, source)
            fault, lines = "ClientError", tuple[str, ...]()
            try:
                instance.transform(source, target)
            except BadInput as error:
                lines = (str(error),)
            except Unanswered as error:
                fault, lines = error.fault, error.lines
            else:
                self._store(target, name)
                continue
            if not self.stopping.is_set():
                self.faults.append(fault)
                instance.say(*(f"{'/'.join(place)}: {line}" for line in lines))

    def _download(self, place: tuple[str, str], source: Path) -> None:
        bucket, key = place
        try:
            self.s3.download_file(bucket, key, str(source))
        except ClientError as error:
            raise _not_read(f"s3://{bucket}/{key}", error) from error

    def _store(self, target: Path, name: str) -> None:
        """Store the output of an object, whole; it is there or it is not."""
        if self.stopping.is_set():
            return
        bucket, key = self.asked.bucket, f"{self.asked.prefix}{name}.out"
        extra: dict[str, Any] = encryption(self.asked.key)
        try:
            place = str(target), bucket, key
            self.s3.upload_file(*place, ExtraArgs=extra, Config=WHOLE)
        except (BotoCoreError, ClientError, Boto3Error) as error:
            text = f"ClientError: Upload to s3://{bucket}/{key} failed: {error}"
            raise JobFailed(text) from error
        self.stored.append(key)

    def _remove(self) -> None:
        """Remove what was stored; the role that stored it need not be allowed to."""
        s3 = self.context.clients.get("s3", self.region)
        for key in self.stored:
            with contextlib.suppress(ClientError):  # its bucket is gone
                s3.delete_object(Bucket=self.asked.bucket, Key=key)


def _not_read(uri: str, error: ClientError) -> JobFailed:
    code, text = (error.response["Error"].get(name) for name in ("Code", "Message"))
    return JobFailed(f"ClientError: Data download failed: {uri}: {code}: {text}")


def finish(record: Record, status: str) -> None:
    """End a transform job."""
    record["TransformJobStatus"] = status
    record["TransformEndTime"] = time.time()


def fail(record: Record, reason: str) -> None:
    """End a transform job as Failed."""
    record["FailureReason"] = reason[:1024]
    finish(record, "Failed")
