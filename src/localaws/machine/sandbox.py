"""Where a job runs: folders of its own, a clean environment, and a sure end."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from localaws.discovery import TEMPORARY, state_folder
from localaws.machine import layer
from localaws.machine.archives import pack, unpack
from localaws.machine.files import below, remove
from localaws.machine.shown import OURS, ROOT, instead
from localaws.machine.view import View
from localaws.site import SITE

LAUNCHER = Path(__file__).with_name("launch.py")
PATHS = "LOCALAWS_PATHS"  # the variable that says how a job sees /opt/ml
PROMISED = "LOCALAWS_PROMISED"  # the libraries of the image: `instances.promised`
MODES = ("auto", "namespace", "substitution")
TEXT_LIMIT = 10 * 1024 * 1024  # larger files are data, not code

# What a job may know of the reader's machine: nothing secret, and what pip needs.
_PASSED = ("TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PIP_CERT")
_PASSED_PLAIN = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "HTTP_PROXY", "HTTPS_PROXY")

_STAYING = state_folder().resolve()  # of the server of `localaws start`


class Process:
    """A running job: its output, its end, and signals to all that belongs to it."""

    def __init__(self, launcher: subprocess.Popen[bytes], own: int) -> None:
        assert launcher.stdin and launcher.stdout, "both are pipes"
        self._launcher = launcher
        self.own = own  # bytes of memory that its parents take, which are launch.py
        self._orders: IO[bytes] = launcher.stdin  # signals; its end is the job's end
        self.stdout: IO[bytes] = launcher.stdout

    @property
    def pid(self) -> int:
        """The process that owns the job's processes and dies after the last."""
        return self._launcher.pid

    def poll(self) -> int | None:
        """Return the exit status, or None while the job runs."""
        return self._launcher.poll()

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit status (128 + n after signal n); `TimeoutExpired` if late.

        When this returns, no process of the job is left.
        """
        status = self._launcher.wait(timeout)
        with contextlib.suppress(OSError):
            self._orders.close()
        return status

    def send(self, data: bytes) -> None:
        """Tell the launcher something; OSError or ValueError where it has ended."""
        self._orders.write(data)
        self._orders.flush()

    def signal(self, number: int) -> None:
        """Send a signal to the job's process group."""
        try:
            self.send(b"%d\n" % number)
        except (OSError, ValueError):  # it has ended, or is being ended
            return

    def kill(self) -> None:
        """End the job and everything that it started, now, and wait for that."""
        try:
            self._orders.close()
        except OSError:
            self._launcher.poll()
        self._launcher.wait()

    def stop(self, grace: float) -> int:
        """Send SIGTERM, then SIGKILL after `grace` seconds; return the exit status.

        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html
        """
        self.signal(signal.SIGTERM)
        try:
            return self.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()
            return 128 + signal.SIGKILL


class Sandbox:
    """The folders of one job or model server, and the processes that run in them.

    Inside, the folder `ml` is `/opt/ml`: through a mount namespace where the kernel
    allows it ("namespace"), else by replacing the path in text ("substitution").
    `hosts` are the names and addresses that a process in a namespace knows; in one
    that is `isolated` it reaches nothing but itself. One in a namespace sees nothing of
    the folder of its `server`, nor of this user's other servers: their keys are there.
    """

    def __init__(
        self,
        folder: Path,
        *,
        paths: str = "auto",
        gpu: bool = False,
        hostname: str = "algo-1",
        hosts: Mapping[str, str] = MappingProxyType({"algo-1": "127.0.0.1"}),
        isolated: bool = False,
        server: Path | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self._server = server
        self.isolated = isolated
        self.namespace = choose(paths) == "namespace"
        self.hostname = hostname
        self.hosts = hosts
        self.gpu = gpu
        self.ml = self.folder / "ml"
        for name in ("ml", "tmp", "home"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.programs = layer.create(self.folder / "env", gpu=gpu)

    def host(self, path: str) -> Path:
        """Return where a path of the job, such as `/opt/ml/model`, is on this machine.

        Raises ValueError for a path that leaves `/opt/ml`.
        """
        found = Path(os.path.normpath(self.ml / os.path.relpath(path, ROOT)))
        if found != self.ml and self.ml not in found.parents:
            raise ValueError(f'"{path}" is not below "{ROOT}"')
        return found

    def inside(self, text: str) -> str:
        """Return `text` with the paths that the job's processes must use."""
        return text if self.namespace else text.replace(ROOT, str(self.ml))

    def shown(self, text: str) -> str:
        """Return `text`, a line of the log, with the paths that AWS would show."""
        for path, shown in self._instead:
            text = text.replace(path, shown)
        return text

    @functools.cached_property
    def _instead(self) -> list[tuple[str, str]]:
        return [*instead(self.folder), *OURS]

    def adapt(self, folder: Path) -> None:
        """Make the code in `folder` find `/opt/ml`; nothing to do in a namespace."""
        if self.namespace:
            return
        for path in list(below(folder)):
            if path.is_symlink() or not path.is_file():
                continue
            if path.name.endswith(".tar.gz"):
                self._adapt_archive(path)
            else:
                self._adapt_file(path)

    def _adapt_archive(self, path: Path) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder / "tmp") as name:
            try:
                unpack(path, Path(name))
            except ValueError:  # the job's own tar will say what is wrong with it
                return
            self.adapt(Path(name))
            pack(Path(name), path)

    def _adapt_file(self, path: Path) -> None:
        if path.stat().st_size > TEXT_LIMIT:
            return
        data = path.read_bytes()
        if ROOT.encode() in data and b"\0" not in data[:8192]:
            path.write_bytes(data.replace(ROOT.encode(), str(self.ml).encode()))

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the whole environment of a process: clean, with `variables` added."""
        plain = {name: os.environ.get(name, "") for name in _PASSED_PLAIN}
        given = {name: os.environ.get(name, "") for name in _PASSED}
        given |= {name: text for name, text in plain.items() if "@" not in text}
        ours = {name: self.inside(text) for name, text in variables.items()}
        search = [str(SITE), ours.pop("PYTHONPATH", "")]
        return {
            **{name: text for name, text in given.items() if text},
            "PATH": layer.search_path(self.programs),
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "LANG": "C.UTF-8",
            "NO_PROXY": "127.0.0.1,localhost",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, search)),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            **({} if self.gpu else {"CUDA_VISIBLE_DEVICES": "-1"}),
            **ours,
        }

    def start(
        self,
        argv: Sequence[str],
        variables: Mapping[str, str],
        *,
        cwd: str = ROOT,
        limits: Mapping[str, int] | None = None,
        view: View | None = None,
    ) -> Process:
        """Start a program in the sandbox with standard output and error in one pipe.

        `limits` are names of resource limits: `{"as": bytes, "nofile": 1024}`.
        """
        spec: dict[str, Any] = {
            "argv": [self.inside(argument) for argument in argv],
            "env": self.environment({**variables, "PWD": cwd}),
            "cwd": self.inside(cwd),
            "limits": dict(limits or {}),
        }
        if self.namespace:
            stage = tempfile.mkdtemp(dir=self.folder, prefix="opt-")
            spec |= view.spec(self.folder) if view else {}
            spec["namespace"] = [(str(self.ml), ROOT, stage), *spec.pop("shown", ())]
            spec |= {"hidden": self._hidden(), "hostname": self.hostname}
            spec |= {"isolated": self.isolated, "contained": containment_works()}
            if os.path.exists("/etc/hosts"):
                spec["files"] = {str(self._hosts_file()): "/etc/hosts"}
        return _launch(spec)

    def _hidden(self) -> list[tuple[str, str, str]]:
        """Return folders, what is shown instead of each, and the one kept in it."""
        if self._server is None:
            return []
        own, kept = self._server.resolve(), self.folder.resolve()
        temporary = Path(tempfile.gettempdir()).glob(TEMPORARY)
        others = {path.parent.resolve() for path in temporary} | {_STAYING}
        apart = [
            f for f in sorted(others) if f.is_dir() and f not in (own, *own.parents)
        ]
        rows = [(own, str(kept)), *((f, "") for f in apart if own not in f.parents)]
        return [
            (str(folder), tempfile.mkdtemp(dir=self.folder, prefix="hidden-"), inside)
            for folder, inside in rows
        ]

    def remove(self) -> None:
        """Delete the sandbox's folders; its processes must have ended."""
        remove(self.folder)

    def _hosts_file(self) -> Path:
        path = self.folder / "hosts"
        known = Path("/etc/hosts").read_text(errors="replace")
        lines = [f"{address} {name}\n" for name, address in self.hosts.items()]
        path.write_text(f"{''.join(lines)}{known}\n")
        return path


def choose(paths: str) -> str:
    """Return the path mode for a setting: "auto" is "namespace" where that works."""
    if paths not in MODES:
        raise ValueError(
            f'unknown path mode "{paths}": use auto, namespace or substitution'
        )
    if paths == "auto":
        return "namespace" if namespaces_work() else "substitution"
    return paths


def namespaces_work() -> bool:
    """Return whether this kernel lets us give a process its own `/opt/ml`."""
    return containment_works() or _namespaces_work()


def containment_works() -> bool:
    """Return whether it also lets a process see and signal none but its own."""
    return _namespaces_work(contained=True)


def isolation_works() -> bool:
    """Return whether this kernel also lets us give a process no network."""
    return _namespaces_work(isolated=True, contained=containment_works())


@functools.cache
def _namespaces_work(isolated: bool = False, contained: bool = False) -> bool:
    if sys.platform != "linux":
        return False
    with tempfile.TemporaryDirectory(prefix="localaws-") as folder:
        source = Path(folder, "ml")
        source.mkdir()
        stage = Path(folder, "opt")
        process = _launch(
            {
                "argv": ["/bin/sh", "-c", f"test -d {ROOT} && touch {ROOT}/seen"],
                "env": {"PATH": "/usr/bin:/bin"},
                "cwd": "/",
                "namespace": [(str(source), ROOT, str(stage))],
                "hostname": "algo-1",
                "isolated": isolated,
                "contained": contained,
            }
        )
        process.stdout.read()
        return process.wait() == 0 and (source / "seen").exists()


def _launch(spec: Mapping) -> Process:
    process = Process(
        subprocess.Popen(
            [sys.executable, "-I", "-S", str(LAUNCHER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={},
            cwd="/",
        ),
        (21 if spec.get("contained") else 12) << 20,  # two processes, or one
    )
    data = json.dumps(spec).encode()
    process.send(b"%010d" % len(data) + data)
    return process
