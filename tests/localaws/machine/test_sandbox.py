"""A job's folders, environment and end."""

import signal
import time

import psutil
import pytest

from localaws.alias import plain
from localaws.machine.archives import pack
from localaws.machine.sandbox import Sandbox, choose


@pytest.fixture
def sandbox(tmp_path, mode):
    with plain(tmp_path) as folder:
        made = Sandbox(folder / "job", paths=mode)
        yield made
        made.remove()


def run(sandbox, script, **variables):
    process = sandbox.start(["/bin/sh", "-c", script], variables)
    return process.stdout.read().decode(), process.wait()


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


def test_packages_install_into_a_layer_over_this_environment(sandbox):
    code = "import sys, numpy; print(sys.prefix); print(numpy.__file__)"
    text, _ = run(sandbox, f"python -c '{code}'; command -v pip torchrun python3")
    prefix, numpy, *programs = text.splitlines()
    assert prefix == str(sandbox.folder / "env") and prefix not in numpy
    assert all(program.startswith(prefix) for program in programs)


def test_a_cpu_instance_has_no_gpu(sandbox):
    text, status = run(sandbox, "echo $CUDA_VISIBLE_DEVICES; nvidia-smi")
    assert text.startswith("-1\n") and status != 0


def test_children_that_leave_the_group_end_with_the_job(sandbox):
    script = "setsid sleep 321 & sleep 321 & echo $!"
    text, status = run(sandbox, script)
    assert status == 0 and int(text) > 0
    assert [p for p in psutil.process_iter(["cmdline"]) if is_sleep(p)] == []


def is_sleep(process):
    return (process.info["cmdline"] or [])[:2] == ["sleep", "321"]


def test_stop_sends_sigterm_and_then_sigkill(sandbox):
    polite = sandbox.start(["sleep", "100"], {})
    assert polite.stop(5) == 128 + signal.SIGTERM
    script = "trap '' TERM; echo on; while :; do sleep 1; done"
    deaf = sandbox.start(["/bin/sh", "-c", script], {})
    assert deaf.stdout.readline() == b"on\n"
    begun = time.monotonic()
    assert deaf.stop(0.3) == 128 + signal.SIGKILL
    assert time.monotonic() - begun < 5


def test_a_program_that_is_absent_is_named(sandbox):
    process = sandbox.start(["no-such-program"], {})
    assert b"no-such-program" in process.stdout.read()
    assert process.wait() == 126


def test_a_path_outside_opt_ml_is_refused(sandbox):
    assert sandbox.host("/opt/ml/model/x") == sandbox.ml / "model" / "x"
    with pytest.raises(ValueError, match="not below"):
        sandbox.host("/opt/ml/../../etc")


def test_an_unknown_path_mode_is_refused():
    with pytest.raises(ValueError, match="magic"):
        choose("magic")
