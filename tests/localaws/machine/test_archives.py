"""Archives come back as they went, and hostile ones do not unpack."""

import errno
import gzip
import io
import os
import shutil
import tarfile
import tracemalloc

import pytest

from localaws.machine import archives

MEGABYTE = 1024 * 1024


def test_a_folder_survives_the_journey(tmp_path):
    (tmp_path / "in/code").mkdir(parents=True)
    (tmp_path / "in/code/run.sh").write_text("#!/bin/sh")
    (tmp_path / "in/code/run.sh").chmod(0o755)
    (tmp_path / "in/model.bin").write_bytes(bytes(100_000))
    (tmp_path / "in/latest").symlink_to("model.bin")
    archives.pack(tmp_path / "in", tmp_path / "model.tar.gz")
    archives.unpack(tmp_path / "model.tar.gz", tmp_path / "out")
    assert (tmp_path / "out/latest").read_bytes() == bytes(100_000)
    assert os.access(tmp_path / "out/code/run.sh", os.X_OK)


def test_a_leading_slash_is_dropped_and_a_hard_link_is_kept(tmp_path):
    hard = member("copy", link="a", hard=True)
    archive = write(tmp_path, member("/a", b"x"), hard)
    archives.unpack(archive, tmp_path / "out")
    assert (tmp_path / "out/a").read_bytes() == b"x"
    assert (tmp_path / "out/copy").read_bytes() == b"x"


@pytest.mark.parametrize(
    "members",
    [
        [("../escaped", {})],
        [("a/../../escaped", {})],
        [("link", {"link": "/etc/passwd"})],
        [("link", {"link": "../.."})],
        [("link", {"link": "../../escaped", "hard": True})],
        [("out", {"link": ".."}), ("out/escaped", {})],
        [("device", {"device": True})],
        [("x" * 1025, {})],
    ],
)
def test_a_member_that_would_leave_the_folder_is_refused(tmp_path, members):
    archive = write(tmp_path, *[member(name, b"x", **kw) for name, kw in members])
    with pytest.raises(archives.BadArchive, match="cannot unpack"):
        archives.unpack(archive, tmp_path / "inner" / "out")
    assert not (tmp_path / "inner").exists()


def test_a_link_that_leaves_through_another_link_is_refused(tmp_path):
    links = [("a/b/up", "../.."), ("a/b/up/m", "../../../escaped")]
    archive = write(tmp_path, *[member(name, link=target) for name, target in links])
    with pytest.raises(archives.BadArchive, match='the link "a/b/up/m" would leave'):
        archives.unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out" / "m").is_symlink()


@pytest.mark.parametrize(
    "links",
    [
        {"latest": "/opt/ml/model/steps/3"},
        {"latest": "/opt/ml/model/steps/../steps/3/"},
        {"latest": "/opt/ml/model/best", "best": "/opt/ml/model/steps/3"},
        {"latest": "best", "best": "/opt/ml/model/steps/3"},
        {"a/b/latest": "/opt/ml/model/steps/3", "latest": "a/b/latest"},
        {"all": "/opt/ml/model/steps", "latest": "/opt/ml/model/all/3"},
    ],
)
def test_a_link_to_where_a_job_sees_the_folder_leads_there(tmp_path, links):
    rows = [member(name, link=target) for name, target in links.items()]
    archive = write(tmp_path, *rows, member("steps/3/weights", b"42"))
    archives.unpack(archive, tmp_path / "out", "/opt/ml/model")
    assert (tmp_path / "out/latest/weights").read_bytes() == b"42"


@pytest.mark.parametrize(
    "target", ["/opt/ml/model/../input/data", "/opt/ml/models/x", "/opt/ml", "/etc"]
)
def test_a_link_beside_what_a_job_sees_is_refused(tmp_path, target):
    archive = write(tmp_path, member("link", link=target))
    with pytest.raises(archives.BadArchive, match="would leave the folder"):
        archives.unpack(archive, tmp_path / "out", "/opt/ml/model")


def test_links_that_a_job_made_lead_on_after_the_journey(tmp_path):
    folder = tmp_path / "ml" / "model"
    (folder / "steps" / "3").mkdir(parents=True)
    (folder / "steps" / "3" / "weights").write_text("42")
    targets = {
        "inside": "/opt/ml/model/steps/3",
        "outside": f"{folder}/steps/3",
        "relative": "steps/3",
        "steps/newest": "/opt/ml/model/steps/3",
    }
    for name, target in targets.items():
        (folder / name).symlink_to(target)
    (folder / "foreign").symlink_to("/opt/ml/input/data")
    archives.relink(folder, "/opt/ml/model")
    for name in targets:
        assert (folder / name / "weights").read_text() == "42"
        assert not os.path.isabs(os.readlink(folder / name))
    assert os.readlink(folder / "foreign") == "/opt/ml/input/data"


def test_an_archive_beyond_the_limits_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    archive = write(tmp_path, member("big", bytes(1001)))
    with pytest.raises(archives.BadArchive, match="1,000 bytes"):
        archives.unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("cut", [0, 10, 60, 4000])
def test_a_broken_archive_is_named(tmp_path, cut):
    archive = write(tmp_path, member("a", os.urandom(5000)))
    archive.write_bytes(archive.read_bytes()[:cut])
    with pytest.raises(ValueError, match=r'cannot unpack "model\.tar\.gz"'):
        archives.unpack(archive, tmp_path / "out")


def member(name, data=b"", *, link=None, hard=False, device=False):
    """Return a member of an archive and its content."""
    info = tarfile.TarInfo(name)
    if link is not None:
        info.type, info.linkname = tarfile.LNKTYPE if hard else tarfile.SYMTYPE, link
    elif device:
        info.type = tarfile.CHRTYPE
    else:
        info.size = len(data)
    return info, data


def write(folder, *members):
    """Write `model.tar.gz` and return its path."""
    path = folder / "model.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data) if info.isfile() else None)
    return path


def header(kind, size, name="long"):
    """Return the block that begins a member of `size` bytes."""
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def zipped(path, *parts):
    """Write a compressed archive of raw parts; a number stands for so many zeros."""
    with gzip.open(path, "wb", 1) as file:
        for part in parts:
            if isinstance(part, int):
                for _ in range(part // MEGABYTE):
                    file.write(bytes(MEGABYTE))
            else:
                file.write(part)
    return path


@pytest.mark.parametrize(
    "kind", [tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE]
)
def test_a_header_of_a_gigabyte_is_never_in_memory(tmp_path, kind):
    size = 256 * MEGABYTE
    archive = zipped(tmp_path / "bomb.tar.gz", header(kind, size), size)
    assert archive.stat().st_size < 3 * MEGABYTE
    tracemalloc.start()
    with pytest.raises(archives.BadArchive, match="headers have more than 1,048,576"):
        archives.unpack(archive, tmp_path / "out")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MEGABYTE
    assert not (tmp_path / "out").exists()


def test_headers_without_end_are_refused(tmp_path):
    row = b"30 comment=" + b"x" * 18 + b"\n"
    one = header(tarfile.XHDTYPE, len(row)) + row.ljust(512, b"\0")
    for count in (500, 5000):  # too deep for Python, and too long
        archive = zipped(tmp_path / "bomb.tar.gz", one * count)
        with pytest.raises(archives.BadArchive, match="cannot unpack"):
            archives.unpack(archive, tmp_path / "out")
    keys = b"".join(b"12 k%04d=xx\n" % number for number in range(2000))
    common = header(tarfile.XGLTYPE, len(keys)) + keys.ljust(-(-len(keys) // 512) * 512)
    archive = zipped(tmp_path / "bomb.tar.gz", common, header(tarfile.REGTYPE, 0, "a"))
    with pytest.raises(archives.BadArchive, match="too much in them"):
        archives.unpack(archive, tmp_path / "out")


def test_what_the_disk_has_no_room_for_is_not_begun(tmp_path, monkeypatch):
    archive = write(tmp_path, member("a", bytes(5000)), member("b", bytes(5000)))
    usage = shutil.disk_usage(tmp_path)._replace(free=archives.RESERVE + 15_000)
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda place: usage)
    said = "more than the 15,000 bytes that are free on the disk: make room"
    with pytest.raises(archives.BadArchive, match=said):
        archives.unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("exists", [True, False])
def test_a_disk_that_is_full_in_the_middle_keeps_nothing(tmp_path, monkeypatch, exists):
    rows = [member("new/a", b"1"), member("b", b"2"), member("c", b"3")]
    archive, out = write(tmp_path, *rows), tmp_path / "out"
    if exists:
        out.mkdir()
        (out / "before").write_text("kept")
    copy, count = shutil.copyfileobj, iter(range(9))

    def fill(*arguments):
        copy(*arguments)
        if next(count) == 2:
            raise OSError(errno.ENOSPC, "No space left on device", str(out / "c"))

    monkeypatch.setattr(archives.shutil, "copyfileobj", fill)
    with pytest.raises(archives.BadArchive, match=r"No space left on device$"):
        archives.unpack(archive, out)
    assert [path.name for path in tmp_path.rglob("out/*")] == ["before"] * exists


@pytest.mark.parametrize(
    "data", [b"", b"\x1f\x8b", b"\x1f\x8b" + b"x" * 99, b"x" * 999]
)
def test_what_is_no_archive_is_refused(tmp_path, data):
    path = tmp_path / "x.tar.gz"
    path.write_bytes(data)
    with pytest.raises(archives.BadArchive, match=r'cannot unpack "x\.tar\.gz": '):
        archives.unpack(path, tmp_path / "out")
