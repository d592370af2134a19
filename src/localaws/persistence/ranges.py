"""Parts of objects: only the bytes that a request asks for are read.

moto reads the whole object and cuts the part out of it. boto3 fetches a large object in
parts of 8 MB, ten at once: of 1 GB that would be 128 times 1 GB.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from moto.s3.models import FakeKey

_RANGE = re.compile(r"bytes=(\d+-\d*|-\d+)")
_BLOCK = 1024 * 1024

_in_parts: ContextVar[bool] = ContextVar("in_parts", default=False)


class Contents:
    """An object's bytes: their number is known, and a slice is read when asked for."""

    def __init__(self, key: FakeKey, size: int) -> None:
        self._key = key
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, wanted: slice) -> bytes:
        start, stop, _ = wanted.indices(self._size)
        with self._key.lock:
            self._key._value_buffer.seek(start)
            return self._key._value_buffer.read(stop - start)

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, self._size, _BLOCK):
            yield self[start : start + _BLOCK]


@contextmanager
def cut_out(environ: dict[str, Any]) -> Iterator[None]:
    """Let moto, while this lasts, read no more than the part that a request names."""
    part = _RANGE.fullmatch(environ.get("HTTP_RANGE", ""))
    token = _in_parts.set(bool(part) and environ["REQUEST_METHOD"] == "GET")
    try:
        yield
    finally:
        _in_parts.reset(token)


def _value(key: FakeKey) -> bytes | Contents:
    if not _in_parts.get():
        return _whole(key)
    with key.lock:
        key._value_buffer.seek(0, io.SEEK_END)
        return Contents(key, key._value_buffer.tell())


_class: Any = FakeKey  # its property is replaced by one that reads parts as well
_whole = _class.value.fget
_class.value = property(_value, _class.value.fset)
