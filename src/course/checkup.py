"""Check that this machine can run the course: each check says OK, or how to mend it."""

import importlib.metadata
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PACKAGES = (
    "numpy",
    "scikit-learn",
    "matplotlib",
    "torch",
    "keras",
    "boto3",
    "sagemaker",
    "moto",
    "papermill",
)
GIGABYTE = 1e9


@dataclass(frozen=True)
class Check:
    """One finding: what was looked at, what was found, and the fix if it is bad."""

    name: str
    ok: bool
    found: str
    fix: str = ""

    def __str__(self) -> str:
        line = f"{'OK  ' if self.ok else 'FAIL'} {self.name}: {self.found}"
        return line if self.ok else f"{line}\n     {self.fix}"


def python_version() -> Check:
    """The course runs on Python 3.11 to 3.13, like the pinned packages."""
    version = sys.version_info[:2]
    fix = "Set the environment up with another one: make PYTHON=python3.12 lab"
    ok = (3, 11) <= version <= (3, 13)
    return Check("Python", ok, ".".join(map(str, version)), fix)


def operating_system() -> Check:
    """Linux and macOS; on Windows the Linux subsystem."""
    fix = "Use the Windows Subsystem for Linux: open a WSL terminal and start there."
    return Check("system", sys.platform != "win32", sys.platform, fix)


def packages() -> Check:
    """Every package of the lessons is installed."""
    missing = [name for name in PACKAGES if not _version(name)]
    found = f"missing {', '.join(missing)}" if missing else f"all {len(PACKAGES)} found"
    fix = "Run `make lab` in the course's folder: it installs what is missing."
    return Check("packages", not missing, found, fix)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def memory() -> Check:
    """One lesson needs up to 2.5 GB."""
    import psutil

    free = psutil.virtual_memory().available / GIGABYTE
    fix = "Close other programs, or restart kernels that you no longer use."
    enough = free >= 2.5
    found = "at least 2.5 GB free" if enough else f"only {free:.1f} GB free"
    return Check("memory", enough, found, fix)


def temporary_folder() -> Check:
    """Training jobs on this machine work in a temporary folder."""
    fix = "Set TMPDIR to a folder that you may write to."
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"course")
    except OSError as error:
        return Check("temporary folder", False, str(error), fix)
    return Check("temporary folder", True, "writable", fix)


def loopback() -> Check:
    """The local AWS listens on 127.0.0.1."""
    import socket

    fix = "Something blocks local connections: look at the firewall's settings."
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=2).close()
    except OSError as error:
        return Check("local connections", False, str(error), fix)
    return Check("local connections", True, "work", fix)


CHECKS: tuple[Callable[[], Check], ...] = (
    operating_system,
    python_version,
    packages,
    memory,
    temporary_folder,
    loopback,
)


def checks() -> Iterator[Check]:
    """Run every check in turn."""
    for check in CHECKS:
        yield check()


def report() -> int:
    """Print a line a check; return 0 when all are OK, else 1."""
    findings = list(checks())
    print("\n".join(map(str, findings)))
    verdict = "ready" if all(check.ok for check in findings) else "not ready yet"
    print(f"This machine is {verdict}.")
    return 0 if verdict == "ready" else 1
