"""The code of functions and layers: zip archives, unpacked without trusting them."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from pathlib import Path

from localaws.machine.files import discard

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST = 262_144_000  # bytes of a function with its layers, unpacked
ZIPPED = 50 * 1024 * 1024  # bytes of an archive in a request
MEMBERS = 100_000
LINK = 4096  # bytes of a link's target


class BadCode(ValueError):
    """An archive that cannot be unpacked, or must not be."""


_FAILURES = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError),
    *(NotImplementedError, RuntimeError, OverflowError),
)


def size(data: bytes) -> int:
    """Return how many bytes an archive says that it holds; raise BadCode for none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except _FAILURES as error:
        raise BadCode(f"it is no zip archive: {error}") from error
    if len(members) > MEMBERS:
        raise BadCode(f"it has more than {MEMBERS:,} members")
    for member in members:
        _place(member.filename)
    return sum(member.file_size for member in members)


def unzip(data: bytes, folder: Path, most: int = MOST) -> int:
    """Unpack an archive into a folder; return its bytes. What is there is replaced.

    Raises BadCode where it is broken, larger than `most` bytes, or has members that
    would leave the folder. Links are made last, so that nothing is written through one.
    """
    left = most
    links: list[tuple[str, str]] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                name = _place(member.filename)
                if stat.S_ISLNK(member.external_attr >> 16):
                    links.append((name, archive.read(member)[:LINK].decode()))
                else:
                    left -= _write(archive, member, folder / name, left)
        for name, target in links:
            _link(folder, name, target)
    except BadCode:
        raise
    except _FAILURES as error:
        words = (error.strerror if isinstance(error, OSError) else "") or str(error)
        raise BadCode(f"it cannot be unpacked: {words}") from error
    return most - left


def _place(name: str) -> str:
    """Return where a member goes, or raise BadCode where that is elsewhere."""
    parts = name.replace("\\", "/").split("/")
    if name.startswith("/") or ".." in parts or "\0" in name or len(name) > 1024:
        raise BadCode(f'its member "{name[:200]}" would leave the folder')
    return "/".join(part for part in parts if part not in ("", "."))


def _write(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, left: int
) -> int:
    if member.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():  # of a layer before this one
        path.unlink()
    if path.is_dir():
        raise BadCode(f'its member "{member.filename[:200]}" is there twice')
    count = 0
    with archive.open(member) as source, path.open("wb") as file:
        while data := source.read(1024 * 1024):
            count += len(data)
            if count > left:
                raise BadCode(f"unpacked it has more than {MOST} bytes")
            file.write(data)
    executable = (member.external_attr >> 16) & 0o111
    path.chmod(0o755 if executable else 0o644)
    return count


def _link(folder: Path, name: str, target: str) -> None:
    path, root = folder / name, folder.resolve()
    meant = (path.parent / target).resolve()
    if os.path.isabs(target) or not meant.is_relative_to(root):
        raise BadCode(f'its link "{name[:200]}" would leave the folder')
    if not path.parent.resolve().is_relative_to(root):
        raise BadCode(f'its link "{name[:200]}" would leave the folder')
    path.parent.mkdir(parents=True, exist_ok=True)
    discard(path)
    path.symlink_to(target)
