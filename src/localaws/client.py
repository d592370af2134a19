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
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localaws import profiles
from localaws.site import SITE

REGION = "us-east-1"
START_SECONDS = 60
CONFIG = """\
SchemaVersion: "1.0"
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
      Session:
        DefaultS3Bucket: {bucket}
"""


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
    environment: dict[str, str] = field(repr=False)
    server: subprocess.Popen | None = field(default=None, repr=False)  # where owned
    _owner: int = field(default_factory=os.getpid, repr=False)
    _before: dict[str, str] | None = field(default=None, repr=False)
    _client_folder: Path | None = field(default=None, repr=False)

    def stop(self) -> None:
        """Restore this process's environment, and end the server if it is ours."""
        global _current
        if os.getpid() != self._owner:  # a forked child, which owns nothing
            return
        if self._before is not None:
            os.environ.clear()
            os.environ.update(self._before)
            self._before = None
            forget_clients()
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
    With `enforce_iam` it is a new one, which answers only what the policies of the
    caller allow.
    Connecting again returns the same connection. The reader's own credentials and
    configuration are not used; of the files only the names of the profiles are read.
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html

    Raises ConnectionError when the server that was named does not answer.
    """
    global _current
    if _current is not None:
        same = url in (None, _current.url) and region == _current.region
        if same and enforce_iam <= _current.enforce_iam and _answers(_current.url):
            return _current
        _current.stop()
    connection = open_connection(url, region, enforce_iam)
    connection._before = dict(os.environ)
    for name in list(os.environ):
        if name not in connection.environment and name.startswith("AWS_"):
            del os.environ[name]
    os.environ.update(connection.environment)
    forget_clients()
    _redirect_clients()
    atexit.register(connection.stop)
    _current = connection
    return connection


def open_connection(
    url: str | None, region: str, enforce_iam: bool = False
) -> Connection:
    """Return a connection without pointing this process at it."""
    if enforce_iam:
        return fresh(region, "--enforce-iam")
    url = url or os.environ.get("LOCALAWS_URL") or started_url()
    if url:
        return _connection(ask(url, region), None)
    return fresh(region)


def fresh(region: str = REGION, *arguments: str) -> Connection:
    """Start a server that ends with this process, and return its connection."""
    folder = Path(tempfile.mkdtemp(prefix="localaws-")).resolve()
    ready, log = folder / "ready.json", folder / "server.log"
    command = [sys.executable, "-m", "localaws", "serve", "--ephemeral"]
    places = ["--folder", str(folder), "--ready", str(ready)]
    server = subprocess.Popen(
        [*command, *places, *arguments],
        stdin=subprocess.PIPE,
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
        env=server_environment(),
        start_new_session=True,
    )
    try:
        wait_ready(server, ready, log)
        url = json.loads(ready.read_text())["url"]
        return _connection(ask(url, region), server)
    except BaseException:
        stop_server(server)
        shutil.rmtree(folder, ignore_errors=True)
        raise


def wait_ready(server: subprocess.Popen, ready: Path, log: Path) -> None:
    """Return when the server answers; RuntimeError with its log when it cannot."""
    end = time.monotonic() + START_SECONDS
    while not ready.exists():
        if server.poll() is not None or time.monotonic() > end:
            text = log.read_text(errors="replace")[-4000:]
            raise RuntimeError(f"the localaws server did not start. Its log:\n{text}")
        time.sleep(0.02)


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


def ask(url: str, region: str = REGION) -> dict:
    """Return what the server at `url` says of itself; ConnectionError if it is not."""
    address = f"{url.rstrip('/')}/_localaws/connection?region={region}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=10) as answer:
            return json.load(answer)
    except (OSError, ValueError) as error:
        raise ConnectionError(
            f'no localaws server answers at "{url}" ({error}). Start one with '
            '"localaws start", or unset LOCALAWS_URL to have one started for you.'
        ) from error


def state_folder() -> Path:
    """Return the folder of the server that `localaws start` starts."""
    if chosen := os.environ.get("LOCALAWS_FOLDER"):
        return Path(chosen).expanduser().resolve()
    import platformdirs

    return Path(platformdirs.user_cache_dir("localaws"))


def started_url(folder: Path | None = None) -> str | None:
    """Return the address of the server that `localaws start` started, if it answers.

    What a server left that died without a goodbye is removed.
    """
    path = (folder or state_folder()) / "server.json"
    try:
        url = json.loads(path.read_text())["url"]
        ask(url)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ConnectionError, ValueError, KeyError):
        path.unlink(missing_ok=True)
        return None
    return url


def server_environment() -> dict[str, str]:
    """Return the environment of a server: this one without anything of AWS.

    botocore would read the reader's files in the server as well.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    kept.pop("LOCALAWS_URL", None)
    source = str(Path(__file__).parents[1])
    search = kept.get("PYTHONPATH", "").split(os.pathsep)
    others = [path for path in search if path and path != str(SITE)]
    files = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    none = dict.fromkeys(files, os.devnull)
    return {**kept, **none, "PYTHONPATH": os.pathsep.join([source, *others])}


def client_environment(
    said: Mapping, folder: Path, before: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables that point a process and its children at a server.

    `folder` receives the configuration files that stand in for the reader's own: of
    these they have the names of the profiles.
    https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
    """
    known = profiles.names(before)
    profiles.write(folder, known, said["region"], said["credentials"])
    (folder / "sagemaker.yaml").write_text(CONFIG.format(bucket=said["bucket"]))
    (folder / "admin.yaml").write_text('SchemaVersion: "1.0"\n')
    search = [str(SITE), *before.get("PYTHONPATH", "").split(os.pathsep)]
    direct = ["127.0.0.1", "localhost", before.get("NO_PROXY", "")]
    proxies = ",".join(filter(None, direct))
    return {
        "LOCALAWS_URL": said["url"],
        "AWS_ENDPOINT_URL": said["url"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": said["region"],
        "AWS_DEFAULT_REGION": said["region"],
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        **said["credentials"],
        **{
            k: v
            for k, v in before.items()
            if k in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
        },
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(folder / "sagemaker.yaml"),
        "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(folder / "admin.yaml"),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(filter(None, search))),
        "NO_PROXY": proxies,
        "no_proxy": proxies,
    }


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
        environment=client_environment(said, folder, os.environ),
        server=server,
        _client_folder=folder,
    )


def _answers(url: str) -> bool:
    try:
        ask(url)
    except ConnectionError:
        return False
    return True


def _redirect_clients() -> None:
    """Prepare the botocore sessions that this process makes from now on."""
    if importlib.util.find_spec("botocore"):
        from localaws import redirect

        redirect.register()


def forget_clients() -> None:
    """Drop the sessions that boto3 and the SDK keep for the whole process."""
    boto3: Any = sys.modules.get("boto3")
    if boto3:
        boto3.DEFAULT_SESSION = None
    if utils := sys.modules.get("sagemaker.core.utils.utils"):
        utils.SingletonMeta._instances.clear()
        utils.SageMakerClient.reset()
