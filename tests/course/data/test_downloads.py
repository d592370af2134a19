import gzip
import hashlib
import http.server
import io
import os
import tarfile
import tempfile
import threading
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from course import data
from course.data import classics, downloads

SHARED = Path(__file__).parents[4] / "shared" / "data"


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return gzip.compress(header + array.tobytes(), mtime=0)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def published(tmp_path):
    """A tiny classic: a folder as a mirror would hold it, and the four arrays."""
    rng = np.random.default_rng(0)
    arrays = [
        rng.integers(0, 256, (20, 28, 28), np.uint8),
        rng.integers(0, 10, 20, np.uint8),
        rng.integers(0, 256, (5, 28, 28), np.uint8),
        rng.integers(0, 10, 5, np.uint8),
    ]
    folder = tmp_path / "mirror"
    folder.mkdir()
    for file, array in zip(classics.IDX_FILES, arrays, strict=True):
        (folder / file).write_bytes(idx(array))
    return folder, arrays


class Handler(http.server.SimpleHTTPRequestHandler):
    truncate = False

    def do_GET(self):
        self.server.asked.append(self.path)
        body = (Path(self.directory) / self.path.lstrip("/")).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.server.truncate else body)

    def log_message(self, *args):
        pass


@pytest.fixture
def mirror(published):
    """A server on loopback that serves the mirror's folder."""
    folder, _ = published

    def handler(*args):
        return Handler(*args, directory=folder)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.truncate, server.asked = False, []
    server.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def classic(published, mirror, tmp_path, monkeypatch):
    """``load("mnist")`` gets the tiny classic from the loopback mirror."""
    folder, _ = published
    contents = [(folder / file).read_bytes() for file in classics.IDX_FILES]
    entry = replace(
        classics.CLASSICS["mnist"],
        mirrors=(mirror.url,),
        files=dict(zip(classics.IDX_FILES, map(sha256, contents), strict=True)),
        arrays=tuple(sha256(gzip.decompress(content)) for content in contents),
    )
    monkeypatch.setitem(classics.CLASSICS, "mnist", entry)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "cache"))
    data.load.cache_clear()
    yield entry
    data.load.cache_clear()


def test_a_classic_is_downloaded_once_and_then_read_from_the_cache(
    classic, mirror, published
):
    got = data.load("mnist")
    data.load.cache_clear()
    data.load("mnist")
    assert np.allclose(got.x_test * 255, published[1][2])
    assert len(mirror.asked) == 4


def test_the_second_mirror_is_asked_when_the_first_is_down(classic, monkeypatch):
    down = "http://127.0.0.1:9/"
    entry = replace(classic, mirrors=(down, *classic.mirrors))
    monkeypatch.setitem(classics.CLASSICS, "mnist", entry)
    assert data.load("mnist").x_train.shape == (20, 28, 28)


def test_a_download_with_the_wrong_checksum_is_removed_and_named(classic, published):
    (published[0] / classics.IDX_FILES[1]).write_bytes(b"not the labels")
    with pytest.raises(data.DataError, match=r"train-labels.*\n.*checksum.*removed"):
        data.load("mnist")
    assert not (data.cache_folder() / "mnist" / classics.IDX_FILES[1]).exists()


def test_a_truncated_download_is_refused_and_leaves_nothing(classic, mirror):
    mirror.truncate = True
    with pytest.raises(data.DataError, match="train-images"):
        data.load("mnist")
    assert list(data.cache_folder().rglob("*idx*")) == []


def test_a_damaged_copy_in_the_cache_is_fetched_again(classic, mirror):
    data.load("mnist")
    damaged = data.cache_folder() / "mnist" / classics.IDX_FILES[0]
    damaged.write_bytes(damaged.read_bytes()[:-5])
    data.load.cache_clear()
    assert data.load("mnist").x_train.shape == (20, 28, 28)
    assert len(mirror.asked) == 5


def test_without_network_the_error_says_what_can_be_done(classic, mirror, tmp_path):
    mirror.shutdown()
    mirror.server_close()
    with pytest.raises(data.DataError) as caught:
        data.load("mnist")
    for part in ["train-images-idx3-ubyte.gz", mirror.url, str(tmp_path), '"digits"']:
        assert part in str(caught.value)


@pytest.fixture
def locked():
    """A folder that this user may read and not write to; root becomes nobody."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    as_root = os.geteuid() == 0
    if as_root:
        os.seteuid(65534)
    yield folder
    if as_root:
        os.seteuid(0)
    folder.rmdir()


def test_a_folder_that_cannot_be_written_is_named(classic, locked, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(locked))
    with pytest.raises(data.DataError, match="COURSE_DATA") as caught:
        data.load("mnist")
    assert str(locked) in str(caught.value)
    assert "Permission denied" in str(caught.value)


def test_arrays_put_there_by_hand_are_used_without_a_download(
    classic, mirror, published
):
    data.cache_folder().mkdir()
    fields = dict(
        zip(["x_train", "y_train", "x_test", "y_test"], published[1], strict=True)
    )
    np.savez(data.cache_folder() / "mnist.npz", **fields)
    assert data.load("mnist").y_train.tolist() == fields["y_train"].tolist()
    assert mirror.asked == []


@pytest.mark.parametrize("damage", ["changed", "renamed", "no archive", "pickled"])
def test_a_bad_file_put_there_by_hand_is_refused(classic, published, damage):
    x_train, y_train, x_test, y_test = published[1]
    fields = {"x_train": x_train, "y_train": y_train, "x_test": x_test}
    fields |= {"labels" if damage == "renamed" else "y_test": y_test}
    if damage == "changed":
        fields["x_test"] = x_test + 1
    if damage == "pickled":
        fields["x_train"] = np.array([{"a": 1}], dtype=object)
    data.cache_folder().mkdir()
    path = data.cache_folder() / "mnist.npz"
    np.savez(path, **fields)
    if damage == "no archive":
        path.write_bytes(b"PK not really")
    with pytest.raises(data.DataError, match=r"mnist\.npz"):
        data.load("mnist")


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
    digest = sha256((published[0] / file).read_bytes())
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
