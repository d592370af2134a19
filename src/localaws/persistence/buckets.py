"""S3 on disk: a folder for each bucket, a file and a record for each object."""

from __future__ import annotations

import hashlib
import io
import secrets
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from moto.s3.models import FakeBucket, FakeKey, S3Backend, s3_backends
from moto.s3.utils import _VersionedKeyStore
from moto.utilities.tagging_service import TaggingService

from localaws.persistence import snapshot
from localaws.records.s3 import place
from localaws.records.store import write_text

BUCKET = "bucket.json"
PATIENCE = 10.0  # seconds to wait for what replaces an object
_BLOCK = 1024 * 1024
_NOT_OF_BUCKET = ("keys", "multiparts")
_NOT_OF_OBJECT = ("_value_buffer", "lock", "multipart", "_max_buffer_size")


class Stored:
    """An object's bytes in a file, in place of the buffer that moto keeps them in.

    The file is open only while it is read, so that objects cost no descriptors. moto
    closes the buffer of an object that it replaces: its file stays until the record
    of the new object is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._position = 0

    def seek(self, position: int, whence: int = io.SEEK_SET) -> int:
        base = self.path.stat().st_size if whence == io.SEEK_END else 0
        self._position = base + position
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, size: int = -1) -> bytes:
        with self.path.open("rb", buffering=0) as file:
            file.seek(self._position)
            data = file.readall() if size < 0 else file.read(size)
        self._position += len(data)
        return data

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class Kept:
    """What the disk holds of one key."""

    identity: tuple  # of its versions
    files: frozenset[Path]

    @classmethod
    def of(cls, versions: list) -> Kept:
        """Return what is kept of these versions."""
        files = frozenset(path for version in versions if (path := _file(version)))
        return cls(_identity(versions), files)


NOTHING = Kept((), frozenset())


class Buckets:
    """Keeps the buckets of one account, their configuration and all their objects.

    An object's bytes are written first, then its record by rename: whoever dies
    in between leaves the old object or none. Uploads in parts that are not completed
    are not kept, nor is the division of an object into its parts.
    """

    def __init__(self, folder: Path, account: str) -> None:
        self.folder = folder
        self.backend: S3Backend = s3_backends[account]["aws"]
        self._place = ("aws", account)
        self._kept: dict[str, dict[str, Kept]] = {}  # by bucket and key
        # A key is written by one request at a time; its hash says which lock is its.
        self._locks = [threading.Lock() for _ in range(64)]
        self._bucket_lock = threading.Lock()  # the same for what buckets themselves are

    def load(self) -> None:
        """Bring back what an earlier server kept, and remove what it left half done."""
        for folder in sorted(self.folder.glob("*")):
            if (folder / BUCKET).exists():
                self._load_bucket(folder)
            else:
                shutil.rmtree(folder)

    def keep(self, environ: dict[str, Any]) -> None:
        """Write what a request that succeeded has changed."""
        if environ["REQUEST_METHOD"] not in ("PUT", "POST", "DELETE"):
            return
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        if "partNumber" in query or "uploads" in query:
            return
        bucket, key = place(environ)
        if key:
            self._keep_object(bucket, key)
        elif bucket:
            self._keep_bucket(bucket)

    def _keep_bucket(self, name: str) -> None:
        with self._bucket_lock:
            bucket = self.backend.buckets.get(name)
            folder = self.folder / name
            if bucket is None:
                if self._kept.pop(name, None) is not None:
                    (folder / BUCKET).unlink(missing_ok=True)  # from now on it is gone
                    shutil.rmtree(folder, ignore_errors=True)
                return
            tags = self.backend.tagger.get_tag_dict_for_resource(bucket.arn)
            record = {"bucket": bucket, "tags": tags}
            known = {"backend": self.backend}
            write_text(folder / BUCKET, snapshot.dumps(record, known, _NOT_OF_BUCKET))
            kept = self._kept.setdefault(name, {})
        for key in {*kept, *dict.keys(bucket.keys)}:
            identity = _identity(bucket.keys.getlist(key, []))
            if identity != kept.get(key, NOTHING).identity:
                self._keep_object(name, key)

    def _keep_object(self, name: str, key: str) -> None:
        bucket = self.backend.buckets.get(name)
        if bucket is None:
            return
        folder = self.folder / name
        digest = hashlib.sha256(key.encode()).hexdigest()
        record = folder / f"{digest}.json"
        with self._locks[int(digest[:8], 16) % len(self._locks)]:
            versions = _stored(bucket, key, folder / digest)
            kept = self._kept.setdefault(name, {})
            before = kept.pop(key, NOTHING)
            if versions:
                write_text(record, self._object(versions))
                kept[key] = Kept.of(versions)
            else:
                record.unlink(missing_ok=True)
            for path in before.files - kept.get(key, NOTHING).files:
                path.unlink(missing_ok=True)

    def _object(self, versions: list) -> str:
        tags = [
            self.backend.tagger.get_tag_dict_for_resource(version.arn)
            if isinstance(version, FakeKey)
            else {}
            for version in versions
        ]
        files = [path.name if (path := _file(v)) else None for v in versions]
        record = {"versions": versions, "files": files, "tags": tags}
        return snapshot.dumps(record, {"backend": self.backend}, _NOT_OF_OBJECT)

    def _load_bucket(self, folder: Path) -> None:
        known = {"backend": self.backend}
        record = snapshot.loads((folder / BUCKET).read_bytes(), known)
        bucket: FakeBucket = record["bucket"]
        kind: Any = FakeBucket  # moto leaves an attribute abstract that it never asks
        empty = kind(bucket.name, bucket.account_id, bucket.region_name)
        bucket.keys, bucket.multiparts = empty.keys, empty.multiparts
        self.backend.buckets[bucket.name] = bucket
        s3_backends.bucket_accounts[bucket.name] = self._place
        _tag(self.backend.tagger, bucket.arn, record["tags"])
        used = {folder / BUCKET}
        for path in folder.glob("*.json"):
            if path.name != BUCKET:
                used |= {path, *self._load_object(path, bucket.keys)}
        for path in set(folder.iterdir()) - used:
            path.unlink()
        self._kept[bucket.name] = {
            key: Kept.of(versions) for key, versions in bucket.keys.lists()
        }

    def _load_object(self, path: Path, keys: _VersionedKeyStore) -> list[Path]:
        record = snapshot.loads(path.read_bytes(), {"backend": self.backend})
        versions, files = record["versions"], record["files"]
        for version, file, tags in zip(versions, files, record["tags"], strict=True):
            if file is not None:
                version.lock, version.multipart = threading.Lock(), None
                version._value_buffer = Stored(path.with_name(file))
                version._max_buffer_size = 0
                _tag(self.backend.tagger, version.arn, tags)
        keys.setlist(versions[-1].name, versions)
        return [path.with_name(file) for file in files if file is not None]


def _stored(bucket: FakeBucket, key: str, path: Path) -> list:
    """Return a key's versions, with the bytes of each in a file that begins as `path`.

    moto closes an object's buffer as soon as another request replaces the object:
    then the key is looked up again.
    """
    end = time.monotonic() + PATIENCE
    while True:
        versions = list(bucket.keys.getlist(key, []))
        objects = [version for version in versions if isinstance(version, FakeKey)]
        if all(_store(version, path) for version in objects):
            return versions
        if time.monotonic() > end:
            raise RuntimeError(f'object "{key}" was closed, and nothing replaced it')
        time.sleep(0.001)


def _store(version: FakeKey, path: Path) -> bool:
    """Move an object's bytes from moto's buffer into a file, unless they are in one.

    Return False where the buffer was closed meanwhile.
    """
    buffer = version._value_buffer
    if isinstance(buffer, Stored):
        return True
    path = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with version.lock:
            with path.open("wb") as file:
                buffer.seek(0)
                shutil.copyfileobj(buffer, file, _BLOCK)
            holder: Any = version  # moto knows temporary files only
            holder._value_buffer = Stored(path)
    except ValueError:
        path.unlink()
        if not buffer.closed:
            raise
        return False
    buffer.close()
    return True


def _file(version: Any) -> Path | None:
    buffer = getattr(version, "_value_buffer", None)
    return buffer.path if isinstance(buffer, Stored) else None


def _identity(versions: list) -> tuple:
    return tuple((version.version_id, version.last_modified) for version in versions)


def _tag(tagger: TaggingService, arn: str, tags: dict[str, str]) -> None:
    if tags:
        tagger.tags[arn] = dict(tags)
