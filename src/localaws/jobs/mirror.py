"""A folder of a job that is kept equal to a prefix of S3 while the job runs."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from localaws.jobs.artifacts import WHOLE
from localaws.jobs.channels import ChannelError, fetch, keys_below
from localaws.machine.files import below
from localaws.records.s3 import split_uri

LOCAL = "/opt/ml/checkpoints"
TENSORBOARD = "/opt/ml/output/tensorboard"
INTERVAL = 0.5  # seconds between two looks at the folder
Marks = dict[Path, tuple[int, int]]  # time of change in ns, and bytes, of each file

logger = logging.getLogger("localaws")


class Mirror:
    """Copies what a job writes to a folder, as of checkpoints, to S3 while it runs.

    A file is copied when it has not changed between two looks, so that none is seen
    half-written; what is deleted in the folder stays in S3.
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
    """

    def __init__(self, s3: Any, uri: str, folder: Path) -> None:
        self.s3 = s3
        self.uri = uri
        self.folder = folder
        self.beside: list[str] = []  # keys that came though they are not in the folder
        self._stored: Marks = {}
        self._seen: Marks = {}
        self._closed = threading.Event()  # ends the thread
        # Copies what has come to rest, while the job goes on writing.
        self._thread = threading.Thread(target=self._run, daemon=True)

    def restore(self) -> int:
        """Bring what S3 holds; return the number of files. Raises ChannelError.

        As on AWS the address is a prefix of text: "run-1" brings "run-10/x" as well.
        """
        source = {"S3DataType": "S3Prefix", "S3Uri": self.uri}
        channel = {"ChannelName": "checkpoints", "DataSource": {"S3DataSource": source}}
        try:
            count = fetch(self.s3, channel, self.folder, required=False)
        except ChannelError as error:
            raise ChannelError(f"Checkpoints were not restored: {error}") from error
        self._stored = self._look()
        bucket, prefix = split_uri(self.uri)
        own = _folder(prefix)
        keys = keys_below(self.s3, bucket, prefix)
        self.beside = [key for key in keys if not key.startswith(own)]
        return count

    def start(self) -> None:
        """Begin to copy."""
        self._thread.start()

    def close(self) -> None:
        """Copy the rest once the job's processes have ended.

        Raises boto's errors where S3 does not take it.
        """
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()
        self._store(self._look())

    def _run(self) -> None:
        said = ""
        while not self._closed.wait(INTERVAL):
            now = self._look()
            still = dict(now.items() & self._seen.items())
            self._seen = now
            try:
                self._store(still)
                said = ""
            except (BotoCoreError, ClientError, Boto3Error, OSError) as error:
                if str(error) != said:  # once, not at each look
                    logger.exception("could not copy %s to %s", self.folder, self.uri)
                said = str(error)

    def _look(self) -> Marks:
        found = {}
        for path in below(self.folder):
            try:
                if path.is_file() and not path.is_symlink():
                    status = path.stat()
                    found[path] = (status.st_mtime_ns, status.st_size)
            except OSError:  # it went away while we looked
                continue
        return found

    def _store(self, files: Marks) -> None:
        bucket, prefix = split_uri(self.uri)
        for path, mark in sorted(files.items() - self._stored.items()):
            key = _folder(prefix) + path.relative_to(self.folder).as_posix()
            self.s3.upload_file(str(path), bucket, key, Config=WHOLE)
            self._stored[path] = mark


def _folder(prefix: str) -> str:
    """Return a prefix as it is before the keys in it; the whole bucket has none."""
    return f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""
