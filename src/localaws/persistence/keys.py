"""The keys of a bucket in their order; an object that nobody asks for stays on disk.

moto keeps an object of forty attributes for each key, and sorts and shows all of them
for each page of a list. Of what an earlier server left, a line is enough until an
object is asked for, and a page needs no more than its own lines.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import moto.s3.models
from moto.core.utils import iso_8601_datetime_without_milliseconds_s3
from moto.s3.exceptions import MissingKey
from moto.s3.models import FakeBucket, FakeDeleteMarker
from moto.s3.utils import _VersionedKeyStore


class Line(NamedTuple):
    """What a list shows of an object."""

    etag: str
    size: int  # bytes
    modified: str | None
    storage_class: str
    algorithm: str | None  # of its checksum

    @classmethod
    def of(cls, version: Any) -> Line | None:
        """Return the line of a version; None for the mark that the key is deleted."""
        if isinstance(version, FakeDeleteMarker):
            return None
        modified = iso_8601_datetime_without_milliseconds_s3(version.last_modified)
        storage_class = version.storage_class or "STANDARD"
        checksum = version.checksum_algorithm
        return cls(version.etag, version.size, modified, storage_class, checksum)


class Asleep(NamedTuple):
    """A key whose versions are on disk only."""

    line: Line | None


class NoKey(MissingKey, KeyError):
    """A key that is not there any more: NoSuchKey where nobody catches it.

    moto looks whether there is a key, then asks for it; another request may have
    deleted it meanwhile, or its record cannot be read.
    """


class Keys(_VersionedKeyStore):
    """The versions of each key, and the keys in the order of S3's lists."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()  # guards the order, and each key's waking
        self._order: list[str] = []
        self._fresh: set[str] = set()  # what has changed and may not be on disk yet
        # Reads a key's versions; KeyError where there are none that can be read.
        self.wake: Callable[[str], list] = lambda key: []

    def sleep(self, key: str, line: Line | None) -> None:
        """Add a key whose versions `wake` will read when they are asked for."""
        with self._lock:
            if key not in self:
                insort(self._order, key)
            dict.__setitem__(self, key, Asleep(line))

    def sleeps(self, key: str) -> bool:
        """Return whether the versions of a key are on disk only."""
        return isinstance(dict.get(self, key), Asleep)

    def fresh(self) -> list[str]:
        """Return the keys whose last change may not be on disk yet."""
        with self._lock:
            return list(self._fresh)

    def settle(self, key: str, is_written: Callable[[list], bool]) -> None:
        """Note that a key is on disk, if its versions are those that were written."""
        with self._lock:
            if key in self._fresh and is_written(self.getlist(key, [])):
                self._fresh.remove(key)

    def names(self) -> list[str]:
        """Return all keys in the order of their code points, which is UTF-8's."""
        with self._lock:
            return list(self._order)

    def line(self, key: str) -> Line | None:
        """Return what a list shows of a key; None where it is deleted."""
        found = dict.get(self, key)
        if isinstance(found, Asleep):
            return found.line
        return Line.of(found[-1]) if found else None

    def drop(self, key: str) -> None:
        """Forget a key, if there is one, and leave its versions as they are."""
        with self._lock:
            self._fresh.discard(key)
            if key in self:
                dict.__delitem__(self, key)
                del self._order[bisect_left(self._order, key)]

    def __sgetitem__(self, key: str) -> list[Any]:
        found = dict.get(self, key)
        if isinstance(found, Asleep):
            with self._lock:
                found = dict.get(self, key)
                if isinstance(found, Asleep):
                    found = self._woken(key)
        if found is None:
            raise NoKey(key=key)
        return found

    def _woken(self, key: str) -> list[Any] | None:
        try:
            found = self.wake(key)
        except KeyError:
            self.drop(key)
            return None
        dict.__setitem__(self, key, found)
        return found

    def _iterlists(self) -> Iterator[tuple[str, list[Any]]]:
        for key in self.names():
            if versions := self.getlist(key):  # else it was deleted meanwhile
                yield key, list(versions)

    def _iteritems(self) -> Iterator[tuple[str, Any]]:
        for key, versions in self._iterlists():
            yield key, versions[-1]

    def _itervalues(self) -> Iterator[Any]:
        for _, versions in self._iterlists():
            yield versions[-1]

    lists = iterlists = _iterlists
    items = iteritems = _iteritems  # type: ignore[assignment]  # as moto has them
    values = itervalues = _itervalues  # type: ignore[assignment]

    def __setitem__(self, key: str, value: Any) -> None:
        with self._lock:
            if key not in self:
                insort(self._order, key)
            self._fresh.add(key)
            super().__setitem__(key, value)

    def setlist(self, key: str, list_: Any) -> None:
        with self._lock:
            if key not in self:
                insort(self._order, key)
            self._fresh.add(key)
            super().setlist(key, list_)

    def pop(self, key: str) -> None:  # type: ignore[override]  # as moto has it
        with self._lock:
            for version in self.getlist(key, []):
                if hasattr(version, "dispose"):  # the mark of a deletion has nothing
                    version.dispose()
            self.drop(key)
            self._fresh.add(key)


def keys_of(bucket: FakeBucket) -> Keys:
    """Return the keys of a bucket."""
    assert isinstance(bucket.keys, Keys), "each bucket is made with them"
    return bucket.keys


vars(moto.s3.models)["_VersionedKeyStore"] = Keys  # each new bucket has these
