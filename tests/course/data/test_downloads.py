import gzip
import hashlib
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from course import data
from course.data import classics


def sha256(content):
    return hashlib.sha256(content).hexdigest()


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
