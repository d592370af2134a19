"""Archives from S3 are unpacked so that nothing lands outside their folder."""

from __future__ import annotations

import os
import shutil
import tarfile
import zlib
from pathlib import Path

MAX_BYTES = 50 * 1024**3
MAX_MEMBERS = 200_000
MAX_PATH = 1024  # characters of a member's name


class BadArchive(ValueError):
    """A file that is no gzipped tar archive, or one that must not be unpacked."""


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a `.tar.gz` into `folder`; raises `BadArchive`, which says why.

    Refused: names that leave the folder, links that do, devices, and archives beyond
    the limits above. Links are made last, so that no file is written through one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = folder.resolve()
    try:
        with tarfile.open(archive, "r:*") as tar:
            links = [link for link in _members(tar) if _write(tar, link, root)]
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise BadArchive(f'"{archive.name}" cannot be unpacked: {error}') from error
    for link in links:
        _link(link, root)
    for link in links:
        if not Path(os.path.realpath(root / link.name)).is_relative_to(root):
            (root / link.name).unlink()
            raise BadArchive(f'The link "{link.name}" leaves the archive.')


def _members(tar: tarfile.TarFile):
    total = 0
    for number, member in enumerate(tar):
        total += member.size
        if number >= MAX_MEMBERS or total > MAX_BYTES:
            raise BadArchive(
                f"The archive exceeds {MAX_MEMBERS:,} members or {MAX_BYTES:,} bytes."
            )
        parts = Path(member.name).parts
        if Path(member.name).is_absolute() or ".." in parts:
            raise BadArchive(f'The member "{member.name}" leaves the archive.')
        if len(member.name) > MAX_PATH or "\0" in member.name:
            raise BadArchive(f'The member "{member.name[:80]}" has no usable name.')
        yield member


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, root: Path) -> bool:
    """Write a file or folder; return whether the member is a link, for later."""
    path = root / member.name
    if member.issym() or member.islnk():
        return True
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
        return False
    if not member.isfile():
        raise BadArchive(f'The member "{member.name}" is a device or a pipe.')
    path.parent.mkdir(parents=True, exist_ok=True)
    with tar.extractfile(member) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, 1024 * 1024)
    path.chmod(0o755 if member.mode & 0o100 else 0o644)
    return False


def _link(member: tarfile.TarInfo, root: Path) -> None:
    path = root / member.name
    start = path.parent if member.issym() else root
    if os.path.isabs(member.linkname) or not Path(
        os.path.realpath(start / member.linkname)
    ).is_relative_to(root):
        raise BadArchive(f'The link "{member.name}" leaves the archive.')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(os.path.relpath(start / member.linkname, path.parent))
