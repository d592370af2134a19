"""tar.gz archives: packed from a folder, and unpacked without trusting them."""

from __future__ import annotations

import tarfile
from pathlib import Path

MAX_MEMBERS = 200_000
MAX_BYTES = 50 * 1024**3
MAX_PATH = 1024


def pack(folder: Path, archive: Path) -> None:
    """Write the contents of `folder` as a gzip-compressed tar file.

    The archive has the contents at its top, as `model.tar.gz` has on AWS.
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
    """
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, arcname=path.name)


def unpack(archive: Path, folder: Path) -> None:
    """Extract a tar file (compressed or not) into `folder`.

    Raises ValueError, before anything is written, for an archive that is broken, too
    large, or has members that would leave `folder` (`..`, links outside) or that are
    devices. A leading slash is dropped, as tar does.
    """
    try:
        with tarfile.open(archive) as tar:
            members = _checked(tar, folder)
            folder.mkdir(parents=True, exist_ok=True)
            tar.extractall(folder, members, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ValueError(f'cannot unpack "{archive.name}": {error}') from error


def _checked(tar: tarfile.TarFile, folder: Path) -> list[tarfile.TarInfo]:
    members, size = [], 0
    for member in tar:
        size += member.size
        members.append(member)
        if len(members) > MAX_MEMBERS or size > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_MEMBERS} members or 50 GiB")
        if len(member.name) > MAX_PATH:
            raise ValueError(f'the path "{member.name[:60]}..." is too long')
        tarfile.data_filter(member, str(folder))
    return members
