"""What logs and reasons show instead of the folders of this machine."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from localaws.site import SITE

ROOT = "/opt/ml"
_FOLDERS = {"ml": ROOT, "env": "/opt/env", "home": "/root", "tmp": "/tmp", "": "/opt"}
_SYSTEM = ("/", "/usr", "/usr/local")  # where these are, nothing is the reader's
OURS = [(str(SITE.parent), "/opt/localaws")] + [
    (place, "/opt/python")
    for place in dict.fromkeys([sys.prefix, sys.base_prefix])
    if place not in _SYSTEM
]


def instead(sandbox: Path) -> list[tuple[str, str]]:
    """Return the folders of a sandbox, each with what is shown for it."""
    return [
        (str(place / name), shown)
        for place in dict.fromkeys([sandbox.resolve(), sandbox])
        for name, shown in _FOLDERS.items()
    ]


def neutral(text: str, server: Path) -> str:
    """Return `text` without the folders of this machine; `server` is the server's.

    For what localaws itself says of a job; what its processes say, the sandbox knows.
    """
    places = [(str(server.resolve()), ROOT), (str(server), ROOT), *OURS]
    places += [(tempfile.gettempdir(), "/tmp"), (str(Path.home()), "~")]
    for path, shown in sorted(places, key=lambda place: -len(place[0])):
        if path not in _SYSTEM:  # and only whole: s3://bucket/root is nobody's home
            whole = rf"(?<![\w.-]){re.escape(path)}(?![\w-])"
            text = re.sub(whole, shown, text)
    return text
