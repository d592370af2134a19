"""The server process: one port, one folder, and an orderly end."""

from __future__ import annotations

import fcntl
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localaws.alias import plain
from localaws.api.registry import Context
from localaws.app import Application
from localaws.connection import bootstrap, describe
from localaws.httpd import Server
from localaws.iam.recorder import Recorder
from localaws.machine.files import remove
from localaws.persistence.keeper import Keeper
from localaws.records.store import Store, write_json

ACCOUNT = "123456789012"

logger = logging.getLogger("localaws")


def serve(
    folder: Path,
    port: int = 0,
    *,
    ephemeral: bool,
    ready: Path,
    paths: str = "auto",
    enforce_iam: bool = False,
    open_door: bool = False,
    record_policy: Path | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or, where the server is ephemeral, until stdin ends.

    `ready` is written once requests are answered: a JSON object with the address, the
    process and the credentials. An ephemeral server removes its folder at the end.
    `record_policy` is written then: what each caller and role needed.
    """
    with _owned(folder), plain(folder) as path:
        server = Server(port)
        context = Context(server.url, ACCOUNT, path, paths, enforce_iam, open_door)
        if record_policy:
            context.on_close(context.add(Recorder(record_policy)).write)
        store = context.add(Store(folder / "state", ACCOUNT))
        server.app = Application(context)
        store.load()
        if not ephemeral:
            context.add(Keeper(folder / "moto", ACCOUNT)).load()
        # Accepts connections, each in a thread of its own; this one waits for the end.
        thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), daemon=True
        )
        thread.start()
        stop = _stop_event(watch_stdin=ephemeral)
        try:
            bootstrap(context)
            for starter in context.starters:
                starter()
            said = describe(context, "us-east-1")
            gc.freeze()  # what is there by now stays to the end: look no more at it
            gc.enable()
            write_json(ready, {**said, "key": context.page_key})
            _wait(stop, watch_owner=ephemeral)
        finally:
            _close(context, server)
            ready.unlink(missing_ok=True)
            if ephemeral:
                remove(folder)


@contextmanager
def _owned(folder: Path) -> Iterator[None]:
    """Keep a folder for one server at a time, and for this user alone.

    The lock goes with the process, however it ends.
    """
    folder.chmod(0o700)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit(f"'{folder}' belongs to a server that runs: stop that one first.")
        yield


def _stop_event(watch_stdin: bool) -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if watch_stdin:  # the owner holds the other end: it ends with the owner

        def watch() -> None:
            while sys.stdin.buffer.read(1):
                pass
            stop.set()

        threading.Thread(target=watch, daemon=True).start()
    return stop


def _wait(stop: threading.Event, watch_owner: bool) -> None:
    owner = os.getppid()
    while not stop.wait(2):
        if watch_owner and os.getppid() != owner:
            return


def _close(context: Context, server: Server) -> None:
    context.closing.set()
    context.clock.stop()
    context.part(Store).wake()
    for closer in reversed(context.closers):
        try:
            closer()
        except Exception:
            logger.exception("could not close %s", closer)
    server.shutdown()
    server.server_close()
