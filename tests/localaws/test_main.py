"""The command line, as a reader uses it."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

IDENTITY = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
ROLE = (
    "from sagemaker.core.helper.session_helper import get_execution_role as role\n"
    "print(role())"
)
URL = "import os; print(os.environ['LOCALAWS_URL'])"


def run_localaws(*arguments):
    return [sys.executable, "-m", "localaws", *arguments]


def answers(command, environment, **options):
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=90, **options
    )


def test_run_gives_a_command_the_identity_of_an_assumed_role(elsewhere):
    done = answers(run_localaws("run", "--", sys.executable, "-c", IDENTITY), elsewhere)
    assert done.stdout.startswith("arn:aws:sts::123456789012:assumed-role/"), done
    assert done.returncode == 0


def test_the_sdk_finds_the_execution_role(elsewhere):
    done = answers(run_localaws("run", "--", sys.executable, "-c", ROLE), elsewhere)
    expected = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"
    assert done.stdout.strip().splitlines()[-1] == expected, done.stderr


def test_the_readers_own_profile_and_keys_are_not_used(elsewhere, tmp_path):
    (tmp_path / "config").write_text("[profile mine]\nregion = eu-west-3\n")
    mine = {
        "AWS_PROFILE": "mine",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_ACCESS_KEY_ID": "AKIAREADERSREALKEY00",
        "AWS_SECRET_ACCESS_KEY": "real",
    }
    code = f"import os; {IDENTITY}; print(sorted(os.environ.items()))"
    command = run_localaws("run", "--", sys.executable, "-c", code)
    done = answers(command, {**elsewhere, **mine})
    assert "SageMakerExecutionRole" in done.stdout, done.stderr
    assert "READERSREALKEY" not in done.stdout and "eu-west-3" not in done.stdout
    assert "('AWS_PROFILE', 'mine')" in done.stdout  # a name: the code may ask for it


def test_status_names_the_server_of_a_lesson(elsewhere, connection):
    done = answers(run_localaws("status"), elsewhere)
    assert f"a temporary localaws answers at {connection.console} " in done.stdout
    assert done.returncode == 3  # none that stays: `localaws start` would start one


@pytest.mark.parametrize(("code", "status"), [("exit 7", 7), ("kill -9 $$", 137)])
def test_run_ends_with_the_status_of_its_command(elsewhere, code, status):
    done = answers(run_localaws("run", "--", "sh", "-c", code), elsewhere)
    assert done.returncode == status


def test_run_says_when_there_is_no_such_command(elsewhere):
    done = answers(run_localaws("run", "--", "no-such-command"), elsewhere)
    assert (done.returncode, "no-such-command" in done.stderr) == (127, True)


def test_run_leaves_no_process_port_or_folder(elsewhere, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    command = run_localaws("run", "--", sys.executable, "-c", URL)
    done = answers(command, {**elsewhere, "TMPDIR": str(temporary)})
    port = int(done.stdout.strip().rpartition(":")[2])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert list(temporary.iterdir()) == []
    assert processes_of(temporary) == []


def test_a_started_server_is_found_and_stopped(elsewhere):
    folder = Path(elsewhere["LOCALAWS_FOLDER"])
    assert answers(run_localaws("status"), elsewhere).returncode == 3
    started = answers(run_localaws("start"), elsewhere)
    try:
        url = started.stdout.split()[-1]
        code = f"import localaws; print(localaws.connect().url == '{url}')"
        used = answers([sys.executable, "-c", code], elsewhere)
        assert used.stdout.strip() == "True", used.stderr
        assert url in answers(run_localaws("start"), elsewhere).stdout
        stricter = answers(run_localaws("start", "--enforce-iam"), elsewhere)
        assert (stricter.returncode, "stop it first" in stricter.stderr) == (1, True)
    finally:
        answers(run_localaws("stop"), elsewhere)
    assert answers(run_localaws("status"), elsewhere).returncode == 3
    assert processes_of(folder) == [] and not (folder / "server.json").exists()


@pytest.mark.parametrize(
    "left", ['{"url": "http://127.0.0.1:9", "pid": 1}', "[]", '{"url": 3}', "{", "\0"]
)
def test_a_dead_servers_file_is_reaped_at_start(elsewhere, left):
    folder = Path(elsewhere["LOCALAWS_FOLDER"])
    folder.mkdir()
    (folder / "server.json").write_text(left)
    assert answers(run_localaws("status"), elsewhere).returncode == 3
    assert not (folder / "server.json").exists()


def test_two_starts_at_once_run_one_server(elsewhere):
    command = run_localaws("start")
    piped = {"env": elsewhere, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, **piped) for _ in range(2)]
    said = {starting.communicate(timeout=90)[0] for starting in both}
    servers = processes_of(elsewhere["LOCALAWS_FOLDER"])
    answers(run_localaws("stop"), elsewhere)
    assert len(said) == len(servers) == 1 and "localaws answers" in said.pop()


def test_a_folder_belongs_to_one_server_and_one_user(restartable):
    folder = Path(restartable.folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    second = run_localaws(
        "serve", "--folder", str(folder), "--ready", str(folder / "r")
    )
    done = answers(second, restartable.environment)
    assert (done.returncode, "stop that one first" in done.stderr) == (1, True)


def test_stop_ends_no_server_of_another_folder(restartable, elsewhere, tmp_path):
    port = restartable.url.rpartition(":")[2]
    restartable.process.kill()
    restartable.process.wait(10)
    other = ("--folder", str(tmp_path / "other"))
    answers(run_localaws("start", *other, "--port", port), elsewhere)
    try:
        assert "not running" in answers(run_localaws("stop"), elsewhere).stdout
        assert (
            restartable.url in answers(run_localaws("status", *other), elsewhere).stdout
        )
    finally:
        answers(run_localaws("stop", *other), elsewhere)


@pytest.mark.parametrize("words", [("run", "--port"), ("start", "--port")])
def test_the_cause_of_a_failed_start_is_shown(elsewhere, words):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = run_localaws(*words, str(taken.getsockname()[1]))
        done = answers([*command, *(["--", "true"] * (words[0] == "run"))], elsewhere)
    assert done.returncode == 1
    assert "Address already in use" in done.stderr and "FileNotFound" not in done.stderr


@pytest.mark.parametrize("below", ["", "/deeper"])
def test_a_folder_that_cannot_be_used_is_named(elsewhere, tmp_path, below):
    (tmp_path / "file").touch()
    folder = f"{tmp_path}/file{below}"
    done = answers(run_localaws("start", "--folder", folder), elsewhere)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f'"{folder}"' in done.stderr and "--folder" in done.stderr


@pytest.mark.parametrize("port", ["65536", "-1", "x", "99999999999999999999"])
def test_a_port_that_is_none_is_refused(elsewhere, port):
    done = answers(run_localaws("start", f"--port={port}"), elsewhere)
    assert done.returncode == 2 and f'"{port}" is no port' in done.stderr


def test_a_start_on_a_full_disk_says_so(elsewhere):
    command = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *run_localaws("start")]
    done = answers(command, elsewhere)
    assert done.returncode == 1 and "did not start" in done.stderr
    assert "exit status 1" in done.stderr and "MB free" in done.stderr


def test_a_proxy_of_the_environment_is_not_asked(elsewhere):
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy")
    nowhere = dict.fromkeys(names, "http://127.0.0.1:9")
    kept = {k: v for k, v in elsewhere.items() if k.lower() != "no_proxy"}
    command = run_localaws("run", "--", sys.executable, "-c", IDENTITY)
    done = answers(command, {**kept, **nowhere})
    assert "SageMakerExecutionRole" in done.stdout, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
def test_a_server_has_nothing_of_the_readers_secrets(elsewhere):
    secrets = {"HF_TOKEN": "mine", "AWS_SECRET_ACCESS_KEY": "mine", "DATABASE": "mine"}
    answers(run_localaws("start"), {**elsewhere, **secrets})
    [server] = processes_of(elsewhere["LOCALAWS_FOLDER"])
    held = Path(f"/proc/{server.pid}/environ").read_bytes()
    answers(run_localaws("stop"), elsewhere)
    assert b"mine" not in held and b"PATH=" in held


def test_an_owner_killed_with_sigkill_leaves_nothing(elsewhere, tmp_path):
    code = f"import localaws, time; localaws.connect(); {URL}; time.sleep(60)"
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    owner = subprocess.Popen(
        [sys.executable, "-u", "-c", code],
        env={**elsewhere, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
    )
    assert owner.stdout.readline().startswith(b"http://127.0.0.1:")
    owner.kill()
    owner.wait()
    end = time.monotonic() + 10
    while (list(temporary.iterdir()) or processes_of(temporary)) and (
        time.monotonic() < end
    ):
        time.sleep(0.1)
    assert list(temporary.iterdir()) == [] and processes_of(temporary) == []


def processes_of(folder):
    """Return the processes whose command line names a folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if str(folder) in " ".join(process.info["cmdline"] or ()):
            found.append(process)
    return found
