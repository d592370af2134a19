"""What processes take of this machine."""

from __future__ import annotations

import contextlib

import psutil

MEMORY = psutil.virtual_memory().total  # bytes


def taken(root: int) -> tuple[float, int]:
    """Return the seconds of cores, and the bytes of memory, of a process and its below.

    On Linux the seconds of those that have ended are counted too, until `root` itself
    has been waited for. Nothing where there is no such process.
    """
    seconds, resident = 0.0, 0
    for process in _family(root):
        with contextlib.suppress(psutil.Error):  # it has ended while we looked
            with process.oneshot():
                times, memory = process.cpu_times(), process.memory_info()
            seconds += times.user + times.system
            seconds += times.children_user + times.children_system
            resident += memory.rss
    return seconds, resident


def _family(root: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []
