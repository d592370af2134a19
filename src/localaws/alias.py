"""A path without spaces for a folder whose own has some.

The SDK's drivers call Python without quotes, and so do scripts that use /opt/ml: on
AWS no path has a space. Here one may, as in "My Documents".
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localaws.records.store import write_text

_PLAIN = re.compile(r"[\w@%+=,./-]+")  # what shells and PATH leave as it is


@contextmanager
def plain(folder: Path) -> Iterator[Path]:
    """Yield a path to `folder` that needs no quotes: its own, or that of a link.

    The link is removed at the end, or at the next call where this process was killed.
    """
    folder = folder.resolve()
    note = folder / "alias"  # where the link is
    if note.exists():
        shutil.rmtree(note.read_text(), ignore_errors=True)
        note.unlink()
    if _PLAIN.fullmatch(str(folder)):
        yield folder
        return
    temporary = next(p for p in (tempfile.gettempdir(), "/tmp") if _PLAIN.fullmatch(p))
    with tempfile.TemporaryDirectory(prefix="localaws-", dir=temporary) as home:
        write_text(note, home)
        link = Path(home, "here")
        link.symlink_to(folder, target_is_directory=True)
        yield link
    note.unlink(missing_ok=True)
