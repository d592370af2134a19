"""A server of one folder that tests start, kill and start again."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import boto3
import psutil
import pytest
from botocore.config import Config
from waiting import until

from localaws import client


class Restartable:
    """`localaws start` on a folder of its own; `url` is where it answers now."""

    def __init__(self, environment):
        self.environment = environment
        self.url = self.process = None

    def localaws(self, *arguments):
        return self.done(*arguments).stdout

    def done(self, *arguments):
        command = [sys.executable, "-m", "localaws", *arguments]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done

    def start(self, *arguments):
        self.started_with_words(*arguments)
        return self

    def started_with_words(self, *arguments):
        """Start the server; return what it says about what an earlier one left."""
        done = self.done("start", *arguments)
        self.url = done.stdout.split()[-1]
        self.process = psutil.Process(self.said["pid"])
        return done.stderr

    @property
    def said(self):
        """What the server has written for its owner."""
        return json.loads(Path(self.folder, "server.json").read_text())

    @property
    def folder(self):
        return (self.environment or os.environ)["LOCALAWS_FOLDER"]

    def kill(self):
        """End the server with SIGKILL and start the next one."""
        below = self.process.children(recursive=True)
        self.process.kill()
        _, alive = psutil.wait_procs([self.process, *below], timeout=15)
        assert not alive, f"orphans: {alive}"
        return self.start()

    def client(self, service, **keys):
        own = {k.lower(): v for k, v in self.said["credentials"].items()}
        given = keys or own
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
            **given,
        )


@contextmanager
def started_server(folder, environment):
    """Run a server that keeps its state in a folder, with this process at it."""
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "localaws", "serve", "--folder", str(folder)]
    server = subprocess.Popen([*command, "--ready", str(ready)], env=environment)
    try:
        until(ready.exists, seconds=60)  # a busy machine imports for long
        url = json.loads(ready.read_text())["url"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LOCALAWS_READY", str(ready))
            connection = client.open_connection(url, client.REGION)
            for name, value in connection.environment.items():
                patch.setenv(name, value)
            patch.setattr(boto3, "DEFAULT_SESSION", None)
            yield server, connection
        connection.stop()
    finally:
        server.terminate()
        server.wait(30)
