"""What code is packed into: zips and layers for Lambda, tars, and their size."""

import io
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

MOST = 250 * 1024**2  # bytes of a function with its layers, unzipped
MODE = 0o644 << 16  # Lambda reads the files as another user


def megabytes(*names: str) -> float:
    """Return how many MB (of 10^6 bytes) the files of installed packages have.

    Raises ``importlib.metadata.PackageNotFoundError`` for one that is not installed.
    """
    return sum(path.stat().st_size for path, _ in _files(*names)) / 1e6


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files, from name to content; the same for the same files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = MODE, zipfile.ZIP_DEFLATED
            archive.writestr(info, content, compresslevel=1)
    return data.getvalue()


def tarred(files: Mapping[str, bytes], mtime: int = 0) -> bytes:
    """Return a tar of files, from name to content, last changed at second `mtime`."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), mtime
            archive.addfile(member, io.BytesIO(content))
    return data.getvalue()


def of_script(path: str | Path) -> bytes:
    """Return the zip of a function that is one script."""
    return zipped({Path(path).name: Path(path).read_bytes()})


def layer(path: Path, *names: str) -> int:
    """Write a layer with installed packages, without their tests; return its bytes.

    https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file, name in _files(*names):
            if "/tests/" not in name:
                archive.write(file, f"python/{name}")
    return path.stat().st_size


def _files(*names: str) -> Iterator[tuple[Path, str]]:
    """Yield place and name of each file of packages that is no compiled Python."""
    for file in (file for name in names for file in metadata.files(name) or ()):
        path, name = Path(str(file.locate())), file.as_posix()
        if not name.startswith("..") and "__pycache__" not in name and path.is_file():
            yield path, name
