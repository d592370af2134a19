"""Files that keep a backend of moto: one that is replaced, and one that grows."""

from __future__ import annotations

import errno
import json
import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from localaws.machine.files import set_aside
from localaws.persistence import snapshot
from localaws.persistence.setbacks import SETBACKS
from localaws.records.store import write_text

logger = logging.getLogger("localaws")


class Records:
    """Some attributes of a backend of moto in one file, written when they changed."""

    def __init__(self, path: Path, backend: Any, names: Iterable[str]) -> None:
        self.path = path
        self.backend = backend
        self.names = names
        self._written = self._text()

    def load(self) -> None:
        """Set the attributes as they were kept; a file that is no use is set aside."""
        if not self.path.exists():
            return
        try:
            text = self.path.read_text()
            self._set(text)
            self._written = text
        except Exception as error:  # it may be anything
            self._set(self._written)
            set_aside(self.path, error)

    def keep(self) -> None:
        """Write the attributes, unless the file says the same.

        OSError where that fails; then they are again what the file says.
        """
        text = self._text()
        if text == self._written and self.path.exists():
            return
        try:
            write_text(self.path, text)
        except OSError:
            self._set(self._written)
            raise
        self._written = text

    def _text(self) -> str:
        return snapshot.dumps(self.state(), {"backend": self.backend})

    def state(self) -> dict[str, Any]:
        """Return what is kept of the backend, by the names of its attributes."""
        return {name: getattr(self.backend, name) for name in self.names}

    def _set(self, text: str) -> None:
        state = snapshot.loads(text, {"backend": self.backend})
        if not isinstance(state, dict) or not state.keys() & set(self.names):
            raise ValueError(f"it has none of {', '.join(self.names)}")
        self.restore(state)

    def restore(self, state: dict[str, Any]) -> None:
        """Give the backend the attributes that were kept."""
        vars(self.backend).update(state)


class Kept:
    """What a server keeps of a backend of moto: all of it is records in one file."""

    def __init__(self, records: Records) -> None:
        self._lock = threading.Lock()  # one writes at a time, in the order of changes
        self._records = records

    def load(self) -> None:
        """Bring back what an earlier server kept."""
        self._records.load()

    def keep(self, environ: dict[str, Any]) -> None:
        """Write the records if they changed."""
        with self._lock, SETBACKS.noted():
            self._records.keep()


class Journal:
    """JSON values in lines that are only added to, each line whole or not at all."""

    def __init__(self, path: Path, decode: Callable[[Any], Any] = lambda v: v) -> None:
        self.path = path
        self.count = 0
        self._decode = decode  # turns a line's value into what it stands for

    def load(self) -> list:
        """Return the values; a file with lines that are no use is set aside as well.

        A last line that was cut short is dropped: nobody was told that it is kept.
        """
        data = self.path.read_bytes() if self.path.exists() else b""
        lines = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)
        values, good = [], []
        for line in lines:
            try:
                values.append(self._decode(json.loads(line)))
                good.append(line)
            except Exception as error:  # it may be anything
                said = error
        self.count = len(values)
        if sum(map(len, lines)) < len(data):
            os.truncate(self.path, sum(map(len, lines)))  # a full disk takes this
        if len(good) < len(lines):
            self._leave_out(b"".join(good).decode(), said)
        return values

    def _leave_out(self, good: str, error: Exception) -> None:
        """Go on with a file of the good lines, if the disk takes one."""
        rest = self.path.with_name(f".{self.path.name}")
        try:
            write_text(rest, good)
        except OSError:
            text = '"%s" has lines that cannot be read: %s: %s'
            logger.warning(text, self.path, type(error).__name__, error)
            return
        set_aside(self.path, error)
        os.replace(rest, self.path)

    def add(self, values: list) -> None:
        """Append values in one write; OSError where that fails, and then none is."""
        if not values:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab", buffering=0) as file:
            size = file.tell()
            text = "".join(json.dumps(value) + "\n" for value in values)
            try:
                if file.write(text.encode()) != len(text):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                file.truncate(size)
                raise
        self.count += len(values)
