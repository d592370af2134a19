"""The classics as they are published: their files, digests, mirrors, and readers."""

import gzip
import io
import tarfile
import wave
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course.data.dataset import DIGITS

FIELDS = ("x_train", "y_train", "x_test", "y_test")
CLIP = 8000  # samples of a spoken digit: one second
Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Classic:
    """A published data set, and how its files become four arrays of whole numbers.

    ``files`` maps each published file to its SHA-256, or to None where the publisher
    packs the archive anew at each download. ``arrays`` are the SHA-256 of the four
    arrays in the order of ``Dataset``, each written as an IDX file; None where only
    the files' own are known. ``read`` takes the paths of the files, ``read_by_hand``
    the path of the ``.npz`` called ``by_hand``. ``x / scale`` is what a lesson gets.
    """

    mirrors: tuple[str, ...]
    files: dict[str, str | None]
    read: Callable[[list[Path]], Arrays]
    scale: float
    classes: tuple[str, ...]
    description: str
    instead: str
    arrays: tuple[str, str, str, str] | None = None
    by_hand: str = ""
    read_by_hand: Callable[[Path], Arrays] | None = None


def read_idx(paths: list[Path]) -> Arrays:
    """Read four gzipped IDX files of unsigned bytes, as MNIST's page describes them."""
    return [_idx(gzip.decompress(path.read_bytes())) for path in paths]


def _idx(content: bytes) -> np.ndarray:
    dimensions = content[3]
    shape = np.frombuffer(content, ">u4", count=dimensions, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def read_npz(path: Path) -> Arrays:
    """Read the four arrays of an archive; KeyError or ValueError for a strange one."""
    with np.load(path, allow_pickle=False) as archive:
        return [archive[field] for field in FIELDS]


def read_cifar(paths: list[Path]) -> Arrays:
    """Read the binary version of CIFAR-10: images (samples, 32, 32, 3).

    A record is the label, then 1,024 red, 1,024 green and 1,024 blue bytes.
    https://www.cs.toronto.edu/~kriz/cifar.html
    """
    with tarfile.open(paths[0]) as archive:
        contents = {
            Path(member.name).name: _content(archive, member)
            for member in archive
            if member.name.endswith(".bin")
        }
    train = b"".join(contents[f"data_batch_{number}.bin"] for number in range(1, 6))
    found = []
    for content in (train, contents["test_batch.bin"]):
        records = np.frombuffer(content, np.uint8).reshape(-1, 1 + 3 * 32 * 32)
        images = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        found += [images, records[:, 0]]
    return found


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    if file is None:
        raise ValueError(f'"{member.name}" in the archive is no file')
    return file.read()


def read_recordings(paths: list[Path]) -> Arrays:
    """Read the archive of the Free Spoken Digit Dataset: clips (samples, 8000) int16.

    The files are `recordings/DIGIT_SPEAKER_TAKE.wav`, 8 kHz, mono, 16 bits.
    """
    clips = {}
    with tarfile.open(paths[0]) as archive:
        for member in archive:
            if member.name.endswith(".wav"):
                digit, speaker, take = Path(member.name).stem.split("_")
                content = io.BytesIO(_content(archive, member))
                with wave.open(content) as sound:
                    samples = np.frombuffer(sound.readframes(-1), "<i2")
                clips[int(digit), speaker, int(take)] = samples
    keys = sorted(clips)
    digits, takes = ([key[part] for key in keys] for part in (0, 2))
    return _split_takes([clips[key] for key in keys], digits, takes)


def read_fsdd(path: Path) -> Arrays:
    """Read the same recordings laid end to end: samples, lengths, digit, take."""
    with np.load(path, allow_pickle=False) as archive:
        ends = np.cumsum(archive["lengths"])[:-1]
        clips = np.split(archive["samples"], ends)
        return _split_takes(clips, archive["digit"], archive["take"])


def _split_takes(clips: Iterable[np.ndarray], digits, takes) -> Arrays:
    """Cut or fill each clip to one second; takes 0 to 4 are the published test set."""
    x = np.stack([np.pad(clip[:CLIP], (0, max(0, CLIP - len(clip)))) for clip in clips])
    y, test = np.asarray(digits, np.uint8), np.asarray(takes) < 5
    return [x[~test], y[~test], x[test], y[test]]


# LeCun, Cortes and Burges (1998) name the files so; Fashion-MNIST follows them.
IDX_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def _idx_files(*digests: str) -> dict[str, str | None]:
    return dict(zip(IDX_FILES, digests, strict=True))


CLASSICS = {
    "mnist": Classic(
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        files=_idx_files(
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
        arrays=(
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
        read=read_idx,
        by_hand="mnist.npz",
        read_by_hand=read_npz,
        scale=255,
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
        files=_idx_files(
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
        read=read_idx,
        scale=255,
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
    "cifar10": Classic(
        mirrors=(
            "https://www.cs.toronto.edu/~kriz/",
            "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/",
        ),
        files={
            "cifar-10-binary.tar.gz": (
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
            )
        },
        read=read_cifar,
        scale=255,
        classes=(
            *("airplane", "automobile", "bird", "cat", "deer"),
            *("dog", "frog", "horse", "ship", "truck"),
        ),
        description="CIFAR-10: 60,000 colour photographs, 32 x 32 x 3 in [0, 1]",
        instead="glyphs",
    ),
    "spoken_digits": Classic(
        mirrors=("https://github.com/Jakobovski/free-spoken-digit-dataset/archive/",),
        files={"v1.0.10.tar.gz": None},
        arrays=(
            "c45d37544f8754dc52fb446a65281bdb71c58b8a6b84d0500618431b96222d2e",
            "3a03e533731fde81dc10e57105f7b041513cd8d5a1346e757209457b20212978",
            "b58648d6520fca25d9991172b5f5ed293db512027d1f3a3f29d14545e189cce4",
            "9316b2d308546b5e79bc153715a481763d90bcb5b2f4e2243c5df0eca62ad4c9",
        ),
        read=read_recordings,
        by_hand="fsdd.npz",
        read_by_hand=read_fsdd,
        scale=2**15,
        classes=DIGITS,
        description="spoken digits: 3,000 recordings of 6 speakers, 1 s at 8 kHz",
        instead="vowels",
    ),
}
