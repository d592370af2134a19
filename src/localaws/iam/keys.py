"""The keys that a server gives out; the next server of its folder has them again.

So a notebook that is connected goes on when the server was stopped and started again.
The file is its owner's alone.
"""

from __future__ import annotations

import json
from pathlib import Path

from localaws.api.registry import Context
from localaws.iam.roles import VARIABLES, assume
from localaws.machine.files import set_aside
from localaws.records.store import write_json

PAGES = "PAGES"  # opens the server's own pages


def hand_out(context: Context, role_arn: str) -> None:
    """Set the key of the pages, and the credentials of a session of the role."""
    path = context.folder / "keys.json"
    before = _kept(path)
    context.page_key = before.get(PAGES, context.page_key)
    context.credentials = assume(context, role_arn, "localaws", before)
    write_json(path, {PAGES: context.page_key, **context.credentials})


def _kept(path: Path) -> dict[str, str]:
    """Return what an earlier server gave out; nothing where that is not to be read."""
    if not path.exists():
        return {}
    try:
        said = json.loads(path.read_text())
        return {name: _key(said[name]) for name in (PAGES, *VARIABLES)}
    except Exception as error:  # it may be anything
        set_aside(path, error)
        return {}


def _key(value: object) -> str:
    if not (isinstance(value, str) and value.isascii() and len(value) >= 16):
        raise ValueError("it has no keys")
    return value
