"""Scripts that run against localaws with the Python of another environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RUN = ("-m", "localaws", "run", "--")
OWN = ("AWS_", "LOCALAWS_", "PYTHONPATH")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a function that runs a script of this folder and returns what it printed.

    It has the Python of `environment`, and so has the server with `alone`.
    """

    def printed(script, environment, alone=False):
        python = ROOT / environment / "bin" / "python"
        if not python.exists():
            stop = pytest.fail if "CI" in os.environ else pytest.skip
            stop(f"'{environment}' is missing: `make test` sets it up")
        done = subprocess.run(
            [python if alone else sys.executable, *RUN, python, HERE / script],
            cwd=tmp_path_factory.mktemp("project"),
            env={k: v for k, v in os.environ.items() if not k.startswith(OWN)},
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        return done.stdout

    return printed
