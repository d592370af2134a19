"""Archives of functions are unpacked, and hostile ones are not."""

import io
import stat
import zipfile

import pytest
from functions_made import packed

from localaws.functions import code
from localaws.functions.code import BadCode, size, unzip


def linked(name, target, **files):
    """Return an archive with a link."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        member = zipfile.ZipInfo(name)
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, target)
    return data.getvalue()


def test_files_folders_links_and_rights_come_out_as_they_were(tmp_path):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.py", "x = 1\n" * 1000)
        archive.mkdir("empty")
        program = zipfile.ZipInfo("bin/run")
        program.external_attr = 0o100755 << 16
        archive.writestr(program, "#!/bin/sh\n")
    assert unzip(data.getvalue(), tmp_path) == 6010 == size(data.getvalue())
    assert (tmp_path / "a/b.py").read_text() == "x = 1\n" * 1000
    assert (tmp_path / "empty").is_dir()
    assert (tmp_path / "bin/run").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "a/b.py").stat().st_mode & 0o777 == 0o644
    unzip(linked("lib/l", "../a/b.py"), tmp_path)
    assert (tmp_path / "lib/l").read_text().startswith("x = 1")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zip",
        packed({"a": "x"})[:-10],
        packed({"../a": "x"}),
        packed({"/etc/a": "x"}),
        packed({"a/../../b": "x"}),
        packed({"a\\..\\..\\b": "x"}),
        linked("l", "/etc/passwd"),
        linked("l", "../../etc"),
        packed({"a": "x", "a/b": "y"}),
    ],
)
def test_what_must_not_be_unpacked_is_refused(tmp_path, data):
    folder = tmp_path / "in"
    folder.mkdir()
    with pytest.raises(BadCode):
        unzip(data, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_nothing_is_written_through_a_link(tmp_path):
    folder = tmp_path / "in"
    unzip(linked("l", "a", **{"a/x": "1"}), folder)
    with pytest.raises(BadCode):
        unzip(linked("l/y", "../../out"), folder)
    unzip(packed({"l": "plain"}), folder)
    assert not (folder / "l").is_symlink() and (folder / "a/x").read_text() == "1"


def test_what_is_larger_than_it_says_is_stopped(tmp_path):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(5_000_000))
    with pytest.raises(BadCode, match="more than"):
        unzip(data.getvalue(), tmp_path, 1_000_000)
    assert (tmp_path / "bomb").stat().st_size <= 1_000_000
    with pytest.raises(BadCode):
        unzip(data.getvalue().replace(b"bomb", b"bomc", 1), tmp_path)


def test_too_many_members_are_refused(monkeypatch):
    monkeypatch.setattr(code, "MEMBERS", 2)
    assert size(packed({"a": "", "b": ""})) == 0
    with pytest.raises(BadCode, match="members"):
        size(packed({"a": "", "b": "", "c": ""}))
