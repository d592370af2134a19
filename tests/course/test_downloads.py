import gzip
import hashlib
import http.server
import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from course import data, downloads

SHARED = Path(__file__).parents[3] / "shared" / "data"


def idx(array):
    return gzip.compress(downloads._idx_header(array) + array.tobytes(), mtime=0)


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
    for file, array in zip(downloads.IDX_FILES, arrays, strict=True):
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
    folder, arrays = published
    raw = [hashlib.sha256(downloads._idx_header(a) + a.tobytes()) for a in arrays]
    files = [hashlib.sha256((folder / f).read_bytes()) for f in downloads.IDX_FILES]
    entry = replace(
        downloads.CLASSICS["mnist"],
        mirrors=(mirror.url,),
        gzipped=tuple(digest.hexdigest() for digest in files),
        raw=tuple(digest.hexdigest() for digest in raw),
    )
    monkeypatch.setitem(downloads.CLASSICS, "mnist", entry)
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
    monkeypatch.setitem(downloads.CLASSICS, "mnist", entry)
    assert data.load("mnist").x_train.shape == (20, 28, 28)


def test_a_download_with_the_wrong_checksum_is_removed_and_named(classic, published):
    (published[0] / downloads.IDX_FILES[1]).write_bytes(b"not the labels")
    with pytest.raises(data.DataError, match=r"train-labels.*\n.*checksum.*removed"):
        data.load("mnist")
    assert not (data.cache_folder() / "mnist" / downloads.IDX_FILES[1]).exists()


def test_a_truncated_download_is_refused_and_leaves_nothing(classic, mirror):
    mirror.truncate = True
    with pytest.raises(data.DataError, match="train-images"):
        data.load("mnist")
    assert list(data.cache_folder().rglob("*idx*")) == []


def test_a_damaged_copy_in_the_cache_is_fetched_again(classic, mirror):
    data.load("mnist")
    damaged = data.cache_folder() / "mnist" / downloads.IDX_FILES[0]
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


def test_every_real_mirror_is_https():
    mirrors = [url for entry in downloads.CLASSICS.values() for url in entry.mirrors]
    assert len(mirrors) >= 4
    assert all(url.startswith("https://") for url in mirrors)


@pytest.mark.full
@pytest.mark.skipif(not SHARED.exists(), reason="no full-size data beside the checkout")
def test_the_full_mnist_is_the_published_one(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(SHARED))
    data.load.cache_clear()
    got = data.load("mnist")
    data.load.cache_clear()
    assert got.x_train.shape == (60000, 28, 28)
    assert np.bincount(got.y_test).tolist()[:2] == [980, 1135]
