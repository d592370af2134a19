"""What goes into a package of Lambda, and what it weighs."""

import io
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from course import packages


def test_a_zip_is_the_same_again_and_its_files_can_be_read_by_all():
    files = {"a.py": b"x = 1\n", "d/b.bin": bytes(1000)}
    data = packages.zipped(files)
    assert data == packages.zipped(files) and len(data) < 500
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert {i.external_attr >> 16 for i in archive.infolist()} == {0o644}


def test_a_tar_is_the_same_again_unless_its_times_are_others():
    files = {"a.py": b"x = 1\n", "d/b.bin": bytes(1000)}
    data = packages.tarred(files)
    assert data == packages.tarred(files) != packages.tarred(files, mtime=1)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        held = {member.name: archive.extractfile(member).read() for member in archive}
    assert held == files


def test_a_script_is_packed_by_its_own_name(tmp_path):
    script = tmp_path / "serve.py"
    script.write_text("x = 1")
    with zipfile.ZipFile(io.BytesIO(packages.of_script(script))) as file:
        assert file.namelist() == ["serve.py"]
        assert file.read("serve.py") == b"x = 1"


def test_a_layer_holds_what_an_import_needs_and_no_tests(tmp_path):
    size = packages.layer(tmp_path / "layer.zip", "joblib", "cloudpickle")
    with zipfile.ZipFile(tmp_path / "layer.zip") as archive:
        names = archive.namelist()
        assert size < packages.megabytes("joblib", "cloudpickle") * 1e6
        assert "python/joblib/__init__.py" in names
        assert not [name for name in names if "/tests/" in name]
        archive.extractall(tmp_path)
    code = "import joblib; print(joblib.__file__)"
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(
        command, cwd=tmp_path / "python", capture_output=True, text=True
    )
    assert Path(done.stdout.strip()).is_relative_to(tmp_path), done.stderr


def test_megabytes_are_those_of_the_files():
    folder = metadata.distribution("joblib").locate_file("joblib")
    files = [p for p in Path(folder).rglob("*") if "__pycache__" not in p.parts]
    at_least = sum(path.stat().st_size for path in files if path.is_file()) / 1e6
    assert at_least <= packages.megabytes("joblib") < 1.2 * at_least
    assert packages.megabytes("joblib", "packaging") > packages.megabytes("joblib")


def test_what_is_not_installed_is_named():
    with pytest.raises(metadata.PackageNotFoundError, match="no-such-package"):
        packages.megabytes("no-such-package")
