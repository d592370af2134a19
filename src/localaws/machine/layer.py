"""A Python environment layered over this one: what it installs stays in it.

The same as `python -m venv --without-pip` with a `.pth` to the parent, made from a few
links and files, in a few milliseconds.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_SCRIPTS = {
    "pip": '-m pip "$@"',
    "pip3": '-m pip "$@"',
    "torchrun": '-m torch.distributed.run "$@"',
}
_NO_GPU = """#!/bin/sh
echo "nvidia-smi: this instance type has no GPU" >&2
exit 9
"""


def create(folder: Path, *, gpu: bool = False) -> Path:
    """Create the layer in `folder` and return its folder of programs.

    Without `gpu`, `nvidia-smi` says that there is none, as on a CPU instance.
    """
    programs = folder / "bin"
    packages = folder / "lib" / f"python{_version()}" / "site-packages"
    programs.mkdir(parents=True)
    packages.mkdir(parents=True)
    base = getattr(sys, "_base_executable", sys.executable)
    for name in ("python", "python3", f"python{_version()}"):
        (programs / name).symlink_to(base)
    config = {"home": Path(base).parent, "include-system-site-packages": "false"}
    lines = [f"{name} = {value}\n" for name, value in config.items()]
    (folder / "pyvenv.cfg").write_text("".join(lines))
    (packages / "_parent.pth").write_text("".join(f"{p}\n" for p in parents()))
    python = programs / "python"
    for name, arguments in _SCRIPTS.items():
        _script(programs / name, f'#!/bin/sh\nexec "{python}" {arguments}\n')
    if not gpu:
        _script(programs / "nvidia-smi", _NO_GPU)
    return programs


def parents() -> list[str]:
    """Return the folders of packages that this process imports from."""
    ends = ("site-packages", "dist-packages")
    return [path for path in sys.path if path.endswith(ends) and os.path.isdir(path)]


def search_path(programs: Path) -> str:
    """Return a PATH with the layer first, then this environment, then the system."""
    system = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
    own = str(Path(sys.executable).parent)
    return os.pathsep.join(dict.fromkeys([str(programs), own, *system]))


def _version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
