"""Files that keep a backend of moto: one that is replaced, and one that grows."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from localaws.machine.files import set_aside
from localaws.persistence import snapshot
from localaws.records.store import write_text


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
        state = {name: getattr(self.backend, name) for name in self.names}
        return snapshot.dumps(state, {"backend": self.backend})

    def _set(self, text: str) -> None:
        state = snapshot.loads(text, {"backend": self.backend})
        if not isinstance(state, dict) or not state.keys() & set(self.names):
            raise ValueError(f"it has none of {', '.join(self.names)}")
        vars(self.backend).update(state)


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
        if len(good) < len(lines):
            set_aside(self.path, said)
        if sum(map(len, good)) < len(data):
            write_text(self.path, b"".join(good).decode())
        return values

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
