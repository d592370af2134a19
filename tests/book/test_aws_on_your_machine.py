"""What the page "AWS on your machine" tells the reader to run, run."""

import os
import re
import shlex
import subprocess
import sys
import urllib.request
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "book" / "aws_on_your_machine.md").read_text()
BLOCKS = re.findall(r"^```(bash|python)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
[CONNECT, SCRIPT] = [text for kind, text in BLOCKS if kind == "python"]
[RUN, SERVER] = [text for kind, text in BLOCKS if kind == "bash"]
ROLE = "assumed-role/SageMakerExecutionRole"


@pytest.fixture
def shell(tmp_path):
    """Return a function that runs a command line as a reader does: in a folder of
    their own, with the reader's AWS profile set, and no server running."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "LOCAL"))}
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    state = str(tmp_path / "state")
    mine = {"AWS_PROFILE": "mine", "LOCALAWS_FOLDER": state, "PATH": search}
    (tmp_path / "your_script.py").write_text(SCRIPT)

    def run(line):
        done = subprocess.run(
            shlex.split(line),
            cwd=tmp_path,
            env={**kept, **mine},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_a_script_that_knows_nothing_of_localaws_runs(shell):
    assert ROLE in shell(RUN)


def test_two_lines_connect_a_process(shell, tmp_path):
    assert [line for line in CONNECT.splitlines() if line] == [
        "import localaws",
        "localaws.connect()",
    ]
    (tmp_path / "your_script.py").write_text(CONNECT + SCRIPT)
    assert ROLE in shell("python your_script.py")


def test_one_line_installs_it_and_the_sdk_is_the_one_of_the_project():
    assert re.findall(r"^.*pip install.*$", PAGE, re.MULTILINE) == [
        "pip install path/to/the/clone"
    ]
    [sdk] = re.findall(r"SageMaker SDK (\d+\.\d+),", PAGE)  # whose traps it lists
    assert version("sagemaker").startswith(f"{sdk}.")


def test_a_server_is_started_shows_its_console_and_is_stopped(shell):
    start, status, stop = SERVER.splitlines()
    try:
        said = shell(start).split()
        url, console = said[-1], said[said.index("browser:") + 1]
        assert url in shell(status) and console.startswith(f"{url}/?key=")
        keeps = urllib.request.HTTPCookieProcessor()  # the key, as a browser does
        browser = urllib.request.build_opener(keeps)
        request = urllib.request.Request(console, headers={"Accept": "text/html"})
        with browser.open(request, timeout=20) as answer:
            assert "<h1>What this server holds" in answer.read().decode()
    finally:
        assert "has stopped" in shell(stop)
