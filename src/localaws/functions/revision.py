"""A function as it was at one moment: its code and configuration, ready to be run."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from moto.awslambda.models import LambdaFunction, lambda_backends

from localaws.api.registry import Context
from localaws.functions.code import MOST, BadCode, unzip
from localaws.functions.image import Start, started
from localaws.iam.identity import trusts
from localaws.iam.roles import assume
from localaws.machine.files import remove
from localaws.machine.sandbox import Process, Sandbox
from localaws.machine.view import View

SERVICE = "lambda.amazonaws.com"
BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
TASK, LAYERS, RUNTIME = "/var/task", "/opt", "/var/runtime"
HERE = f"python{sys.version_info.major}.{sys.version_info.minor}"
MIB = 1024 * 1024


class CannotStart(Exception):
    """Why no process of a function can be started: AWS's error code, and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Plan:
    """What of a function matters to its processes."""

    name: str
    region: str
    arn: str  # without a version
    version: str
    runtime: str
    handler: str
    role: str
    memory: int  # MiB
    timeout: int  # seconds
    room: int  # MiB of /tmp
    variables: dict[str, str]
    hashes: tuple[str, ...]  # of the code and of the layers
    archives: tuple[bytes, ...] = field(repr=False, compare=False)
    image: Start | None = None

    @cached_property
    def key(self) -> str:
        """What two plans have in common that run alike."""
        members = {name: value for name, value in vars(self).items() if name != "key"}
        members.pop("archives")
        members["image"] = str(self.image)
        text = json.dumps(members, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    @property
    def group(self) -> str:
        """The log group of the function."""
        return f"/aws/lambda/{self.name}"

    @property
    def note(self) -> str:
        """What differs from AWS, for the log."""
        if self.image:
            return self.image.note
        if self.runtime == HERE:
            return ""
        return f"localaws: the runtime is {self.runtime} (here: {HERE})."


def plan_of(function: LambdaFunction) -> Plan:
    """Return the plan of a record of moto; raise CannotStart where there is no code."""
    start, record = None, cast(Any, function)  # it has an attribute of ours
    if function.package_type == "Image":
        start = started(record.image_start, function.image_config)
    backend = lambda_backends[function.account_id][function.region]
    layers = [backend.layers_versions_by_arn(row["Arn"]) for row in function.layers]
    if missing := [
        r["Arn"] for r, v in zip(function.layers, layers, strict=True) if not v
    ]:
        raise CannotStart("ResourceNotFoundException", f"No layer {missing[0]}.")
    sources: list[Any] = [function, *layers]
    version = str(function.version)
    arn = function.function_arn
    return Plan(
        name=function.function_name,
        region=function.region,
        arn=arn if version == "$LATEST" else arn.removesuffix(f":{version}"),
        version=version,
        runtime=function.run_time or "",
        handler=start.handler if start else function.handler or "",
        role=function.role,
        memory=int(function.memory_size),
        timeout=int(function.timeout),
        room=int(function.ephemeral_storage),
        variables=dict(function.environment_vars),
        hashes=tuple(source.code_sha_256 for source in sources),
        archives=tuple(source.code_bytes for source in sources),
        image=start,
    )


PYTHONS = re.compile(r"python3\.\d{1,2}")


def unrunnable(runtime: str | None) -> str:
    """Return why functions of a runtime do not run here, or nothing."""
    if PYTHONS.fullmatch(runtime or ""):
        return ""
    return (
        f'localaws runs functions in Python: the runtime "{runtime}" would not run '
        f"here. Use one of Python, such as {HERE}."
    )


def cores(memory: int) -> int:
    """Return with how many threads a function computes: a core for each 1,769 MB.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    """
    return max(1, min(os.cpu_count() or 1, memory // 1769))


class Revision:
    """A plan with its files on this machine, shared by all its processes."""

    def __init__(self, context: Context, plan: Plan, folder: Path) -> None:
        self.context, self.plan, self.folder = context, plan, folder
        self._preparing = threading.Lock()  # guards the files: they are made once
        self._sandbox: Sandbox | None = None
        self._credentials: dict[str, str] = {}

    def start(self, token: str, stream: str) -> Process:
        """Start a process that answers for `token`; raise CannotStart."""
        sandbox = self.prepared()
        plan, task = self.plan, sandbox.folder / "task"
        layers = sandbox.folder / "layers"
        shown = [(TASK, task), (RUNTIME, BOOTSTRAP.parent)]
        shown += [(f"{LAYERS}/{one.name}", one) for one in sorted(layers.iterdir())]
        # Elsewhere than in a namespace, a process finds its code where it lies.
        own = sandbox.namespace
        root, top = (TASK, LAYERS) if own else (str(task), str(layers))
        packages = f"{top}/python/lib/{HERE}/site-packages"
        return sandbox.start(
            [str(sandbox.programs / "python"), *self._program(own, root)],
            {
                **self._variables(token, stream),
                "LAMBDA_TASK_ROOT": root,
                "LD_LIBRARY_PATH": f"{root}:{root}/lib:{top}/lib",
                "LOCALAWS_FUNCTION_PATH": f"{root}:{packages}:{top}/python",
                **({"TMPDIR": "/tmp", "HOME": "/tmp"} if own else {}),
            },
            cwd=root,
            limits={"nofile": 1024},
            view=View([one for one in shown if one[1].is_dir()], plan.room * MIB),
        )

    def _program(self, own: bool, root: str) -> list[str]:
        """Return what Python runs: our client of the Runtime API, or the image's."""
        if self.plan.image and (words := self.plan.image.program):
            inside = f"{TASK}/"
            return [
                f"{root}/{one.removeprefix(inside)}" if one.startswith(inside) else one
                for one in words
            ]
        return ["-P", f"{RUNTIME}/{BOOTSTRAP.name}" if own else str(BOOTSTRAP)]

    def shown(self, text: str) -> str:
        """Return a line of the log with the paths that AWS would show."""
        if self._sandbox is None or self._sandbox.namespace:
            return text
        text = text.replace(str(self._sandbox.folder / "task"), TASK)
        return text.replace(str(self._sandbox.folder / "layers"), LAYERS)

    def remove(self) -> None:
        """Delete the files; no process may be left."""
        remove(self.folder)

    def prepared(self) -> Sandbox:
        """Return where its files are, which are made once; raise CannotStart."""
        with self._preparing:
            if not trusts(self.context.account, self.plan.role, SERVICE):
                raise CannotStart(
                    "AccessDeniedException",
                    "The role defined for the function cannot be assumed by Lambda.",
                )
            if self._sandbox is None:
                remove(self.folder)
                try:
                    self._sandbox = self._unpacked()
                except BadCode as error:
                    raise CannotStart("InvalidZipFileException", str(error)) from None
            if not self._credentials:
                session = f"{self.plan.name}--"[:64] if len(self.plan.name) < 2 else ""
                session = session or self.plan.name[:64]
                self._credentials = assume(self.context, self.plan.role, session)
            return self._sandbox

    def _unpacked(self) -> Sandbox:
        paths, server = self.context.paths, self.context.folder
        sandbox = Sandbox(self.folder, paths=paths, hostname="localhost", server=server)
        left = MOST
        for number, data in enumerate(self.plan.archives):
            folder = sandbox.folder / ("layers" if number else "task")
            folder = sandbox.folder if self.plan.image else folder
            left -= unzip(data, folder, left)
        for name in ("task", "layers"):
            (sandbox.folder / name).mkdir(exist_ok=True)
        return sandbox

    def _variables(self, token: str, stream: str) -> dict[str, str]:
        """Return a process's variables: the function's own come before AWS's.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
        """
        plan, address = self.plan, self.context.url.removeprefix("http://")
        return {
            "OMP_NUM_THREADS": str(
                max(1, min(os.cpu_count() or 1, plan.memory // 1769))
            ),
            "TZ": ":UTC",
            **(plan.image.variables if plan.image else {}),
            **plan.variables,
            "_HANDLER": plan.handler,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{plan.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": plan.name,
            "AWS_LAMBDA_FUNCTION_VERSION": plan.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(plan.memory),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": plan.group,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_LAMBDA_RUNTIME_API": f"{address}/_runtime/{token}",
            "LAMBDA_RUNTIME_DIR": RUNTIME,
            "AWS_REGION": plan.region,
            "AWS_DEFAULT_REGION": plan.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.context.url,
            "LOCALAWS_URL": self.context.url,
            **self._credentials,
        }
