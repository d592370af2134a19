"""The command line: `localaws start · stop · status · run -- COMMAND · logs JOB`."""

from __future__ import annotations

import argparse
import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from localaws import client
from localaws.machine.sandbox import MODES, PATHS

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
    folder = options.folder or client.state_folder()
    url = client.started_url(folder)
    if url is None:
        folder.mkdir(parents=True, exist_ok=True)
        log, ready = folder / "server.log", folder / "server.json"
        command = [sys.executable, "-m", "localaws", "serve"]
        places = ["--folder", str(folder), "--ready", str(ready)]
        with log.open("wb") as output:
            server = subprocess.Popen(
                [*command, *places, *_serve_options(options)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=client.server_environment(),
                start_new_session=True,
            )
        client.wait_ready(server, ready, log)
        url = client.started_url(folder)
    elif options.enforce_iam and not client.ask(url)["enforce_iam"]:
        raise RuntimeError(
            f"the server at {url} does not ask for permissions: stop it first, then "
            "start it with --enforce-iam"
        )
    print(f"localaws answers at {url}")
    return 0


def stop(options: argparse.Namespace) -> int:
    """Stop the server that `start` started, and wait until it is gone."""
    url = client.started_url(options.folder)
    if url is None:
        print("localaws is not running")
        return 0
    pid = client.ask(url)["pid"]
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 30
    while not _gone(pid):
        if time.monotonic() > end:
            raise RuntimeError(f"process {pid} does not stop")
        time.sleep(0.02)
    print("localaws has stopped")
    return 0


def status(options: argparse.Namespace) -> int:
    """Say whether a server runs; exit status 3 when none does."""
    url = client.started_url(options.folder)
    if url is None:
        print("localaws is not running")
        return 3
    said = client.ask(url)
    print(f"localaws answers at {url} (process {said['pid']}, {said['folder']})")
    return 0


def run(options: argparse.Namespace) -> int:
    """Run a command against a fresh server and exit with the command's status."""
    command = options.command[options.command[:1] == ["--"] :]
    if not command:
        print("localaws run: name a command after --", file=sys.stderr)
        return 2
    connection = client.fresh(client.REGION, *_serve_options(options))
    try:
        return _run_command(command, connection)
    finally:
        connection.stop()


def logs(options: argparse.Namespace) -> int:
    """Print the log of a training job."""
    connection = client.connect(options.url)
    import boto3
    from botocore.exceptions import ClientError

    group = "/aws/sagemaker/TrainingJobs"
    cloudwatch = boto3.client("logs")
    pages = cloudwatch.get_paginator("filter_log_events").paginate(
        logGroupName=group, logStreamNamePrefix=f"{options.job}/"
    )
    try:
        for page in pages:
            for event in page["events"]:
                print(event["message"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        print(f'localaws: no log of a job "{options.job}"', file=sys.stderr)
        return 1
    finally:
        connection.stop()
    return 0


def serve(options: argparse.Namespace) -> int:
    """Serve in this process: what `start`, `run` and `connect` start."""
    os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    from localaws.server import serve

    options.folder.mkdir(parents=True, exist_ok=True)
    serve(
        options.folder,
        options.port,
        ephemeral=options.ephemeral,
        ready=options.ready,
        paths=options.paths,
        enforce_iam=options.enforce_iam,
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


def _run_command(command: list[str], connection: client.Connection) -> int:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment = {**kept, **connection.environment}
    try:
        child = subprocess.Popen(command, env=environment, preexec_fn=_die_with_parent)
    except OSError as error:
        print(f"localaws run: {command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to both
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    code = child.wait()
    return 128 - code if code < 0 else code


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _serve_options(options: argparse.Namespace) -> list[str]:
    enforce = ["--enforce-iam"] if options.enforce_iam else []
    return ["--port", str(options.port), "--paths", options.paths, *enforce]


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
    running.add_argument("command", nargs=argparse.REMAINDER)
    log = command(logs)
    log.add_argument("job")
    log.add_argument("--url", help="default: the server that runs")
    serving = command(serve, server, place)
    serving.add_argument("--ephemeral", action="store_true")
    serving.add_argument("--ready", type=Path, required=True)
    return parser


def _server_options() -> argparse.ArgumentParser:
    server = argparse.ArgumentParser(add_help=False)
    server.add_argument("--port", type=int, default=0, help="default: a free one")
    default = os.environ.get(PATHS, "auto")
    server.add_argument(
        "--paths", choices=MODES, default=default, help="how a job sees /opt/ml"
    )
    server.add_argument(
        "--enforce-iam",
        action="store_true",
        help="answer only what the caller's policies allow",
    )
    return server


if __name__ == "__main__":
    sys.exit(main())
