"""The command line: `localaws start · stop · status · run -- COMMAND · logs JOB`."""

from __future__ import annotations

import argparse
import fcntl
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from localaws import client, discovery
from localaws.machine import guard
from localaws.machine.sandbox import MODES, PATHS

OPEN = (
    "It takes any key, or none: whoever reaches its port on this machine can start "
    "jobs that run as you."
)
JOBS = ("TrainingJobs", "ProcessingJobs", "TransformJobs")  # whose logs are printed
Command = Callable[[argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit status."""
    if sys.platform == "win32":
        print("localaws runs on Linux and macOS. On Windows, use WSL.", file=sys.stderr)
        return 2
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (ConnectionError, RuntimeError) as error:
        print(f"localaws: {error}", file=sys.stderr)
        return 1


def start(options: argparse.Namespace) -> int:
    """Start a server that stays, unless one runs already."""
    folder = (options.folder or discovery.state_folder()).resolve()
    with _start_lock(folder) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another start, at once, finds what this made
        said = discovery.started(folder)
        if said is None:
            client.launch(folder, "server.json", *_serve_options(options))
            # Such as what an earlier server kept, and this one cannot read.
            print(end=(folder / "server.log").read_text(), file=sys.stderr)
            said = discovery.started(folder) or {"url": None}
        else:
            _check_habits(said, options)
    if options.open:
        print(OPEN)
    print(f"Its console, for your browser: {discovery.console(said)}")
    print(f"localaws answers at {said['url']}")
    return 0


def _check_habits(said: dict, options: argparse.Namespace) -> None:
    """Raise RuntimeError where the server that runs is of another kind than wished."""
    if options.enforce_iam and not said["enforce_iam"]:
        habit, option = "does not ask for permissions", "--enforce-iam"
    elif options.open and not said["open"]:
        habit, option = "takes only keys that it gave out", "--open"
    elif said["open"] and not options.open:
        habit, option = "takes any key", "no --open"
    else:
        return
    raise RuntimeError(
        f"the server at {said['url']} {habit}: stop it first, then start it with "
        f"{option}"
    )


def _start_lock(folder: Path) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return (folder / "start.lock").open("w")
    except OSError as error:
        raise RuntimeError(
            f'the folder "{folder}" cannot be written ({error.strerror}): name another '
            "with --folder, or with LOCALAWS_FOLDER"
        ) from None


def stop(options: argparse.Namespace) -> int:
    """Stop the server that `start` started, and wait until it is gone."""
    said = discovery.started(options.folder)
    if said is None:
        print("localaws is not running")
        return 0
    pid = said["pid"]
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 30
    while not _gone(pid):
        if time.monotonic() > end:
            raise RuntimeError(f"process {pid} does not stop")
        time.sleep(0.02)
    print("localaws has stopped")
    return 0


def status(options: argparse.Namespace) -> int:
    """Name the servers that run; exit status 3 where none is there to stay.

    Those of `connect` and `localaws run` are temporary, and nothing that `stop` ends.
    """
    said = discovery.started(options.folder)
    servers = [said] if said else []
    temporary = discovery.temporary_servers()
    for said in [*servers, *temporary]:
        kind = "localaws" if said in servers else "a temporary localaws"
        shown = discovery.console(said)
        print(f"{kind} answers at {shown} (process {said['pid']}, {said['folder']})")
    if servers or temporary:
        print("Open the address in a browser: it shows what is there.")
    else:
        print("localaws is not running")
    return 0 if servers else 3


def run(options: argparse.Namespace) -> int:
    """Run a command against a fresh server and exit with the command's status."""
    command = options.command[options.command[:1] == ["--"] :]
    if not command:
        print("localaws run: name a command after --", file=sys.stderr)
        return 2
    file = options.record_policy
    recording = ["--record-policy", str(file)] if file else []
    if options.open:
        print(f"localaws: {OPEN}", file=sys.stderr)
    connection = client.fresh(client.REGION, *_serve_options(options), *recording)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    try:
        return guard.run(
            command,
            {**kept, **connection.environment},
            spared=connection.server.pid if connection.server else 0,
            grace=guard.GRACE,
        )
    finally:
        connection.stop()


def logs(options: argparse.Namespace) -> int:
    """Print the log of a training, processing or transform job."""
    connection = client.connect(options.url)
    try:
        printed = [_print_log(options.job, kind) for kind in JOBS]
    finally:
        connection.stop()
    if any(printed):
        return 0
    print(f'localaws: no log of a job "{options.job}"', file=sys.stderr)
    return 1


def _print_log(job: str, kind: str) -> bool:
    """Print the log of a job of a kind; return whether there is one.

    Its streams are asked for by name: moto takes a prefix that fits none for all.
    """
    import boto3
    from botocore.exceptions import ClientError

    client, group = boto3.client("logs"), {"logGroupName": f"/aws/sagemaker/{kind}"}
    try:
        rows = client.describe_log_streams(**group, logStreamNamePrefix=f"{job}/")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return False
    names = [row["logStreamName"] for row in rows["logStreams"]]
    if names:
        pages = client.get_paginator("filter_log_events")
        for page in pages.paginate(**group, logStreamNames=names):
            for event in page["events"]:
                print(event["message"])
    return bool(names)


def serve(options: argparse.Namespace) -> int:
    """Serve in this process: what `start`, `run` and `connect` start."""
    os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    gc.disable()  # until the server answers: what is loaded now stays
    from localaws.server import serve

    options.folder.mkdir(parents=True, exist_ok=True)
    serve(
        options.folder,
        options.port,
        ephemeral=options.ephemeral,
        ready=options.ready,
        paths=options.paths,
        enforce_iam=options.enforce_iam,
        open_door=options.open,
        record_policy=options.record_policy,
    )
    return 0


def _gone(pid: int) -> bool:
    """Return whether a process has ended, be it waited for or not."""
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "Z"
    except ProcessLookupError:
        return True
    except OSError:  # no /proc here
        return False


def _serve_options(options: argparse.Namespace) -> list[str]:
    habits = ["--enforce-iam"] if options.enforce_iam else []
    habits += ["--open"] if options.open else []
    return ["--port", str(options.port), "--paths", options.paths, *habits]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("localaws", description="An AWS on this machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    server, place = _server_options(), argparse.ArgumentParser(add_help=False)
    place.add_argument("--folder", type=Path, help="where the state is kept")

    def command(
        function: Command, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        name, text = function.__name__, function.__doc__ or ""
        if function is serve:  # is for the others, and in no list
            added = commands.add_parser(name, parents=parents, description=text)
        else:
            added = commands.add_parser(
                name, parents=parents, description=text, help=text.partition("\n")[0]
            )
        added.set_defaults(run=function)
        return added

    for function, *parents in ((start, server, place), (stop, place), (status, place)):
        command(function, *parents)
    running = command(run, server)
    running.add_argument(
        "--record-policy",
        type=_new_file,
        metavar="FILE",
        help="write the smallest policies that the command needed, as JSON",
    )
    running.add_argument("command", nargs=argparse.REMAINDER)
    log = command(logs)
    log.add_argument("job")
    log.add_argument("--url", help="default: the server that runs")
    serving = command(serve, server, place)
    serving.add_argument("--ephemeral", action="store_true")
    serving.add_argument("--record-policy", type=Path)
    serving.add_argument("--ready", type=Path, required=True)
    return parser


def _new_file(text: str) -> Path:
    """Return the path of a file that can be written, before anything is run."""
    path = Path(text).absolute()
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f'"{text}" cannot be written as a file')
    return path


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 2**16):
        expected = "write a number from 0 to 65535, 0 for a free one"
        raise argparse.ArgumentTypeError(f'"{text}" is no port: {expected}')
    return int(text)


def _server_options() -> argparse.ArgumentParser:
    server = argparse.ArgumentParser(add_help=False)
    server.add_argument("--port", type=_port, default=0, help="default: a free one")
    default = os.environ.get(PATHS, "auto")
    server.add_argument(
        "--paths", choices=MODES, default=default, help="how a job sees /opt/ml"
    )
    habits = server.add_mutually_exclusive_group()
    habits.add_argument(
        "--open",
        action="store_true",
        help="take any key, or none, as moto's own server does; with /moto-api",
    )
    habits.add_argument(
        "--enforce-iam",
        action="store_true",
        help="answer only what the caller's policies allow",
    )
    return server


if __name__ == "__main__":
    sys.exit(main())
