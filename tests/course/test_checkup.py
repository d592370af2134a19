import subprocess
import sys

from course import checkup
from course.tools import cli


def test_the_doctor_finds_this_environment_ready(capsys):
    assert cli.main(["doctor"]) == 0
    assert capsys.readouterr().out.endswith("This machine is ready.\n")


def test_a_missing_package_fails_with_the_fix(monkeypatch, capsys):
    monkeypatch.setattr(checkup, "PACKAGES", ("numpy", "no-such-package"))
    assert cli.main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "FAIL packages: missing no-such-package\n     Run `make lab`" in shown


def test_a_folder_that_cannot_be_written_fails_with_the_fix(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("read-only file system")

    monkeypatch.setattr(checkup.tempfile, "TemporaryFile", refuse)
    assert "FAIL temporary folder: read-only" in str(checkup.temporary_folder())


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, course; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert not {"numpy", "torch", "keras", "boto3", "matplotlib"} & {
        *loaded.stdout.split()
    }
