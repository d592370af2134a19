"""A process has a /tmp of its own, and folders that it may only read."""

import subprocess
import sys
from pathlib import Path

import pytest

from localaws.machine import view
from localaws.machine.sandbox import Sandbox, namespaces_work
from localaws.machine.view import View, outermost

MIB = 1024 * 1024


@pytest.fixture
def seen(tmp_path):
    """Return a function that runs a program with a view; it returns what it says."""
    if not namespaces_work():
        pytest.skip("this kernel does not allow mount namespaces")
    sandbox = Sandbox(tmp_path / "box")
    for name in ("task", "layer"):
        (sandbox.folder / name).mkdir()
        (sandbox.folder / name / "what").write_text(name)
    shown = [("/var/task", sandbox.folder / "task")]
    shown += [("/opt/python", sandbox.folder / "layer")]
    view = View(shown, 2 * MIB)

    def run(script):
        process = sandbox.start(["/bin/sh", "-c", script], {}, view=view)
        text = process.stdout.read().decode()
        return text, process.wait()

    yield run
    sandbox.remove()


def test_folders_are_shown_where_a_function_looks_for_them(seen):
    script = "cat /var/task/what /opt/python/what; ls -d /opt/ml /var/lib"
    assert seen(script) == ("tasklayer/opt/ml\n/var/lib\n", 0)


@pytest.mark.parametrize("path", ["/var/task/new", "/opt/python/what"])
def test_what_is_shown_cannot_be_written(seen, path):
    text, status = seen(f"echo x > {path}")
    assert status != 0 and "ead-only" in text


def test_tmp_is_empty_of_others_and_full_when_it_is_full(seen):
    Path("/tmp/localaws-view-test").write_text("x")
    try:
        text, _ = seen("ls /tmp; head -c 1000000 /dev/zero > /tmp/a && echo fits")
        assert "fits" in text and "localaws-view-test" not in text
        text, status = seen("ls /tmp; head -c 3000000 /dev/zero > /tmp/b")
        assert status != 0 and "No space left" in text and "fits" not in text
    finally:
        Path("/tmp/localaws-view-test").unlink()


def test_python_starts_wherever_it_is_installed(seen):
    assert seen(f"{sys.executable} -c 'import boto3; print(3)'") == ("3\n", 0)


def test_nothing_of_it_stays_mounted_on_the_machine(seen):
    before = subprocess.check_output(["cat", "/proc/self/mounts"])
    seen("true")
    assert subprocess.check_output(["cat", "/proc/self/mounts"]) == before


def test_of_folders_in_each_other_the_outermost_is_kept():
    folders = [Path(text) for text in ("/tmp/a/b", "/tmp/a", "/tmp/ab", "/tmp/a")]
    assert outermost(folders) == [Path("/tmp/a"), Path("/tmp/ab")]


def test_it_is_empty_where_python_looks_for_modules_there_too(seen, monkeypatch):
    monkeypatch.setattr(view, "_NEEDED", [Path("/tmp"), *view._NEEDED])
    Path("/tmp/localaws-view-path").write_text("x")
    try:
        text, status = seen("ls /tmp; echo here")
        assert status == 0 and "here" in text and "localaws-view-path" not in text
    finally:
        Path("/tmp/localaws-view-path").unlink()
