"""Archives are unpacked into their folder and nowhere else."""

import io
import os
import tarfile

import pytest

from localaws import archives


def test_files_folders_modes_and_inner_links_are_unpacked(tmp_path):
    archive = pack(
        tmp_path,
        member("code/run.sh", b"#!/bin/sh", mode=0o755),
        member("model.bin", bytes(100_000)),
        member("latest", link="model.bin"),
    )
    archives.unpack(archive, tmp_path / "out")
    assert (tmp_path / "out" / "latest").read_bytes() == bytes(100_000)
    assert os.access(tmp_path / "out" / "code" / "run.sh", os.X_OK)


@pytest.mark.parametrize(
    "members",
    [
        [("../escaped", {})],
        [("/tmp/escaped", {})],
        [("a/../../escaped", {})],
        [("link", {"link": "/etc/passwd"})],
        [("link", {"link": "../.."})],
        [("link", {"link": "../../escaped", "hard": True})],
        [("out", {"link": ".."}), ("out/escaped", {})],
        [("device", {"device": True})],
    ],
)
def test_members_that_leave_the_folder_are_refused(tmp_path, members):
    inner = tmp_path / "inner"
    inner.mkdir()
    archive = pack(inner, *[member(name, b"x", **kw) for name, kw in members])
    with pytest.raises(archives.BadArchive):
        archives.unpack(archive, inner / "out")
    assert not list(tmp_path.glob("escaped")) + list(inner.glob("escaped"))


def test_an_archive_beyond_the_limits_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    archive = pack(tmp_path, member("big", bytes(1001)))
    with pytest.raises(archives.BadArchive, match="1,000 bytes"):
        archives.unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("cut", [0, 10, 60])
def test_what_is_no_archive_is_refused_by_name(tmp_path, cut):
    archive = pack(tmp_path, member("a", os.urandom(5000)))
    archive.write_bytes(archive.read_bytes()[:cut])
    with pytest.raises(archives.BadArchive, match=r'"model\.tar\.gz" cannot be'):
        archives.unpack(archive, tmp_path / "out")


def member(name, data=b"", *, mode=0o644, link=None, hard=False, device=False):
    """Return a member of an archive and its content."""
    info = tarfile.TarInfo(name)
    info.mode = mode
    if link is not None:
        info.type, info.linkname = tarfile.LNKTYPE if hard else tarfile.SYMTYPE, link
    elif device:
        info.type = tarfile.CHRTYPE
    else:
        info.size = len(data)
    return info, data


def pack(folder, *members):
    """Write `model.tar.gz` and return its path."""
    path = folder / "model.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data) if info.isfile() else None)
    return path
