"""What the processes of a job take of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")  # bytes

Taken = tuple[int, float, int]  # parent, seconds of a core, bytes of memory


def taken(root: int) -> tuple[float, int]:
    """Return the seconds of cores, and the bytes of memory, of a process and its below.

    On Linux the seconds of those that have ended are counted too, until `root` itself
    has been waited for. Nothing where there is no such process.
    """
    rows = _read_proc() if sys.platform == "linux" else _ask_ps()
    found: set[int] = set()
    edge = {root} & rows.keys()
    while edge:
        found |= edge
        edge = {pid for pid, row in rows.items() if row[0] in edge} - found
    return sum(rows[pid][1] for pid in found), sum(rows[pid][2] for pid in found)


def _read_proc() -> dict[int, Taken]:
    """Return the processes that /proc knows: see proc_pid_stat(5)."""
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    rows = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended while we looked
            continue
        seconds = sum(map(int, fields[11:15])) / tick
        rows[int(name)] = int(fields[1]), seconds, int(fields[21]) * page
    return rows


def _ask_ps() -> dict[int, Taken]:
    asked = ["ps", "-A", "-o", "pid=,ppid=,time=,rss="]
    rows = {}
    for line in subprocess.run(asked, capture_output=True, text=True).stdout.split(
        "\n"
    ):
        if len(fields := line.split()) == 4:
            parts = [float(part) for part in fields[2].replace("-", ":").split(":")]
            seconds = sum(part * 60**n for n, part in enumerate(reversed(parts)))
            rows[int(fields[0])] = int(fields[1]), seconds, int(fields[3]) * 1024
    return rows
