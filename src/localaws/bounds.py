"""Readers that count what they read, and stop where their source or a limit ends."""

from __future__ import annotations

import contextlib
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

PART = 256 * 1024  # bytes that are read at once, at most
LINE = 64 * 1024  # bytes of a line of a log; what is longer becomes several lines
_HEAD = 1024  # bytes of the line before a chunk
_TRAILERS = 100  # lines after the last chunk


class TooLong(ValueError):
    """There is more to read than the limit allows; `limit` is in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit:,} bytes")
        self.limit = limit


class Malformed(ValueError):
    """A body that is not divided as its headers say."""


class Readable(Protocol):
    """What has bytes to read."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""


def whole(source: Readable, limit: int) -> bytes:
    """Return all that is left to read; raise TooLong for more than `limit` bytes."""
    parts, left = [], limit
    while part := source.read(min(PART, left + 1)):
        left -= len(part)
        if left < 0:
            raise TooLong(limit)
        parts.append(part)
    return b"".join(parts)


def lines(source: Any, limit: int = LINE) -> Iterator[bytes]:
    """Yield the lines of a stream; one of more than `limit` bytes in several parts."""
    yield from iter(lambda: source.readline(limit), b"")


def beginning(root: Path, below: str, limit: int) -> bytes:
    """Return the first bytes of a file that somebody else has written below `root`.

    Nothing where it is none: a link, on the way as well, leads elsewhere, and a pipe
    would be waited for.
    """
    opened = -1
    try:
        opened = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        for name in below.split("/"):
            parent = opened
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            opened = os.open(name, flags, dir_fd=parent)
            os.close(parent)
        regular = stat.S_ISREG(os.fstat(opened).st_mode)
        with open(opened, "rb", closefd=False) as file:
            return file.read(limit) if regular else b""
    except OSError:
        return b""
    finally:
        with contextlib.suppress(OSError):
            os.close(opened)


class Limited(io.RawIOBase):
    """A stream that raises TooLong where it has more than `limit` bytes."""

    def __init__(self, source: Any, limit: int) -> None:
        self._source = source
        self._limit = self._left = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(min(len(buffer), self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise TooLong(self._limit)
        buffer[: len(data)] = data
        return len(data)


class Body(io.RawIOBase):
    """The body of a request: it ends where Content-Length says."""

    def __init__(self, file: Any, length: int) -> None:
        self._file = file
        self.left = length  # bytes that are still to be read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read1(min(len(buffer), self.left)) if self.left else b""
        if self.left and not data:
            raise ConnectionResetError("the client closed in the middle of a body")
        buffer[: len(data)] = data
        self.left -= len(data)
        return len(data)


class Chunks(io.RawIOBase):
    """The body of a request in chunks: it ends after the empty one.

    Raises TooLong before a chunk is read with which it would exceed `limit` bytes, and
    Malformed. https://www.rfc-editor.org/rfc/rfc9112#section-7.1
    """

    def __init__(self, file: Any, limit: int) -> None:
        self._file = file
        self._limit = self._free = limit  # bytes that chunks to come may have
        self._chunk = Body(file, 0)
        self._ended = self._broken = False

    @property
    def left(self) -> float:
        """How many bytes are still to be read, at least."""
        if self._broken:
            return float("inf")
        return 0 if self._ended else max(1, self._chunk.left)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            if not (self._chunk.left or self._ended):
                self._begin()
            return 0 if self._ended else self._go_on(buffer)
        except ValueError:
            self._broken = True
            raise

    def _begin(self) -> None:
        size = self._size()
        if size > self._free:
            raise TooLong(self._limit)
        self._free -= size
        self._chunk = Body(self._file, size)
        if size == 0:
            self._end_trailers()
            self._ended = True

    def _go_on(self, buffer: Any) -> int:
        count = self._chunk.readinto(buffer)
        if not self._chunk.left and (line := self._line()):
            raise Malformed(f'a chunk goes on with "{_shown(line)}" after its end')
        return count

    def _size(self) -> int:
        """Return the length that stands before a chunk: "1a", or "1a;name=value"."""
        text = self._line().partition(b";")[0].strip(b" \t")
        if not text or text.strip(b"0123456789abcdefABCDEF") or len(text) > 16:
            raise Malformed(f'a chunk\'s length is "{_shown(text)}": write hex digits')
        return int(text, 16)

    def _end_trailers(self) -> None:
        for _ in range(_TRAILERS):
            if not self._line():
                return
        raise Malformed(f"more than {_TRAILERS} trailers follow the last chunk")

    def _line(self) -> bytes:
        line = self._file.readline(_HEAD)
        if not line.endswith(b"\n"):
            if len(line) < _HEAD:
                raise ConnectionResetError("the client closed in the middle of a body")
            raise Malformed(f"a chunk's head has more than {_HEAD} bytes")
        return line.rstrip(b"\r\n")


def _shown(text: bytes) -> str:
    return text[:40].decode("latin-1")
