"""The registry of operations and routes, and what a handler is given."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localaws.store import Store, Table

Handler = Callable[["Call"], dict[str, Any]]
Route = Callable[..., Any]

OPERATIONS: dict[str, Handler] = {}
ROUTES: list[tuple[re.Pattern[str], Route]] = []


@dataclass
class Context:
    """What the whole server shares: its address, folder and records."""

    url: str
    account: str
    folder: Path
    store: Store
    paths: str = "auto"  # how a job sees /opt/ml: "namespace", "substitution", "auto"
    enforce_iam: bool = False  # whether callers are asked for permissions
    own_key: str = field(default_factory=lambda: f"LOCALAWS{secrets.token_hex(6)}")
    credentials: dict[str, str] = field(default_factory=dict)  # of the execution role
    log_read: float = float("-inf")  # when a client last read a log, on time.monotonic
    fleet: Any = None  # the endpoints that are alive
    keeper: Any = None  # keeps moto's state, where the server is to be started again
    closing: threading.Event = field(default_factory=threading.Event)
    starters: list[Callable[[], None]] = field(default_factory=list)
    closers: list[Callable[[], None]] = field(default_factory=list)

    def on_close(self, function: Callable[[], None]) -> None:
        """Call `function` when the server stops, before its folder is removed."""
        self.closers.append(function)

    def client(self, service: str, region: str) -> Any:
        """Return a boto3 client of this very server, for the runner's own use."""
        from localaws.aws import client

        return client(self, service, region)


@dataclass(frozen=True)
class Call:
    """One validated request to a SageMaker operation."""

    operation: str
    input: dict[str, Any]
    region: str
    context: Context

    def table(self, kind: str) -> Table:
        """Return the records of one kind of resource in the caller's region."""
        return self.context.store.table(kind, self.region)


def operation(name: str) -> Callable[[Handler], Handler]:
    """Register a function as the SageMaker operation `name` (`"CreateModel"`).

    The function takes a `Call` and returns the output members as JSON values, times
    as seconds since 1970; it raises `errors.ServiceError`.
    """

    def register(function: Handler) -> Handler:
        OPERATIONS[name] = function
        return function

    return register


def route(pattern: str) -> Callable[[Route], Route]:
    """Register a function for the paths that `pattern` matches in full.

    It is called as `function(context, request, region, **groups)` with a werkzeug
    request and returns a werkzeug response, or raises `errors.ServiceError`.
    """

    def register(function: Route) -> Route:
        ROUTES.append((re.compile(pattern), function))
        return function

    return register
