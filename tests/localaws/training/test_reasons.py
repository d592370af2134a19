"""Jobs that fail in many ways: each says why, and nothing of this machine's folders."""

import sys
from pathlib import Path

import pytest
from training_jobs import channel

# Each names what it can of where it runs; the line that the reason must hold.
SCRIPTS = {
    "import sys as s\n"
    "raise ValueError(s.executable, s.prefix, s.base_prefix, s.path)": "ValueError",
    "import os; raise OSError(os.getcwd(), __file__, dict(os.environ))": "OSError",
    "import os, tempfile, pathlib, pwd; me = pwd.getpwuid(os.getuid())\n"
    "raise KeyError(tempfile.mkdtemp(), pathlib.Path.home(), me)": "KeyError",
    "import os; raise IOError(os.path.realpath('.'), os.path.realpath('/opt/ml'))": (
        "OSError"
    ),
    "import subprocess as s, sys; s.check_call([sys.executable, '-c', '1/0'])": (
        "ZeroDivisionError: division by zero"
    ),
    "import sys; sys.exit(f'{sys.executable}: no data')": "no data",
    "import os, sys; os.execv(sys.executable, [sys.executable, 'absent.py'])": (
        "can't open file '/opt/ml/absent.py'"
    ),
    "def f(:": "SyntaxError",
    "import json.absent": "ModuleNotFoundError",
    "import json; from json import absent": "ImportError: cannot import name 'absent'",
    "import os; os.abort()": "SIGABRT",
    "open('/opt/ml/output/failure', 'w').write(__file__); 1/0": "/opt/ml/input/data",
}


def folders(connection):
    """Return what of this machine no reason may name."""
    source = Path(__file__).parents[3] / "src"
    home = str(Path.home())
    own = [sys.executable, sys.prefix, sys.base_prefix, str(source), home]
    return [str(connection.folder), *own]


def reasons(submit, finished, requests):
    names = [submit(code, **members) for code, members in requests]
    return [finished(name)["FailureReason"] for name in names]


def test_scripts_that_fail_say_why_and_name_no_folder(submit, finished, connection):
    found = reasons(submit, finished, [(code, {}) for code in SCRIPTS])
    for reason, expected in zip(found, SCRIPTS.values(), strict=True):
        assert expected in reason and "gave no reason" not in reason
        assert [place for place in folders(connection) if place in reason] == []
        assert len(reason) <= 1024


def test_what_localaws_cannot_bring_or_take_names_no_folder(
    submit, finished, connection, s3
):
    for key in ("clash/a", "clash/a/b"):
        s3.put_object(Bucket=connection.bucket, Key=key, Body=b"1")
    s3.put_object(Bucket=connection.bucket, Key="broken.tar.gz", Body=b"no archive")
    plain = {"AlgorithmSpecification": {"ContainerEntrypoint": None}}
    values = {"sagemaker_program": "train.py"}
    place = f"s3://{connection.bucket}"

    def code(submitted):
        given = {**values, "sagemaker_submit_directory": submitted}
        return "pass", {**plain, "HyperParameters": given}

    found = reasons(
        submit,
        finished,
        [
            ("pass", {"OutputDataConfig": {"S3OutputPath": "s3://absent-1/x"}}),
            ("pass", {"CheckpointConfig": {"S3Uri": "s3://absent-1/x"}}),
            ("pass", {"InputDataConfig": [channel("data", f"{place}/clash/")]}),
            ("pass", {"InputDataConfig": [channel("data", f"{place}/nothing")]}),
            code(f"{place}/broken.tar.gz"),
            code(f"{place}/absent.tar.gz"),
            code("/opt/ml/input/data/absent"),
        ],
    )
    for reason in found:
        assert reason.startswith("ClientError: ")
        assert [part for part in folders(connection) if part in reason] == []


@pytest.mark.parametrize("mode", ["namespace"], indirect=True)
def test_an_error_of_localaws_itself_names_no_folder(
    submit, finished, connection, mode
):
    blocked = connection.folder / "jobs"
    blocked.mkdir(exist_ok=True)
    blocked.rename(connection.folder / "moved")
    blocked.write_text("a file where the folders of jobs are made")
    try:
        reason = finished(submit("pass"))["FailureReason"]
    finally:
        blocked.unlink()
    assert reason.startswith("InternalServerError: localaws failed: ")
    assert [part for part in folders(connection) if part in reason] == []


HIDDEN = """
import os, sys
os.makedirs("/opt/ml/output", exist_ok=True)
place = "/opt/ml/output/failure"
{how}
sys.exit(7)
"""
WAYS = {
    "a link to a file": "os.symlink(sys.argv[1], place)",
    "a linked folder": "os.rmdir('/opt/ml/output/data'); os.rmdir('/opt/ml/output');"
    "os.symlink(os.path.dirname(sys.argv[1]), '/opt/ml/output')",
    "a pipe": "os.mkfifo(place)",
    "a folder": "os.mkdir(place)",
}


@pytest.mark.parametrize("mode", ["substitution"], indirect=True)
def test_a_failure_file_that_is_none_shows_nothing_of_the_host(
    submit, finished, tmp_path
):
    (tmp_path / "failure").write_text("a secret of the host")
    (tmp_path / "data").mkdir()
    for way, how in WAYS.items():
        how = how.replace("sys.argv[1]", repr(str(tmp_path / "failure")))
        reason = finished(submit(HIDDEN.format(how=how)))["FailureReason"]
        assert "secret" not in reason, way
        assert "exit code: 7" in reason, way


@pytest.mark.parametrize("mode", ["substitution"], indirect=True)
def test_a_failure_file_of_a_gigabyte_is_cut(submit, finished):
    how = "open(place, 'wb').write(b'out of luck'); os.truncate(place, 10**9)"
    reason = finished(submit(HIDDEN.format(how=how)))["FailureReason"]
    assert reason.startswith("AlgorithmError: out of luck")
    assert reason.endswith(", exit code: 7") and len(reason) <= 1024


@pytest.mark.parametrize("mode", ["substitution"], indirect=True)
def test_a_folder_that_is_cut_in_the_middle_is_not_shown_either(
    submit, finished, connection
):
    folder = str(connection.folder)
    for length in (970, 985):
        how = f"open(place, 'w').write('x' * {length} + ' ' + {folder!r} + '/more')"
        reason = finished(submit(HIDDEN.format(how=how)))["FailureReason"]
        assert folder[:8] not in reason


def test_a_script_that_mpi_would_start_is_refused_before_it_runs(
    submit, finished, connection, s3
):
    line = "python /opt/ml/input/data/sm_drivers/distributed_drivers/mpi_driver.py\n"
    place = {"Bucket": connection.bucket, "Key": "over-ssh/sm_train.sh"}
    s3.put_object(**place, Body=line.encode())
    drivers = channel("sm_drivers", f"s3://{connection.bucket}/over-ssh/")
    job = finished(submit("pass", InputDataConfig=[drivers]))
    assert job["TrainingJobStatus"] == "Failed"
    assert "use ModelTrainer(distributed=Torchrun())" in job["FailureReason"]
