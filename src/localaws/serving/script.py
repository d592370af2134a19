"""The scripts of a model folder: where they are, what they need, how they come in."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType


def import_script(folder: Path) -> ModuleType | None:
    """Return the user's module, found on the path with `code/` in front; or None.

    Its name is `SAGEMAKER_PROGRAM`, by default `inference.py`. One that is absent is no
    error, as on AWS: the container's default functions serve, and the log says so.
    """
    code = code_folder(folder)
    sys.path[:0] = [str(code)]
    program = os.environ.get("SAGEMAKER_PROGRAM") or "inference.py"
    path = os.path.relpath(code / program, code)  # it may be named from the root
    name = path.removesuffix(".py").replace("/", ".")
    if (code / path).is_file() or (not name.startswith(".") and _found(name)):
        return importlib.import_module(name)
    if code.is_dir() or "SAGEMAKER_PROGRAM" in os.environ:
        print(f"localaws: {absent(folder)}", flush=True)
    return None


def absent(folder: Path) -> str:
    """Return the words for a program that is not there."""
    program = os.environ.get("SAGEMAKER_PROGRAM") or "inference.py"
    place = code_folder(folder).name
    return f'"{program}" is not in "{place}/": the default functions serve.'


def _found(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            return False  # a folder on the way is absent
        raise


def code_folder(folder: Path) -> Path:
    """Return the folder of the scripts: `code/`, or `SAGEMAKER_SUBMIT_DIRECTORY`.

    Only a place inside the model folder counts; the SDK also sets the variable to
    addresses that mean nothing in a serving container.
    """
    named = os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", "").removeprefix("file://")
    for root in ("/opt/ml/model", str(folder)):
        inside = named.removeprefix(root).strip("/")
        if f"{named}/".startswith(f"{root}/") and (folder / inside).is_dir():
            return folder / inside
    return folder / "code"


def install_requirements(file: Path) -> None:
    """Install `code/requirements.txt` where this environment does not satisfy it.

    Ends the process with the line in which pip names the package that it could not
    install.
    https://sagemaker.readthedocs.io/en/stable/frameworks/pytorch/using_pytorch.html#using-third-party-libraries
    """
    if not file.is_file() or satisfied(file.read_text()):
        return
    command = ["-m", "pip", "install", "--no-cache-dir", "-r", str(file)]
    pip = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = deque(_told(pip.stdout), maxlen=20)
    if pip.wait() != 0:
        errors = [line for line in said if line.startswith("ERROR:")] or [*said, ""]
        sys.exit(f"pip could not install {file.name}: {errors[-1]}")
    importlib.invalidate_caches()


def _told(lines: Iterable[str] | None) -> Iterator[str]:
    """Yield the lines that are not blank, each printed as soon as it has come."""
    for line in lines or ():
        print(line, end="", flush=True)
        if line.strip():
            yield line.strip()


def satisfied(text: str) -> bool:
    """Return whether all requirements are plain ones that are installed here."""
    from importlib.metadata import PackageNotFoundError, version

    from packaging.requirements import InvalidRequirement, Requirement

    lines = (line.partition(" #")[0].strip() for line in text.splitlines())
    for line in (line for line in lines if line and not line.startswith("#")):
        try:
            need = Requirement(line)
            if need.marker and not need.marker.evaluate():
                continue
            if need.url or need.extras or version(need.name) not in need.specifier:
                return False
        except (InvalidRequirement, PackageNotFoundError):
            return False
    return True
