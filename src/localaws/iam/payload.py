"""Whether the body of a request is the one that was signed, checked as it is read."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any

from localaws.api import validation
from localaws.api.errors import Refused
from localaws.bounds import PART, Malformed
from localaws.iam.signature import NOTHING, STREAMED, UNSIGNED, Environ, Signed, sign

MAX_CHUNK = 16 * 1024 * 1024  # bytes of a signed chunk, which is held in memory
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8});chunk-signature=([0-9a-f]{64})\r\n")
_HASH = re.compile(r"[0-9a-f]{64}")


def claimed(environ: Environ, signed: Signed) -> str:
    """Return the hash of a request's body that is signed, or what stands for it.

    A body that must be there to check the signature is read here; `watch` looks at the
    others.
    """
    said = environ.get("HTTP_X_AMZ_CONTENT_SHA256")
    if signed.service not in ("", "s3"):
        found = hashlib.sha256(validation.read(environ, validation.MAX_OTHER))
        if said not in (None, found.hexdigest()):
            raise _mismatch()
        return found.hexdigest()
    if signed.expires is None and signed.service and said is None:
        text = "Missing required header for this request: x-amz-content-sha256"
        raise Refused("InvalidRequest", text)
    return said or UNSIGNED[0]


def watch(environ: Environ, signed: Signed, said: str, secret: str) -> None:
    """Let a body of S3 be read only as far as it is the one that was signed."""
    if signed.service != "s3" or said in UNSIGNED:
        return
    stream = environ["wsgi.input"]
    if said in (STREAMED, f"{STREAMED}-TRAILER"):
        checked: Any = SignedChunks(stream, signed, signed.key_of(secret))
    elif _HASH.fullmatch(said):
        length = environ.get("CONTENT_LENGTH") or "0"
        chunked = "HTTP_TRANSFER_ENCODING" in environ
        if length == "0" and not chunked and said != NOTHING:
            raise _mismatch()
        checked = Hashed(stream, None if chunked else int(length), said)
    else:
        text = f'x-amz-content-sha256 is "{said[:80]}", which localaws does not know.'
        raise Refused("InvalidRequest", text)
    environ["wsgi.input"] = io.BufferedReader(checked, PART)


def _mismatch() -> Refused:
    text = (
        "The provided 'x-amz-content-sha256' header does not match what was computed."
    )
    return Refused("XAmzContentSHA256Mismatch", text)


class Hashed(io.RawIOBase):
    """A body whose last part is given out only if all of it has this hash."""

    def __init__(self, source: Any, length: int | None, expected: str) -> None:
        self._source, self._left, self._expected = source, length, expected
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        most = len(buffer) if self._left is None else min(len(buffer), self._left)
        data = self._source.read(most) if most else b""
        self._hash.update(data)
        if self._left is not None:
            self._left -= len(data)
        ended = not data if self._left is None else self._left == 0 or not data
        if ended and self._hash.hexdigest() != self._expected:
            raise _mismatch()
        buffer[: len(data)] = data
        return len(data)


class SignedChunks(io.RawIOBase):
    """A body in chunks, each given out once its signature has been checked.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
    """

    def __init__(self, source: Any, signed: Signed, key: bytes) -> None:
        self._source, self._signed, self._key = source, signed, key
        self._before = signed.signature  # each signature is over the one before
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._ready and not self._ended:
            self._ready = self._next()
        part, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def _next(self) -> bytes:
        """Return the next chunk as it was sent, with its first line."""
        head = self._source.readline(200)
        match = _CHUNK.fullmatch(head)
        if match is None or int(match[1], 16) > MAX_CHUNK:
            raise Malformed("a chunk does not begin with its size and signature")
        data = self._source.read(int(match[1], 16))
        self._check(
            "PAYLOAD", f"{NOTHING}\n{hashlib.sha256(data).hexdigest()}", match[2]
        )
        if data:
            return head + data + self._source.read(2)
        self._ended = True
        return head + self._trailers()

    def _trailers(self) -> bytes:
        """Return what comes after the last chunk, of which the last is a signature."""
        lines = []
        while (line := self._source.readline(PART)).strip():
            lines.append(line)
        if lines:
            *others, last = lines
            name, _, found = last.strip().partition(b":")
            if name.lower() != b"x-amz-trailer-signature":
                raise Malformed("what comes after the last chunk has no signature")
            text = b"".join(each.strip() + b"\n" for each in others)
            self._check("TRAILER", hashlib.sha256(text).hexdigest(), found)
        return b"".join(lines) + line

    def _check(self, kind: str, text: str, found: bytes) -> None:
        place = f"{self._signed.moment}\n{self._signed.scope}\n{self._before}"
        expected = sign(self._key, f"AWS4-HMAC-SHA256-{kind}\n{place}\n{text}")
        if expected.encode() != found:
            raise Refused(
                "InvalidSignatureException",
                "The signature of a chunk does not match what it holds.",
            )
        self._before = expected
