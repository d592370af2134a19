"""The one registry of operations and pages, and what their handlers work with."""

from __future__ import annotations

import functools
import gzip
import json
import os
import re
import secrets
import threading
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import boto3
import moto.core.utils
from botocore.config import Config
from botocore.loaders import JSONFileLoader, Loader
from werkzeug.wrappers import Request, Response

from localaws.api.clock import Clock

Part = TypeVar("Part")
Operation = Callable[["Call"], "dict[str, Any] | Response"]
Handler = TypeVar("Handler", bound=Operation)
Page = TypeVar("Page", bound=Callable[..., "Response | None"])

OPERATIONS: dict[tuple[str, str], Operation] = {}  # by service, as botocore names it
PAGES: list[tuple[re.Pattern[str], Callable[..., Response | None]]] = []
UNLOCKED: list[re.Pattern[str]] = []  # of those pages that want no key
# What the console shows besides records: by its heading, labels and addresses.
LISTS: dict[str, Callable[[Context], list[tuple[str, str]]]] = {}

# The header in which a request says what has led to it, and its value of the request
# that a thread answers.
TRACE = "HTTP_X_AMZN_TRACE_ID"
LED: ContextVar[str] = ContextVar("led", default="")

_CONFIG = Config(
    s3={"addressing_style": "path"},
    retries={"total_max_attempts": 2},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    max_pool_connections=32,
)


class Lean(JSONFileLoader):
    """Reads botocore's models without their documentation, two thirds of their size."""

    def load_file(self, file_path: str) -> Any:
        """Return what a file holds, or None where there is none."""
        for ending, opened in ((".json", open), (".json.gz", gzip.open)):
            if os.path.isfile(file_path + ending):
                with opened(file_path + ending, "rb") as file:
                    return json.loads(file.read(), object_hook=_undocumented)
        return None


def _undocumented(members: dict[str, Any]) -> dict[str, Any]:
    if isinstance(members.get("documentation"), str):
        members["documentation"] = ""
    return members


Loader.FILE_LOADER_CLASS = Lean  # of boto3's clients in this process, and of moto
# moto makes a loader for each model, and each lists the folders of all services again.
moto.core.utils.create_loader = functools.cache(moto.core.utils.create_loader)


class Clients:
    """Clients at the server's own address, each made once and shared by threads.

    They sign with the server's own key, which no policy limits.
    """

    def __init__(self, url: str, key: str, secret: str) -> None:
        self._url = url
        self._session = boto3.Session(key, secret, region_name="us-east-1")
        # Guards the making of clients: boto3's sessions are not safe to share then.
        self._making = threading.Lock()
        self._made: dict[tuple[str, str, str], Any] = {}

    def get(self, service: str, region: str, owner: str = "") -> Any:
        """Return the client of `service`; `owner` sets it apart from those of others.

        What an owner registers on its client's events concerns nobody else.
        """
        key = service, region, owner
        with self._making:
            if key not in self._made:
                self._made[key] = self._session.client(
                    service, region, endpoint_url=self._url, config=_CONFIG
                )
            return self._made[key]


class Context:
    """What the whole server shares: its address, its folder, clients and parts.

    A part is the one object of its class that a server has, such as its records or
    its endpoints. The module that answers for it adds it when the server starts.
    """

    def __init__(
        self,
        url: str,
        account: str,
        folder: Path,
        paths: str = "auto",
        enforce_iam: bool = False,
        open_door: bool = False,
    ) -> None:
        self.url = url
        self.account = account
        self.folder = folder
        self.paths = (
            paths  # how a job sees /opt/ml: "namespace", "substitution", "auto"
        )
        self.enforce_iam = enforce_iam  # whether callers are asked for permissions
        self.open_door = open_door  # whether unknown keys, and none, are taken too
        self.own_key = f"LOCALAWS{secrets.token_hex(6)}"
        self.own_secret = secrets.token_urlsafe(30)
        self.page_key = secrets.token_urlsafe(18)  # of the server's own pages
        self.clients = Clients(url, self.own_key, self.own_secret)
        self.credentials: dict[str, str] = {}  # of the execution role
        self.log_read = float("-inf")  # when a client last read a log, monotonic
        self.clock = Clock()
        self.closing = threading.Event()  # set once, when the server begins to end
        self.starters: list[Callable[[], None]] = []
        self.closers: list[Callable[[], None]] = []
        self._parts: dict[type, Any] = {}

    def add(self, part: Part) -> Part:
        """Make `part` the server's one object of its class, and return it."""
        self._parts[type(part)] = part
        return part

    def part(self, kind: type[Part]) -> Part:
        """Return the server's object of this class; KeyError before it was added."""
        return self._parts[kind]

    def find(self, kind: type[Part]) -> Part | None:
        """Return the server's object of this class, or None where it has none."""
        return self._parts.get(kind)

    def on_start(self, function: Callable[[], None]) -> None:
        """Call `function` when requests are answered, in the order of these calls."""
        self.starters.append(function)

    def on_close(self, function: Callable[[], None]) -> None:
        """Call `function` when the server stops, before its folder is removed."""
        self.closers.append(function)


@dataclass(frozen=True)
class Call:
    """One validated request to an operation.

    `input` has the members of the operation's input shape, times as seconds since
    1970; a body that is data, such as that of an invocation, stays in `request`.
    """

    operation: str
    input: dict[str, Any]
    region: str
    context: Context
    request: Request = field(repr=False)


def operation(name: str, service: str = "sagemaker") -> Callable[[Handler], Handler]:
    """Register a function as the operation `name` of a service ("CreateModel").

    The function takes a `Call`. It returns the members of the operation's output,
    times as seconds since 1970, or a whole response where that is data; it raises
    `errors.ServiceError`. ValueError where the operation has another one already.
    """

    def register(function: Handler) -> Handler:
        if (service, name) in OPERATIONS:
            raise ValueError(f"{name} of {service} has two handlers")
        OPERATIONS[service, name] = function
        return function

    return register


def page(pattern: str, *, locked: bool = True) -> Callable[[Page], Page]:
    """Register a function for the paths of no service that `pattern` matches in full.

    It is called as `function(context, request, region, **groups)` with a werkzeug
    request and returns a werkzeug response, or None to leave the request to others.
    Of a page that is not locked nobody is asked for the server's key, and pages of
    other origins may ask for it: it sees itself who may.
    """
    compiled = re.compile(pattern)

    def register(function: Page) -> Page:
        PAGES.append((compiled, function))
        UNLOCKED.extend([] if locked else [compiled])
        return function

    return register
