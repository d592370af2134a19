"""Measures what the course promises of its speed, each against its reference."""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course.tools.bench import cloud, endpoint, learning, scale
from course.tools.bench.row import Row, Size
from localaws import client

HEADER = """\
# Benchmarks

`make bench` measures these and writes this page. Each row is measured beside its
reference in the same run, most of them several times: then it is the median. A bar is
what the course promises. The time and memory of
each lesson are in the README's table.

| what | measured | reference | bar |
|---|---|---|---|
"""


def measure(size: Size) -> list[Row]:
    """Return every measurement; those of localaws are made on a server of its own."""
    rows = [learning.import_time(size.runs), learning.fit_time(size.epochs)]
    with server() as connection, tempfile.TemporaryDirectory() as folder:
        rows += [cloud.job_overhead(connection, Path(folder), size.runs)]
        rows += cloud.transfer_speed(connection, Path(folder), size)
        rows += endpoint.endpoint_speed(connection, Path(folder), size)
    with tempfile.TemporaryDirectory() as folder:
        rows += scale.scale(Path(folder), size)
    return rows


def page(rows: list[Row]) -> str:
    """Return the measurements as a page of the book."""
    cells = ([row.what, row.measured, row.reference, row.bar] for row in rows)
    table = "".join(f"| {' | '.join(row)} |\n" for row in cells)
    load = os.getloadavg()[2]
    machine = f"{os.cpu_count()} cores, {platform.system()}, load {load:.1f} meanwhile"
    return (
        f"{HEADER}{table}\nMeasured on {machine}, Python {platform.python_version()}.\n"
    )


@contextmanager
def server() -> Iterator[client.Connection]:
    """Yield a connection to a server that keeps what it holds, as `start` makes it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "localaws"]
        place = ["--folder", folder]
        subprocess.run(
            [*command, "start", *place], check=True, stdout=subprocess.DEVNULL
        )
        # Where its key stands, for this process and those that it starts.
        os.environ["LOCALAWS_READY"] = str(Path(folder, "server.json"))
        try:
            connection = client.connect(client.started_url(Path(folder)))
            try:
                yield connection
            finally:
                connection.stop()
        finally:
            del os.environ["LOCALAWS_READY"]
            subprocess.run([*command, "stop", *place], stdout=subprocess.DEVNULL)
