"""The classics: downloaded on request, verified by SHA-256, kept in a cache folder."""

import gzip
import hashlib
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course.dataset import DIGITS, DataError, Dataset


@dataclass(frozen=True)
class Classic:
    """A published data set in four gzipped IDX files, checked by SHA-256.

    ``gzipped`` are the digests of the files as published, ``raw`` those of their
    contents: a set put into the cache by hand as ``NAME.npz`` is checked by these.
    """

    mirrors: tuple[str, ...]
    gzipped: tuple[str, str, str, str]
    raw: tuple[str, str, str, str] | None
    classes: tuple[str, ...]
    description: str
    instead: str


# The order of Dataset's fields. LeCun, Cortes and Burges (1998) name them so.
IDX_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)

CLASSICS = {
    "mnist": Classic(
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        gzipped=(
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
        raw=(
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
        classes=DIGITS,
        description="MNIST: 70,000 handwritten digits, 28 x 28 pixels in [0, 1]",
        instead="digits",
    ),
    "fashion_mnist": Classic(
        mirrors=(
            "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        gzipped=(
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
        raw=None,
        classes=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        description="Fashion-MNIST: 70,000 photographs of clothes, 28 x 28 in [0, 1]",
        instead="digits",
    ),
}


def cache_folder() -> Path:
    """Where downloads are kept: ``COURSE_DATA``, else the platform's cache folder."""
    import pooch

    named = os.environ.get("COURSE_DATA")
    return Path(named) if named else Path(pooch.os_cache("neuron-to-endpoint"))


def load_classic(name: str, classic: Classic) -> Dataset:
    by_hand = cache_folder() / f"{name}.npz"
    if classic.raw and by_hand.exists():
        arrays = _read_by_hand(by_hand, classic.raw)
    else:
        arrays = [_read_idx(path) for path in _download(name, classic)]
    x_train, y_train, x_test, y_test = arrays
    return Dataset(
        x_train.astype(np.float32) / 255,
        y_train.astype(np.int64),
        x_test.astype(np.float32) / 255,
        y_test.astype(np.int64),
        classic.classes,
        classic.description,
    )


def _download(name: str, classic: Classic) -> list[Path]:
    folder = cache_folder() / name
    return [
        _fetch(file, digest, folder, name, classic)
        for file, digest in zip(IDX_FILES, classic.gzipped, strict=True)
    ]


def _fetch(file: str, digest: str, folder: Path, name: str, classic: Classic) -> Path:
    """Return the verified file in the cache, downloaded from the first good mirror."""
    import pooch

    path = folder / file
    problems = []
    if path.exists():
        if pooch.file_hash(path) == digest:
            return path
        path.unlink()
        problems.append(f"the cached copy failed its checksum and was removed: {path}")
    for mirror in classic.mirrors:
        url = mirror + file
        try:
            download = pooch.HTTPDownloader(timeout=20)
            pooch.retrieve(url, digest, file, folder, downloader=download)
            return path
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            problems.append(f"{url}: {_reason(error)}")
    raise DataError(
        f'"{name}" needs the file {file}, which could not be had:\n  '
        + "\n  ".join(problems)
        + f"\nPut it by hand into {folder} (or name another folder in COURSE_DATA), "
        f'or use the data set "{classic.instead}", which needs no network.'
    )


def _reason(error: Exception) -> str:
    """One line for a failed download."""
    if "SHA256 hash" in str(error):
        return "what came failed its checksum and was removed"
    return f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"


def _read_idx(path: Path) -> np.ndarray:
    """Read one gzipped IDX file of unsigned bytes, as MNIST's page describes it."""
    content = gzip.decompress(path.read_bytes())
    dimensions = content[3]
    shape = np.frombuffer(content, ">u4", count=dimensions, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def _idx_header(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()


def _read_by_hand(path: Path, digests: tuple[str, ...]) -> list[np.ndarray]:
    """Read the four arrays of an ``.npz`` put there by hand, checked by content."""
    fields = ("x_train", "y_train", "x_test", "y_test")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = [np.ascontiguousarray(archive[field]) for field in fields]
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} cannot be read as the arrays {', '.join(fields)}: {error}. "
            "Remove it, or replace it by a whole copy."
        ) from error
    for field, array, digest in zip(fields, arrays, digests, strict=True):
        if hashlib.sha256(_idx_header(array) + array.tobytes()).hexdigest() != digest:
            raise DataError(
                f'"{field}" in {path} is not the published array (its SHA-256 '
                "differs). Remove the file, or replace it by a true copy."
            )
    return arrays
