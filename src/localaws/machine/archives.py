"""tar.gz archives: packed from a folder, and unpacked without trusting them."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

from localaws.machine.files import below, discard

MAX_MEMBERS = 200_000
MAX_BYTES = 50 * 1024**3
MAX_PATH = 1024  # characters of a member's name
MAX_HEADER = 1024 * 1024  # bytes of a member's headers, long names among them
MAX_HEADERS = 512 * 1024 * 1024  # of all headers together
MAX_READ = 1024 * 1024  # bytes that are read at once
MAX_PARTS = 1000  # of a sparse file, and values that hold for all members
BLOCK = 4096  # bytes that a member takes besides what is in it
RESERVE = 64 * 1024 * 1024  # bytes of the disk that no archive may take


class BadArchive(ValueError):
    """A file that is no tar archive, or one that must not be unpacked."""


# What reading and writing an archive may end with, whatever is in it.
_FAILURES = (
    *(tarfile.TarError, EOFError, zlib.error, OSError),
    *(ValueError, OverflowError, RecursionError, MemoryError),
)


def pack(folder: Path, archive: Path) -> None:
    """Write the contents of `folder` as a gzip-compressed tar file.

    The archive has the contents at its top, as `model.tar.gz` has on AWS.
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
    """
    with archive.open("wb") as file:
        gzip = _Gzip(file)
        written = cast(IO[bytes], gzip)  # a stream is only written to
        with tarfile.open(fileobj=written, mode="w|", bufsize=1024 * 1024) as tar:
            for path in sorted(folder.iterdir()):
                tar.add(path, arcname=path.name)
        gzip.finish()


class _Gzip:
    """Compresses runs and frequent bytes only: as small for weights, thrice as fast."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._zlib = zlib.compressobj(1, zlib.DEFLATED, 31, 9, zlib.Z_RLE)

    def write(self, data: bytes) -> None:
        self._file.write(self._zlib.compress(data))

    def finish(self) -> None:
        self._file.write(self._zlib.flush())


def relink(folder: Path, inside: str) -> None:
    """Let absolute links that mean a place in `folder` be relative ones.

    `inside` is where the process that wrote them saw the folder ("/opt/ml/model").
    """
    roots = (inside, str(folder), os.path.realpath(folder))
    for path in list(below(folder)):
        if path.is_symlink():
            target = _within(os.readlink(path), roots)
            if target is not None:
                path.unlink()
                path.symlink_to(os.path.relpath(folder / target, path.parent))


def _within(target: str, roots: Iterable[str]) -> str | None:
    """Return an absolute target as a path below one of `roots`; None for others."""
    target = os.path.normpath(target)
    for root in filter(None, roots):
        if f"{target}/".startswith(f"{root}/"):
            return target[len(root) :].strip("/") or "."
    return None


def unpack(archive: Path, folder: Path, inside: str = "") -> None:
    """Extract a tar file (compressed or not) into `folder`.

    `inside` is where a job sees the folder ("/opt/ml/model"): an absolute link to a
    place below it, as jobs write them, is to the same place in `folder`.
    Raises `BadArchive`, before anything is written, for an archive that is broken,
    larger than what is free on the disk, or has members that would leave `folder`
    (`..`, links outside) or are devices; where it fails later, nothing is left of it. A
    leading slash is dropped, as tar does. Links are made last and looked at again, so
    that no file is written through one: the filters of `tarfile` itself were evaded
    that way in several versions of Python.
    """
    try:
        with _opened(archive) as source, _all_or_nothing(folder):
            _unpack(source, folder, inside)
    except _FAILURES as error:
        # Of what the system says, not the path: it is one of this machine.
        words = error.strerror if isinstance(error, OSError) else None
        words = words or str(error) or "it is nested too deeply"
        raise BadArchive(f'cannot unpack "{archive.name}": {words}') from error


def _unpack(source: _Source, folder: Path, inside: str) -> None:
    with tarfile.open(fileobj=cast(IO[bytes], source), mode="r:") as tar:
        members = _checked(tar, source, inside, _room(folder))
        source.left = None
        folder.mkdir(parents=True, exist_ok=True)
        root = folder.resolve()
        for member in (one for one in members if not _is_link(one)):
            _write(tar, member, root)
        _write_links([one for one in members if _is_link(one)], root)


class _Source:
    """An archive, decompressed, of which `tarfile` can read no more than it may.

    It reads the headers of a member whole, however long they say that they are; what
    is in the members it skips meanwhile.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell
        self.left: int | None = MAX_HEADER  # bytes that may be read; None: any number

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes."""
        if self.left is not None:
            self.left -= size
        if size > MAX_READ or (self.left is not None and self.left < 0):
            raise BadArchive(f"a member's headers have more than {MAX_HEADER:,} bytes")
        return self._file.read(size)


@contextlib.contextmanager
def _opened(archive: Path) -> Iterator[_Source]:
    """Yield what an archive holds, decompressed where it begins as gzip does."""
    with archive.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            file.seek(0)
            yield _Source(file)
            return
        file.seek(0)
        with gzip.open(file) as plain:
            yield _Source(cast(IO[bytes], plain))


@contextlib.contextmanager
def _all_or_nothing(folder: Path) -> Iterator[None]:
    """Remove, where what happens inside fails, what it has brought to a folder."""
    was = folder.is_dir()
    before = set(os.listdir(folder)) if was else set()
    try:
        yield
    except BaseException:
        for path in folder.glob("*") if folder.is_dir() else ():
            if path.name not in before:
                discard(path)
        if not was and folder.is_dir():
            folder.rmdir()
        raise


def _room(folder: Path) -> int:
    """Return how many bytes an archive may take on the disk that has `folder`."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    return max(0, shutil.disk_usage(place).free - RESERVE)


def _is_link(member: tarfile.TarInfo) -> bool:
    return member.issym() or member.islnk()


def _checked(
    tar: tarfile.TarFile, source: _Source, inside: str, room: int
) -> list[tarfile.TarInfo]:
    members, size, headers = [], 0, 0
    for member in tar:
        headers += MAX_HEADER - (source.left or 0)
        source.left = MAX_HEADER
        _check_headers(tar, member, headers)
        size += member.size + BLOCK
        if size > room:
            text = (
                f"it unpacks to more than the {room:,} bytes that are free on the disk"
            )
            raise BadArchive(f"{text}: make room")
        member.name = member.name.lstrip("/")
        if member.issym():
            _localize(member, inside)
        members.append(member)
        if len(members) > MAX_MEMBERS or size > MAX_BYTES:
            raise BadArchive(
                f"it exceeds {MAX_MEMBERS:,} members or {MAX_BYTES:,} bytes"
            )
        _check(member)
    return members


def _check_headers(tar: tarfile.TarFile, member: tarfile.TarInfo, size: int) -> None:
    """Keep no more of a member's headers than it takes to write it."""
    parts = len(getattr(member, "sparse", None) or ())
    if max(parts, len(tar.pax_headers)) > MAX_PARTS or size > MAX_HEADERS:
        raise BadArchive(f'the headers of "{member.name[:60]}" have too much in them')
    if member.size < 0:
        raise BadArchive(f'"{member.name[:60]}" has {member.size} bytes')
    member.pax_headers = {}


def _localize(member: tarfile.TarInfo, inside: str) -> None:
    target = _within(member.linkname, [inside])
    if target is not None:
        member.linkname = os.path.relpath(target, os.path.dirname(member.name) or ".")


def _check(member: tarfile.TarInfo) -> None:
    name = member.name
    if len(name) > MAX_PATH or len(member.linkname) > MAX_PATH or "\0" in name:
        raise BadArchive(f'the path "{name[:60]}..." is too long, or no path')
    if not (member.isfile() or member.isdir() or _is_link(member)):
        raise BadArchive(f'"{name}" is a device or a pipe')
    start = os.path.dirname(name) if member.issym() else ""
    target = os.path.normpath(os.path.join(start, member.linkname))
    if ".." in (*Path(name).parts, *Path(target).parts) or os.path.isabs(target):
        raise BadArchive(f'"{name}" would leave the folder')


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, root: Path) -> None:
    path = root / member.name
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    source = tar.extractfile(member)
    assert source is not None, "what is no file was refused"
    with source, path.open("wb") as target:
        shutil.copyfileobj(source, target, 1024 * 1024)
    path.chmod(0o755 if member.mode & 0o100 else 0o644)


def _write_links(members: list[tarfile.TarInfo], root: Path) -> None:
    for member in members:
        path = root / member.name
        if not Path(os.path.realpath(path.parent)).is_relative_to(root):
            raise BadArchive(f'"{member.name}" would leave the folder')
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        start = path.parent if member.issym() else root
        path.symlink_to(os.path.relpath(start / member.linkname, path.parent))
    for member in members:
        if not Path(os.path.realpath(root / member.name)).is_relative_to(root):
            (root / member.name).unlink()
            raise BadArchive(f'the link "{member.name}" would leave the folder')
