"""tar.gz archives: packed from a folder, and unpacked without trusting them."""

from __future__ import annotations

import os
import shutil
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO, cast

MAX_MEMBERS = 200_000
MAX_BYTES = 50 * 1024**3
MAX_PATH = 1024  # characters of a member's name


class BadArchive(ValueError):
    """A file that is no tar archive, or one that must not be unpacked."""


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
    for path in folder.rglob("*"):
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
    Raises `BadArchive`, before anything is written, for an archive that is broken, too
    large, or has members that would leave `folder` (`..`, links outside) or that are
    devices. A leading slash is dropped, as tar does. Links are made last and looked at
    again, so that no file is written through one: the filters of `tarfile` itself were
    evaded that way in several versions of Python.
    """
    try:
        with tarfile.open(archive) as tar:
            members = _checked(tar, inside)
            folder.mkdir(parents=True, exist_ok=True)
            root = folder.resolve()
            for member in (one for one in members if not _is_link(one)):
                _write(tar, member, root)
        _write_links([one for one in members if _is_link(one)], root)
    except (tarfile.TarError, EOFError, zlib.error, OSError, BadArchive) as error:
        raise BadArchive(f'cannot unpack "{archive.name}": {error}') from error


def _is_link(member: tarfile.TarInfo) -> bool:
    return member.issym() or member.islnk()


def _checked(tar: tarfile.TarFile, inside: str) -> list[tarfile.TarInfo]:
    members, size = [], 0
    for member in tar:
        size += member.size
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
