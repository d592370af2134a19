"""A job's folders, environment and end."""

import sys
from pathlib import Path

import pytest
from sandboxed import run

from localaws.machine.archives import pack
from localaws.machine.sandbox import Sandbox, choose, namespaces_work
from localaws.machine.shown import neutral


def test_opt_ml_is_the_sandboxs_own(sandbox):
    text, status = run(sandbox, "echo hello > /opt/ml/made; pwd; exit 5")
    assert (sandbox.ml / "made").read_text() == "hello\n"
    assert (sandbox.shown(text).strip(), status) == ("/opt/ml", 5)


def test_code_finds_opt_ml(sandbox):
    code = sandbox.ml / "code" / "a.py"
    code.parent.mkdir()
    code.write_text("open('/opt/ml/out', 'w').write('/opt/ml')")
    sandbox.adapt(code.parent)
    assert run(sandbox, "python /opt/ml/code/a.py") == ("", 0)
    assert sandbox.shown((sandbox.ml / "out").read_text()) == "/opt/ml"


def test_code_in_an_archive_finds_opt_ml(sandbox):
    (sandbox.ml / "code").mkdir()
    (sandbox.folder / "src").mkdir()
    (sandbox.folder / "src" / "a.py").write_text("print(open('/opt/ml/in').read())")
    pack(sandbox.folder / "src", sandbox.ml / "code" / "src.tar.gz")
    (sandbox.ml / "in").write_text("found")
    sandbox.adapt(sandbox.ml / "code")
    script = "cd /opt/ml/code && tar -xzf src.tar.gz && python a.py"
    assert run(sandbox, script) == ("found\n", 0)


def test_the_environment_has_nothing_of_the_readers(sandbox, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("MY_TOKEN", "real")
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:real@host.example/simple")
    text, _ = run(sandbox, "env", GIVEN="/opt/ml/x")
    assert "real" not in text and "GIVEN=/opt/ml/x" in sandbox.shown(text)


def test_a_path_outside_opt_ml_is_refused(sandbox):
    assert sandbox.host("/opt/ml/model/x") == sandbox.ml / "model" / "x"
    with pytest.raises(ValueError, match="not below"):
        sandbox.host("/opt/ml/../../etc")


def test_a_namespace_has_nothing_of_the_servers_folder(tmp_path, monkeypatch):
    if not namespaces_work():
        pytest.skip("this kernel does not allow mount namespaces")
    server, other = tmp_path / "server", tmp_path / "localaws-other"
    for folder in (server, other):
        folder.mkdir()
        (folder / "ready.json").write_text("a key")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = Sandbox(server / "jobs" / "a", paths="namespace", server=server)
    script = f"cat {server}/ready.json {other}/ready.json; ls -A {server} {server}/jobs"
    text, _ = run(made, f"{script}; echo x > /opt/ml/made; ls $HOME")
    assert "a key" not in text and text.count("No such file") == 2
    assert text.split()[-2:] == [f"{server}/jobs:", "a"]
    assert (made.ml / "made").read_text() == "x\n"
    assert (server / "ready.json").read_text() == "a key"


def test_an_unknown_path_mode_is_refused():
    with pytest.raises(ValueError, match="magic"):
        choose("magic")


def test_folders_of_this_machine_are_shown_as_a_containers(tmp_path):
    home = Path.home()
    text = f"{sys.prefix}/bin/python {home}/x {tmp_path}/jobs/a: {home}"
    assert neutral(text, tmp_path) == "/opt/python/bin/python ~/x /opt/ml/jobs/a: ~"
    assert neutral(f"s3://bucket{home}/x", tmp_path) == f"s3://bucket{home}/x"
