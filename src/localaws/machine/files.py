"""Folders and files in any state that a job, or a server that died, leaves them."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

UNREADABLE = "~unreadable"  # added to the names of what is set aside

logger = logging.getLogger("localaws")


def remove(folder: Path) -> None:
    """Delete a folder with all that is in it, if it is there.

    However deep it is, and whatever its folders' permissions: where Python's own way
    ends, at a depth of some hundred, the system's `rm` goes on. What cannot be deleted
    is named in the server's log.
    """
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except (OSError, RecursionError):
        for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            done = subprocess.run([*command, "--", folder], capture_output=True)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            logger.warning('"%s" could not be deleted: %s', folder, said[:1000])


def discard(path: Path) -> None:
    """Delete a file, a link or a whole folder, if there is one of this name."""
    if path.is_dir() and not path.is_symlink():
        remove(path)
    else:
        path.unlink(missing_ok=True)


def below(folder: Path) -> Iterator[Path]:
    """Yield the files and links below a folder that is being written, in any order.

    What goes away meanwhile, or is too deep to have a path, is left out.
    """
    folders = [os.fspath(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        yield Path(entry.path)
        except OSError:
            continue


def set_aside(path: Path, error: Exception) -> None:
    """Rename what cannot be read, so that no later start meets it, and say so."""
    kept = path.with_name(f"{path.name}{UNREADABLE}")
    remove(kept)
    os.replace(path, kept)
    said = f"{type(error).__name__}: {error}"
    logger.warning('"%s" cannot be read and is left out: %s', path, said)
    logger.warning('It is kept as "%s": mend and rename it, or delete it.', kept)
