"""S3 on disk: a folder for each bucket, a file and a record for each object."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from moto.core.utils import iso_8601_datetime_without_milliseconds_s3
from moto.s3.models import FakeBucket, FakeKey, S3Backend, s3_backends
from moto.utilities.tagging_service import TaggingService

from localaws.machine.files import UNREADABLE, remove, set_aside
from localaws.persistence import snapshot
from localaws.persistence.keys import Keys, Line, keys_of
from localaws.persistence.objects import (
    NOTHING,
    Kept,
    Stored,
    file_of,
    identity_of,
    stored,
)
from localaws.persistence.setbacks import SETBACKS
from localaws.records.s3 import place
from localaws.records.store import write_text

BUCKET = "bucket.json"
_NOT_OF_BUCKET = ("keys", "multiparts")
_NOT_OF_OBJECT = ("_value_buffer", "lock", "multipart", "_max_buffer_size")


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
        self._texts: dict[str, str] = {}  # of the record of each bucket, once written
        # A key is written by one request at a time; its hash says which lock is its.
        self._locks = [threading.Lock() for _ in range(64)]
        self._bucket_lock = threading.Lock()  # the same for what buckets themselves are

    def load(self) -> None:
        """Bring back what an earlier server kept, and remove what it left half done.

        What cannot be read is set aside, with the files that belong to it.
        """
        for folder in sorted(self.folder.glob("*")):
            if folder.name.endswith(UNREADABLE):
                continue
            if not (folder / BUCKET).exists() and not any(folder.glob("*.json")):
                remove(folder)  # the bucket was being made or deleted
                continue
            try:
                bucket = self._read_bucket(folder)
            except Exception as error:  # it may be anything
                set_aside(folder, error)
            else:
                self._load_objects(folder, bucket)

    def keep(self, environ: dict[str, Any]) -> None:
        """Write what a request that succeeded has changed.

        Where that fails, memory becomes again what the disk holds.
        """
        if environ["REQUEST_METHOD"] not in ("PUT", "POST", "DELETE"):
            self._keep_what_is_told(*place(environ))
            return
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        if "partNumber" in query or "uploads" in query:
            return
        bucket, key = place(environ)
        if key:
            self._keep_object(bucket, key)
        elif bucket:
            self._keep_bucket(bucket)

    def _keep_what_is_told(self, name: str, key: str) -> None:
        """Write what a reader is told of, where its own writer has not done so yet."""
        if bucket := self.backend.buckets.get(name):
            for one in keys_of(bucket).fresh():
                if key in ("", one):
                    self._keep_object(name, one)

    def _keep_bucket(self, name: str) -> None:
        """Write a bucket, and each of its keys that changed, whatever fails."""
        failed = []
        with self._bucket_lock:
            try:
                with SETBACKS.noted():
                    self._write_bucket(name)
            except OSError as error:
                self._go_back(name)
                failed.append(error)
        for key in self._changed(name):
            try:
                self._keep_object(name, key)
            except OSError as error:
                failed.append(error)
        if failed:
            raise failed[0]

    def _changed(self, name: str) -> list[str]:
        """Return the keys of a bucket that are not as the disk has them."""
        bucket = self.backend.buckets.get(name)
        if bucket is None:
            return []
        kept, keys = self._kept.setdefault(name, {}), keys_of(bucket)
        return [
            key
            for key in {*kept, *(key for key in keys.names() if not keys.sleeps(key))}
            if identity_of(keys.getlist(key, [])) != kept.get(key, NOTHING).identity
        ]

    def _write_bucket(self, name: str) -> None:
        """Write what a bucket itself is; where there is none, remove what was."""
        bucket: FakeBucket | None = self.backend.buckets.get(name)
        folder = self.folder / name
        if bucket is None:
            if name in self._kept:
                (folder / BUCKET).unlink(missing_ok=True)  # from now on it is gone
                del self._kept[name]
                self._texts.pop(name, None)
                remove(folder)
            return
        tags = self.backend.tagger.get_tag_dict_for_resource(bucket.arn)
        record = {"bucket": bucket, "tags": tags}
        known = {"backend": self.backend}
        text = snapshot.dumps(record, known, _NOT_OF_BUCKET)
        if self._texts.get(name) != text:
            write_text(folder / BUCKET, text)
            self._texts[name] = text
        self._kept.setdefault(name, {})

    def _go_back(self, name: str) -> None:
        """Make a bucket in memory what its record says; without one there is none."""
        bucket = self.backend.buckets.pop(name, None)
        s3_backends.bucket_accounts.pop(name, None)
        if bucket is not None:
            self.backend.tagger.tags.pop(bucket.arn, None)
        if (self.folder / name / BUCKET).exists():
            again = self._read_bucket(self.folder / name)
            if bucket is not None:
                again.keys, again.multiparts = bucket.keys, bucket.multiparts
            keys_of(again).wake = functools.partial(self._wake, name)

    def _keep_object(self, name: str, key: str) -> None:
        bucket = self.backend.buckets.get(name)
        if bucket is None:
            return
        name_of = digest(key)
        with self._locks[int(name_of[:8], 16) % len(self._locks)]:
            kept = self._kept.setdefault(name, {})
            before = kept.pop(key, NOTHING)
            try:
                with SETBACKS.noted():
                    now = self._write_object(bucket, key, self.folder / name / name_of)
            except OSError:
                self._forget_object(bucket, key, before)
                raise
            if now.files or now.identity:
                kept[key] = now
            for path in before.files - now.files:
                Stored.discard(path)
            written = now.identity
            keys_of(bucket).settle(key, lambda found: identity_of(found) == written)

    def _write_object(self, bucket: FakeBucket, key: str, path: Path) -> Kept:
        """Write a key's versions: their bytes, then the record, which counts."""
        record = path.with_name(f"{path.name}.json")
        versions = stored(bucket, key, path)
        if versions:
            write_text(record, self._object(versions))
        else:
            record.unlink(missing_ok=True)
        return Kept.of(versions)

    def _forget_object(self, bucket: FakeBucket, key: str, before: Kept) -> None:
        """Make a key in memory what its record says, and remove what came since."""
        versions = bucket.keys.getlist(key, [])
        for path in Kept.of(versions).files - before.files:
            path.unlink(missing_ok=True)
        for version in versions:
            if isinstance(version, FakeKey):
                self.backend.tagger.tags.pop(version.arn, None)
        keys = keys_of(bucket)
        keys.drop(key)
        record = self.folder / bucket.name / f"{digest(key)}.json"
        if record.exists():
            keys.wake = functools.partial(self._wake, bucket.name)
            _rest(record, keys)

    def _object(self, versions: list) -> str:
        tags = [
            self.backend.tagger.get_tag_dict_for_resource(version.arn)
            if isinstance(version, FakeKey)
            else {}
            for version in versions
        ]
        files = [path.name if (path := file_of(v)) else None for v in versions]
        record = {"versions": versions, "files": files, "tags": tags}
        return snapshot.dumps(record, {"backend": self.backend}, _NOT_OF_OBJECT)

    def _read_bucket(self, folder: Path) -> FakeBucket:
        """Bring a bucket back, without its objects."""
        known = {"backend": self.backend}
        record = snapshot.loads((folder / BUCKET).read_bytes(), known)
        bucket: FakeBucket = record["bucket"]
        kind: Any = FakeBucket  # moto leaves an attribute abstract that it never asks
        empty = kind(bucket.name, bucket.account_id, bucket.region_name)
        bucket.keys, bucket.multiparts = empty.keys, empty.multiparts
        if bucket.name != folder.name:
            raise ValueError(f'it is the record of bucket "{bucket.name}"')
        _tag(self.backend.tagger, bucket.arn, record["tags"])
        self.backend.buckets[bucket.name] = bucket
        s3_backends.bucket_accounts[bucket.name] = self._place
        return bucket

    def _load_objects(self, folder: Path, bucket: FakeBucket) -> None:
        """Bring the objects of a bucket back, asleep, and remove half-written files."""
        self._kept[bucket.name] = {}
        keys = keys_of(bucket)
        keys.wake = functools.partial(self._wake, bucket.name)
        sizes = {entry.name: entry.stat().st_size for entry in os.scandir(folder)}
        aside = {n.partition(".")[0] for n in sizes if n.endswith(UNREADABLE)}
        used = {BUCKET} | {n for n in sizes if n.partition(".")[0] in aside}
        for name in sorted(n for n in sizes if n.endswith(".json")):
            if name == BUCKET:
                continue
            try:
                used |= {name, *_rest(folder / name, keys, sizes)}
            except Exception as error:  # it may be anything
                set_aside(folder / name, error)
                own = name.partition(".")[0]
                used |= {n for n in sizes if n.partition(".")[0] == own}
        for name in sizes.keys() - used:
            (folder / name).unlink(missing_ok=True)

    def _wake(self, name: str, key: str) -> list:
        """Return the versions of a key; KeyError where its record cannot be read."""
        path = self.folder / name / f"{digest(key)}.json"
        try:
            versions = self._read_object(path)
        except FileNotFoundError:
            raise KeyError(key) from None
        except OSError:
            raise
        except Exception as error:  # it may be anything
            set_aside(path, error)
            raise KeyError(key) from error
        self._kept.setdefault(name, {})[key] = Kept.of(versions)
        return versions

    def _read_object(self, path: Path) -> list:
        record = snapshot.loads(path.read_bytes(), {"backend": self.backend})
        versions, files = record["versions"], record["files"]
        for version, file, tags in zip(versions, files, record["tags"], strict=True):
            if file is not None:
                version.lock, version.multipart = threading.Lock(), None
                version._value_buffer = Stored(path.with_name(file))
                version._max_buffer_size = 0
                _tag(self.backend.tagger, version.arn, tags)
        return versions


def _rest(path: Path, keys: Keys, sizes: dict[str, int] | None = None) -> list[str]:
    """Add a key to those of its bucket, asleep; return the names of its files.

    `sizes` are those of the files that are there, where they are to be checked.
    """
    (_, versions), (_, files), _ = json.loads(path.read_bytes())["dict"]
    last = dict(versions[-1]["state"])
    if digest(last["name"]) != path.stem:
        raise ValueError(f'it is the record of the object "{last["name"]}"')
    for version, file in zip(versions, files, strict=True):
        size = dict(version["state"]).get("contentsize")
        if sizes is not None and file is not None and sizes.get(file) != size:
            raise ValueError(f'"{file}" has {sizes.get(file, "no")} bytes, not {size}')
    if versions[-1]["class"].endswith(":FakeDeleteMarker"):
        keys.sleep(last["name"], None)
    else:
        moment = datetime.fromisoformat(last["last_modified"]["datetime"])
        keys.sleep(
            last["name"],
            Line(
                f'"{last["_etag"]}"',
                last["contentsize"],
                iso_8601_datetime_without_milliseconds_s3(moment),
                sys.intern(last["_storage_class"]),
                last["checksum_algorithm"],
            ),
        )
    return [file for file in files if file is not None]


def digest(key: str) -> str:
    """Return what the files of a key are named after."""
    return hashlib.sha256(key.encode()).hexdigest()


def _tag(tagger: TaggingService, arn: str, tags: dict[str, str]) -> None:
    if tags:
        tagger.tags[arn] = dict(tags)
