"""How often memory went back to what the disk holds, because a write failed.

What another request had changed by then, and not yet written, is gone with it.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Setbacks:
    """Counts the failed writes of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Count an OSError of what is done here, before anybody undoes it."""
        try:
            yield
        except OSError:
            with self._lock:
                self.count += 1
            raise

    def check(self, since: int) -> None:
        """Raise OSError where a write failed since the count was `since`."""
        if self.count != since:
            text = "another write failed meanwhile, try this one again"
            raise OSError(errno.EAGAIN, text)


SETBACKS = Setbacks()
