"""Points a process's AWS clients at a running localaws, or at one of its own."""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from localaws.discovery import REGION, advance, ask, console, started_url
from localaws.environment import client_environment, server_environment

START_SECONDS = 60
Changes = dict[str, tuple[str | None, str | None]]


@dataclass
class Connection:
    """A process's connection to a server; `stop()` undoes all that `connect` did."""

    url: str
    region: str
    account: str
    role_arn: str
    bucket: str
    folder: Path  # the server's folder
    enforce_iam: bool  # whether the server asks callers for permissions
    # The address of its console for a browser, with the key: for its owner alone.
    console: str = field(repr=False)
    environment: dict[str, str] = field(repr=False)
    server: subprocess.Popen | None = field(default=None, repr=False)  # where owned
    _owner: int = field(default_factory=os.getpid, repr=False)
    # Variables that it has changed: what they were and became, None where not set.
    _changed: Changes | None = field(default=None, repr=False)
    _client_folder: Path | None = field(default=None, repr=False)

    def enter(self) -> None:
        """Point the clients that this process makes from now on at the server."""
        if self._changed is None:
            theirs = [name for name in os.environ if name.startswith("AWS_")]
            wished = {**dict.fromkeys(theirs), **self.environment}
            self._changed = {k: (os.environ.get(k), v) for k, v in wished.items()}
            _set(wished)
            forget_clients()
            _redirect_clients()

    def leave(self) -> None:
        """Undo what `enter` did; what was set since then stays. The server lives on."""
        if self._changed is not None:
            changed = self._changed.items()
            ours = {k: old for k, (old, new) in changed if os.environ.get(k) == new}
            _set(ours)
            self._changed = None
            forget_clients()

    def advance(self, seconds: float) -> float:
        """Let seconds pass at the server, at once; return its time, seconds since 1970.

        ValueError for more than a day. Its schedules fire, its alarms are evaluated,
        what waits goes on. Only its time moves: not this process's, nor that of jobs,
        models and functions.
        """
        return advance(self.url, seconds)

    def stop(self) -> None:
        """Restore this process's environment, and end the server if it is ours."""
        global _current
        if os.getpid() != self._owner:  # a forked child, which owns nothing
            return
        self.leave()
        if self.server is not None:
            stop_server(self.server)
            shutil.rmtree(self.folder, ignore_errors=True)
            self.server = None
        if self._client_folder is not None:
            shutil.rmtree(self._client_folder, ignore_errors=True)
        if _current is self:
            _current = None


_current: Connection | None = None


def connect(
    url: str | None = None, *, region: str = REGION, enforce_iam: bool = False
) -> Connection:
    """Point this process's AWS clients, and its children's, at a localaws server.

    The server is the one at `url`, else the one that LOCALAWS_URL names, else the one
    that `localaws start` started, else a new one that lives as long as this process.
    With `enforce_iam` it answers only what the policies of the caller allow: one that
    does not gives way to a new one.
    Connecting again returns the same connection. The reader's own credentials and
    configuration are not used; of the files only the names of the profiles are read.
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html

    Raises ConnectionError when the server that was named does not answer.
    """
    global _current
    if _current is not None:
        same = url in (None, _current.url) and region == _current.region
        if same and enforce_iam <= _current.enforce_iam and _answers(_current):
            _current.enter()
            return _current
        _current.stop()
    connection = open_connection(url, region, enforce_iam)
    connection.enter()
    atexit.register(connection.stop)
    _current = connection
    return connection


def disconnect() -> None:
    """Leave AWS to the reader again, as it was before `connect`.

    The server goes on, and `connect` returns to it. Clients that were made for it
    refuse to be used, so that none is taken for one of AWS.

    Raises RuntimeError where not this process but its parent was pointed at a server.
    """
    mine = _current._changed if _current and _current._changed else {}
    before, _ = mine.get("LOCALAWS_URL", (os.environ.get("LOCALAWS_URL"), None))
    if before:
        raise RuntimeError(
            f"this process was started for the AWS on this machine, at {before}: start "
            "it without `localaws run` and without LOCALAWS_URL, or restart the kernel."
        )
    if _current is not None:
        _current.leave()


def open_connection(
    url: str | None, region: str, enforce_iam: bool = False
) -> Connection:
    """Return a connection without pointing this process at it."""
    url = url or os.environ.get("LOCALAWS_URL") or started_url()
    said = ask(url, region) if url else None
    if said and enforce_iam <= said["enforce_iam"]:
        return _connection(said, None)
    return fresh(region, *(["--enforce-iam"] if enforce_iam else []))


def fresh(region: str = REGION, *arguments: str) -> Connection:
    """Start a server that ends with this process, and return its connection."""
    folder = Path(tempfile.mkdtemp(prefix="localaws-")).resolve()
    server = None
    try:
        server = launch(folder, "ready.json", "--ephemeral", *arguments)
        url = json.loads((folder / "ready.json").read_text())["url"]
        return _connection(ask(url, region), server)
    except BaseException:
        if server is not None:
            stop_server(server)
        shutil.rmtree(folder, ignore_errors=True)
        raise


def launch(folder: Path, ready: str, *arguments: str) -> subprocess.Popen:
    """Start a server on a folder and wait until it answers; `ready` is a file of it.

    An ephemeral server ends when its standard input is closed. RuntimeError with the
    server's log when it does not answer, and then it has ended.
    """
    path = folder / ready
    command = [sys.executable, "-m", "localaws", "serve", "--folder", str(folder)]
    # The log is kept open: a server that fails may remove its folder.
    with (folder / "server.log").open("w+b") as log:
        server = subprocess.Popen(
            [*command, "--ready", str(path), *arguments],
            stdin=subprocess.PIPE if "--ephemeral" in arguments else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=server_environment(),
            start_new_session=True,
        )
        try:
            _await_ready(server, path, log)
        except BaseException:
            stop_server(server)
            raise
    return server


def _await_ready(server: subprocess.Popen, path: Path, log: IO[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while not path.exists():
        if server.poll() is not None or time.monotonic() > end:
            log.seek(0)
            text = log.read().decode(errors="replace")[-4000:].strip()
            said = f" Its log:\n{text}" if text else _without_a_word(server, path)
            raise RuntimeError(f"the localaws server did not start.{said}")
        time.sleep(0.02)


def _without_a_word(server: subprocess.Popen, path: Path) -> str:
    """Return what is known of a server that wrote no log: its disk may be full."""
    free = shutil.disk_usage(path.parent).free // 1_000_000
    ended = f"ended with exit status {server.poll()}"
    if server.poll() is None:
        ended = f"gave no answer for {START_SECONDS} s"
    return f' It {ended} and wrote no log; "{path.parent}" has {free:,} MB free.'


def stop_server(server: subprocess.Popen) -> None:
    """End a server that this process started: its jobs, its port and its folder."""
    if server.stdin is not None:
        server.stdin.close()
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _connection(said: Mapping, server: subprocess.Popen | None) -> Connection:
    clients = Path(said["folder"], "clients")  # removed with the server's folder
    clients.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=clients))
    return Connection(
        url=said["url"],
        region=said["region"],
        account=said["account"],
        role_arn=said["role_arn"],
        bucket=said["bucket"],
        folder=Path(said["folder"]),
        enforce_iam=said["enforce_iam"],
        console=console(said),
        environment=client_environment(said, folder, os.environ),
        server=server,
        _client_folder=folder,
    )


def _answers(connection: Connection) -> bool:
    """Return whether the server is still there, and takes the keys that we have."""
    try:
        keys = ask(connection.url)["credentials"]
    except ConnectionError:
        return False
    return bool(keys.items() <= connection.environment.items())


def _redirect_clients() -> None:
    """Prepare the botocore sessions that this process makes from now on."""
    if importlib.util.find_spec("botocore"):
        from localaws import redirect

        redirect.register()


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def forget_clients() -> None:
    """Drop the sessions that boto3 and the SDK keep for the whole process."""
    boto3: Any = sys.modules.get("boto3")
    if boto3:
        boto3.DEFAULT_SESSION = None
    if utils := sys.modules.get("sagemaker.core.utils.utils"):
        utils.SingletonMeta._instances.clear()
        utils.SageMakerClient.reset()
    if manager := sys.modules.get("sagemaker.core.config.config_manager"):
        known: Any = manager.SageMakerConfig
        known.load_default_configs_for_resource_name.cache_clear()
