"""Archives come back as they went, and hostile ones do not unpack."""

import io
import tarfile

import pytest

from localaws.archives import pack, unpack


def test_a_folder_survives_the_journey(tmp_path):
    (tmp_path / "in/code").mkdir(parents=True)
    (tmp_path / "in/code/a.py").write_text("print()")
    pack(tmp_path / "in", tmp_path / "a.tar.gz")
    unpack(tmp_path / "a.tar.gz", tmp_path / "out")
    assert (tmp_path / "out/code/a.py").read_text() == "print()"


@pytest.mark.parametrize(
    ("name", "link"),
    [("../x", ""), ("a/../../x", ""), ("x", "/etc/passwd"), ("x", "../../y")],
)
def test_a_member_that_would_leave_the_folder_is_refused(tmp_path, name, link):
    member = tarfile.TarInfo(name)
    if link:
        member.type, member.linkname = tarfile.SYMTYPE, link
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.addfile(member, io.BytesIO())
    with pytest.raises(ValueError, match="cannot unpack"):
        unpack(tmp_path / "a.tar", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_broken_archive_is_named(tmp_path):
    (tmp_path / "model.tar.gz").write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"model\.tar\.gz"):
        unpack(tmp_path / "model.tar.gz", tmp_path / "out")
