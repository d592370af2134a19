"""The model server as a process of its own, for the tests of this folder."""

import http.client
import os
import subprocess
import sys
import tempfile
import textwrap

import pytest

from localaws.serving import exchange


@pytest.fixture
def serve(tmp_path):
    """Return a function that serves a script and answers with a connection."""
    processes = []

    def start(script=None, framework="pytorch", **variables):
        if script is not None:
            (tmp_path / "code").mkdir(exist_ok=True)
            (tmp_path / "code" / "inference.py").write_text(textwrap.dedent(script))
        process = launch(tmp_path, framework, variables)
        processes.append(process)
        for line in process.stdout:
            if line.startswith(exchange.READY):
                port = int(line.removeprefix(exchange.READY))
                return http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        raise RuntimeError(process.stderr.read())

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def launch(folder, framework, variables):
    """Start the server by its path, as the fleet does, with a clean environment."""
    command = [sys.executable, "-P", exchange.SERVER, framework, str(folder)]
    kept = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir()}
    return subprocess.Popen(
        command,
        env={**kept, "PYTHONPATH": "", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
