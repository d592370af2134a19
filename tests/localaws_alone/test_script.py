"""localaws works where nothing is installed but what it needs itself."""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-localaws" / "bin" / "python"
SCRIPT = Path(__file__).with_name("script.py")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What the script saw with the Python that has nothing but localaws."""
    if not PYTHON.exists():
        stop = pytest.fail if "CI" in os.environ else pytest.skip
        stop("'.venv-localaws' is missing: `make test` sets it up")
    own = ("AWS_", "LOCALAWS_", "PYTHONPATH")
    done = subprocess.run(
        [PYTHON, "-m", "localaws", "run", "--", PYTHON, SCRIPT],
        cwd=tmp_path_factory.mktemp("project"),
        env={k: v for k, v in os.environ.items() if not k.startswith(own)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_no_framework_is_there(report):
    assert report["frameworks"] == []


def test_s3_gives_back_what_it_got(report):
    assert report["object"] == "two words"


def test_iam_decides_by_the_policies_of_a_role(report):
    assert report["decisions"] == {
        "s3:GetObject": "allowed",
        "iam:CreateUser": "implicitDeny",
    }


def test_a_training_job_of_a_plain_script_completes_with_its_log(report):
    assert report["job"] == "Completed", report["model"]
    assert "reads two words" in report["log"]
    assert report["model"]["S3ModelArtifacts"].startswith("s3://plain/output/plain/")
