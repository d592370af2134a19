"""What a process in a namespace sees of its own, at paths that others have as well."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__))
# What Python itself needs, wherever that is; and the folder that is a process's own.
_NEEDED = [
    Path(path)
    for path in (*sys.path, sys.prefix, sys.base_prefix, os.path.dirname(_HERE))
    if os.path.isdir(path)
]
_TMP = Path("/tmp")


@dataclass(frozen=True)
class View:
    """Folders that may only be read, at paths such as /var/task; and an empty /tmp."""

    shown: Sequence[tuple[str, Path]]  # paths, and what is there
    room: int  # bytes that /tmp takes

    def spec(self, folder: Path) -> dict[str, Any]:
        """Return what the launcher is told; `folder` is that of the sandbox."""
        kept = outermost(one for one in (folder, *_NEEDED) if _TMP in one.parents)
        places = [(str(source), path, _stage(folder)) for path, source in self.shown]
        room = str(_TMP), _stage(folder), self.room, [str(path) for path in kept]
        protected = [path for path, _ in self.shown]
        return {"shown": places, "protected": protected, "renewed": [room]}


def outermost(folders: Iterable[Path]) -> list[Path]:
    """Return the folders that are in no other of them."""
    found: list[Path] = []
    for folder in sorted(set(folders)):
        if not any(folder.is_relative_to(one) for one in found):
            found.append(folder)
    return found


def _stage(folder: Path) -> str:
    return tempfile.mkdtemp(dir=folder, prefix="stage-")
