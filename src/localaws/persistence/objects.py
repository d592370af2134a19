"""The bytes of an object in a file, in place of the buffer that moto keeps them in."""

from __future__ import annotations

import io
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from moto.core.common_models import BaseModel
from moto.s3.models import FakeBucket, FakeKey

_BLOCK = 1024 * 1024


class Stored:
    """An object's bytes in a file, in place of the buffer that moto keeps them in.

    The file is open only while it is read, so that objects cost no descriptors. The
    file of an object that was replaced stays until its last reader has let go of it.
    """

    _alive: ClassVar[WeakValueDictionary[Path, Stored]] = WeakValueDictionary()

    def __init__(self, path: Path) -> None:
        self.path = path
        self._position = 0
        self._doomed = False  # its file goes with it
        self._alive[path] = self

    def __del__(self) -> None:
        if self._doomed:
            self.path.unlink(missing_ok=True)

    @classmethod
    def discard(cls, path: Path) -> None:
        """Delete a file that no record names: at once, or when nobody reads it."""
        if stored := cls._alive.get(path):
            stored._doomed = True
        else:
            path.unlink(missing_ok=True)

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
        files = frozenset(path for version in versions if (path := file_of(version)))
        return cls(identity_of(versions), files)


NOTHING = Kept((), frozenset())


def stored(bucket: FakeBucket, key: str, path: Path) -> list:
    """Return a key's versions, with the bytes of each in a file that begins as `path`.

    OSError where the disk does not take them.
    """
    versions = list(bucket.keys.getlist(key, []))
    for version in versions:
        if isinstance(version, FakeKey):
            _store(version, path)
    return versions


def _store(version: FakeKey, path: Path) -> None:
    """Move an object's bytes from moto's buffer into a file, unless they are in one."""
    buffer = version._value_buffer
    if isinstance(buffer, Stored):
        return
    path = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with version.lock:
            with path.open("wb") as file:
                buffer.seek(0)
                shutil.copyfileobj(buffer, file, _BLOCK)
            holder: Any = version  # moto knows temporary files only
            holder._value_buffer = Stored(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    buffer.close()


def _dispose(key: FakeKey, garbage: bool = False) -> None:
    """Let the buffer go with its last reader, where moto would close it at once."""
    key.disposed = True


def _etag(key: FakeKey) -> str:
    """Return an object's hash, which moto reads without regard to who else reads."""
    if key._etag is None:
        with key.lock:
            return _unguarded(key)
    return _unguarded(key)


def _made(kind: Any, *_: Any, **__: Any) -> Any:
    """Make a record without a note of it, which moto keeps for ever for its reset."""
    return super(_model, kind).__new__(kind)


_model: Any = BaseModel
_model.__new__ = _made
_class: Any = FakeKey  # what two threads would do to one buffer is replaced
_unguarded = _class.etag.fget
_class.etag = property(_etag)
_class.dispose = _dispose


def file_of(version: Any) -> Path | None:
    buffer = getattr(version, "_value_buffer", None)
    return buffer.path if isinstance(buffer, Stored) else None


def identity_of(versions: list) -> tuple:
    return tuple((version.version_id, version.last_modified) for version in versions)
