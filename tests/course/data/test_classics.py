import hashlib
import io
import tarfile
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from course import data
from course.data import classics, downloads

SHARED = Path(__file__).parents[4] / "shared" / "data"


def test_the_readme_of_the_data_names_every_digest():
    text = (Path(__file__).parents[3] / "data" / "README.md").read_text()
    for name, entry in classics.CLASSICS.items():
        digests = dict(zip(classics.FIELDS, entry.arrays or (), strict=False))
        for what, digest in {**entry.files, **digests}.items():
            assert digest is None or f"| `{name}` | `{what}` | `{digest}` |" in text


def test_every_real_mirror_is_https():
    mirrors = [url for entry in classics.CLASSICS.values() for url in entry.mirrors]
    assert len(mirrors) >= 4
    assert all(url.startswith("https://") for url in mirrors)


def tar(folder, name, members):
    with tarfile.open(folder / name, "w:gz") as archive:
        for path, content in members.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def wav(samples):
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setparams((1, 2, 8000, len(samples), "NONE", ""))
        sound.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


@pytest.fixture
def recordings(published, mirror, tmp_path, monkeypatch):
    """``load("spoken_digits")`` gets two digits, two speakers, seven takes of each."""
    rng = np.random.default_rng(0)
    clips = {
        f"fsdd-1/recordings/{digit}_{speaker}_{take}.wav": rng.integers(
            -(2**15), 2**15, 9000 if take else 5
        )
        for digit in (7, 3)
        for speaker in ("theo", "jackson")
        for take in range(7)
    }
    members = {path: wav(samples) for path, samples in clips.items()}
    tar(published[0], "v1.0.10.tar.gz", {"fsdd-1/README.md": b"#", **members})
    arrays = classics.read_recordings([published[0] / "v1.0.10.tar.gz"])
    entry = replace(
        classics.CLASSICS["spoken_digits"],
        mirrors=(mirror.url,),
        arrays=tuple(map(downloads.array_digest, arrays)),
    )
    monkeypatch.setitem(classics.CLASSICS, "spoken_digits", entry)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "cache"))
    data.load.cache_clear()
    yield clips
    data.load.cache_clear()


def test_recordings_are_cut_or_filled_to_one_second_and_split_by_take(recordings):
    got = data.load("spoken_digits")
    short = recordings["fsdd-1/recordings/3_jackson_0.wav"]
    assert got.x_train.shape == (8, 8000) and got.x_test.shape == (20, 8000)
    assert got.y_test.tolist() == [3] * 10 + [7] * 10
    np.testing.assert_array_equal(got.x_test[0, :5] * 2**15, short)
    assert not got.x_test[0, 5:].any()


def test_an_archive_with_other_recordings_is_removed_and_named(recordings, published):
    loud = wav(np.full(10, 99))
    tar(published[0], "v1.0.10.tar.gz", {f"r/1_theo_{n}.wav": loud for n in range(9)})
    with pytest.raises(data.DataError, match=r"v1\.0\.10.*removed.*vowels"):
        data.load("spoken_digits")
    assert not list(data.cache_folder().rglob("*.gz"))


def test_an_archive_that_is_none_is_removed_and_named(recordings, published):
    (published[0] / "v1.0.10.tar.gz").write_bytes(b"<html>try later</html>")
    with pytest.raises(data.DataError, match=r"v1\.0\.10.*removed"):
        data.load("spoken_digits")


def test_cifar10_is_read_plane_by_plane(published, mirror, monkeypatch, tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (12, 32, 32, 3), np.uint8)
    labels = rng.integers(0, 10, (12, 1), np.uint8)
    planes = images.transpose(0, 3, 1, 2).reshape(12, -1)
    batches = np.split(np.concatenate([labels, planes], axis=1), 6)
    names = [*(f"data_batch_{n}.bin" for n in range(1, 6)), "test_batch.bin"]
    file = "cifar-10-binary.tar.gz"
    members = zip(names, batches, strict=True)
    tar(published[0], file, {f"cifar/{n}": b.tobytes() for n, b in members})
    digest = hashlib.sha256((published[0] / file).read_bytes()).hexdigest()
    entry = replace(
        classics.CLASSICS["cifar10"], mirrors=(mirror.url,), files={file: digest}
    )
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "cache"))
    got = downloads.load_classic("cifar10", entry)
    np.testing.assert_allclose(got.x_train * 255, images[:10], atol=1e-4)
    assert got.y_test.tolist() == labels[10:, 0].tolist()


@pytest.mark.full
@pytest.mark.skipif(not SHARED.exists(), reason="no full-size data beside the checkout")
def test_the_full_mnist_is_the_published_one(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(SHARED))
    data.load.cache_clear()
    got = data.load("mnist")
    data.load.cache_clear()
    assert got.x_train.shape == (60000, 28, 28)
    assert np.bincount(got.y_test).tolist()[:2] == [980, 1135]


@pytest.mark.full
@pytest.mark.skipif(not SHARED.exists(), reason="no full-size data beside the checkout")
def test_the_full_recordings_are_the_published_ones(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(SHARED))
    data.load.cache_clear()
    got = data.load("spoken_digits")
    data.load.cache_clear()
    assert got.x_train.shape == (2700, 8000) and got.x_test.shape == (300, 8000)
    assert np.bincount(got.y_test).tolist() == [30] * 10
    assert -1 <= got.x_test.min() < -0.5 and 0.5 < got.x_test.max() <= 1
