"""The classics: downloaded on request, verified by SHA-256, kept in a cache folder."""

import hashlib
import os
import tarfile
import warnings
import wave
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from course.data.classics import FIELDS, Arrays, Classic
from course.data.dataset import DataError, Dataset

_UNREADABLE = (
    *(KeyError, ValueError, OSError, EOFError, zlib.error),
    *(tarfile.TarError, wave.Error, zipfile.BadZipFile),
)


def cache_folder() -> Path:
    """Where downloads are kept: ``COURSE_DATA``, else the platform's cache folder."""
    named = os.environ.get("COURSE_DATA")
    return Path(named) if named else Path(_pooch().os_cache("neuron-to-endpoint"))


def load_classic(name: str, classic: Classic) -> Dataset:
    """Return a published data set, from the cache or from the first good mirror.

    A file or array that is not the published one is never used: DataError names it.
    """
    by_hand = cache_folder() / classic.by_hand
    if classic.read_by_hand and by_hand.is_file():
        arrays = _read_by_hand(by_hand, classic.read_by_hand, classic)
    else:
        arrays = _read_files(_download(name, classic), classic)
    x_train, y_train, x_test, y_test = arrays
    return Dataset(
        x_train.astype(np.float32) / classic.scale,
        y_train.astype(np.int64),
        x_test.astype(np.float32) / classic.scale,
        y_test.astype(np.int64),
        classic.classes,
        classic.description,
    )


def _download(name: str, classic: Classic) -> list[Path]:
    folder = cache_folder() / name
    return [
        _fetch(file, digest, folder, name, classic)
        for file, digest in classic.files.items()
    ]


def _fetch(
    file: str, digest: str | None, folder: Path, name: str, classic: Classic
) -> Path:
    """Return the verified file in the cache, downloaded from the first good mirror."""
    path = folder / file
    problems = []
    if path.exists():
        if digest is None or _pooch().file_hash(path) == digest:
            return path
        path.unlink()
        problems.append(f"the cached copy failed its checksum and was removed: {path}")
    for mirror in classic.mirrors:
        try:
            _retrieve(mirror + file, digest, path)
            return path
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            problems.append(f"{mirror}{file}: {_reason(error)}")
    raise DataError(
        f'"{name}" needs the file {file}, which could not be had:\n  '
        + "\n  ".join(problems)
        + f"\nPut it by hand into {folder} (or name another folder in COURSE_DATA), "
        f'or use the data set "{classic.instead}", which needs no network.'
    )


def _retrieve(url: str, digest: str | None, path: Path) -> None:
    pooch = _pooch()
    download = pooch.HTTPDownloader(timeout=20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pooch.retrieve(url, digest, path.name, path.parent, downloader=download)


def _reason(error: Exception) -> str:
    """One line for a failed download."""
    if "SHA256 hash" in str(error):
        return "what came failed its checksum and was removed"
    return f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"


def _read_files(paths: list[Path], classic: Classic) -> Arrays:
    """Read what was downloaded; where only the content can tell, remove what is bad."""
    try:
        arrays = classic.read(paths)
        wrong = _wrong_arrays(arrays, classic)
    except _UNREADABLE as error:
        wrong = [f"{type(error).__name__}: {error}"]
    if not wrong:
        return arrays
    for path in paths:
        path.unlink()
    raise DataError(
        f"{', '.join(map(str, paths))} did not hold the published data and was removed "
        f"({wrong[0]}). Load the data set again, or use "
        f'"{classic.instead}", which needs no network.'
    )


def _read_by_hand(
    path: Path, read: Callable[[Path], Arrays], classic: Classic
) -> Arrays:
    """Read an ``.npz`` put there by hand, checked by content; it is never removed."""
    try:
        arrays = read(path)
    except _UNREADABLE as error:
        raise DataError(
            f"{path} cannot be read: {error}. It should hold the arrays of "
            f"{classic.description}. Remove it, or replace it by a whole copy."
        ) from error
    if wrong := _wrong_arrays(arrays, classic):
        raise DataError(
            f"In {path}, {wrong[0]}. Remove the file, or replace it by a true copy."
        )
    return arrays


def _wrong_arrays(arrays: Arrays, classic: Classic) -> list[str]:
    """Say of each array whose SHA-256 is known and differs that it does."""
    return [
        f'"{field}" is not the published array (its SHA-256 differs)'
        for field, array, digest in zip(
            FIELDS, arrays, classic.arrays or (), strict=bool(classic.arrays)
        )
        if array_digest(array) != digest
    ]


def array_digest(array: np.ndarray) -> str:
    """Return the SHA-256 of an array of uint8 or int16 written as an IDX file.

    An array of another kind gets a digest that no published array has.
    http://yann.lecun.com/exdb/mnist describes the format.
    """
    kind = {"uint8": 0x08, "int16": 0x0B}.get(array.dtype.name, 0)
    header = bytes([0, 0, kind, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    content = array.astype(array.dtype.newbyteorder(">")).tobytes()
    return hashlib.sha256(header + content).hexdigest()


def _pooch():
    """Import pooch without tqdm's warning that no progress bar can be drawn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pooch
    return pooch
