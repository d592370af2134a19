"""The scripts of a model folder: where they are, what they need, how they come in."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType


def import_script(folder: Path) -> ModuleType | None:
    """Return the user's module, found on the path with `code/` in front; or None.

    Its name is `SAGEMAKER_PROGRAM`, by default `inference.py`. A script that is named
    and absent is an error; the default one may be absent.
    """
    code = code_folder(folder)
    sys.path[:0] = [str(code)]
    named = os.environ.get("SAGEMAKER_PROGRAM")
    program = named or "inference.py"
    name = program.removesuffix(".py").replace("/", ".")
    if importlib.util.find_spec(name.partition(".")[0]):
        return importlib.import_module(name)
    if named:
        raise FileNotFoundError(
            f'SAGEMAKER_PROGRAM names "{named}", which is not in "{code.name}/".'
        )
    return None


def code_folder(folder: Path) -> Path:
    """Return the folder of the scripts: `code/`, or `SAGEMAKER_SUBMIT_DIRECTORY`.

    Only a place inside the model folder counts; the SDK also sets the variable to
    addresses that mean nothing in a serving container.
    """
    named = os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
    inside = named.removeprefix("/opt/ml/model").strip("/")
    if named.startswith("/opt/ml/model") and (folder / inside).is_dir():
        return folder / inside
    return folder / "code"


def install_requirements(file: Path) -> None:
    """Install `code/requirements.txt` where this environment does not satisfy it.

    https://sagemaker.readthedocs.io/en/stable/frameworks/pytorch/using_pytorch.html#using-third-party-libraries
    """
    if not file.is_file() or satisfied(file.read_text()):
        return
    command = ["-m", "pip", "install", "--no-cache-dir", "-r", str(file)]
    if subprocess.run([sys.executable, *command]).returncode != 0:
        sys.exit(f"pip could not install {file.name}: its own words are above.")
    importlib.invalidate_caches()


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
