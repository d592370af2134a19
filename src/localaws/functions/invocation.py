"""A function is found, and called."""

from __future__ import annotations

import json
import logging
import random
import re
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends

from localaws.api.errors import ServiceError
from localaws.api.registry import Context
from localaws.functions import trace
from localaws.functions.instance import Event, Outcome
from localaws.functions.pool import Pool, Throttled
from localaws.functions.revision import CannotStart, Plan, plan_of, unrunnable
from localaws.neighbours.guards import refused

LOOP = "RecursiveInvocationException"
_PARTIAL = re.compile(r"\d{12}:(?:function:)?(.+)")  # an ARN without its beginning
_ARN = re.compile(r"arn:[\w-]+:lambda:([\w-]+):\d{12}:function:(.+)")

logger = logging.getLogger("localaws")


@dataclass(frozen=True)
class Called:
    """A function as somebody has called it, by name or ARN, version or alias."""

    function: LambdaFunction
    latest: LambdaFunction  # has what holds for all versions
    arn: str  # with what it was called by
    reserved: int | None  # how often it may run at once

    @property
    def plan(self) -> Plan:
        """What runs; raises ServiceError where that is not possible here."""
        words = unrunnable(self.function.run_time)
        if words and self.function.package_type == "Zip":
            raise refused(words)
        return plan_of(self.function)


@dataclass
class Functions:
    """The functions of this server: found in moto's records, run in the sandbox."""

    context: Context
    pool: Pool = field(init=False)

    def __post_init__(self) -> None:
        self.pool = Pool(self.context, self.is_current)

    def find(self, name: str, qualifier: str | None, region: str) -> Called:
        """Return a function; ServiceError where there is none of that name.

        An alias with weights may lead to either of its versions.
        """
        partial = _PARTIAL.fullmatch(name)
        name = partial[1] if partial else name
        if whole := _ARN.fullmatch(name):
            region, name = whole.groups()
        name, _, own = name.partition(":")
        qualifier = own or qualifier
        backend = lambda_backends[self.context.account][region]
        try:
            version = self._version(backend, name, qualifier)
            found = backend.get_function(name, version)
            latest = backend.get_function(name)
        except LambdaClientError as error:
            text = str(error.message)
            raise ServiceError("ResourceNotFoundException", text, 404) from None
        arn = f"{latest.function_arn}:{qualifier}" if qualifier else latest.function_arn
        kept = latest.reserved_concurrency
        return Called(found, latest, arn, None if kept is None else int(kept))

    def is_current(self, plan: Plan) -> bool:
        """Return whether a function is still as a plan says."""
        backend = lambda_backends[self.context.account][plan.region]
        try:
            found = backend.get_function(plan.name, plan.version)
            return plan_of(found).key == plan.key
        except (LambdaClientError, CannotStart, AttributeError):
            return False

    def call(self, called: Called, event: Event) -> Outcome:
        """Run a function; raises ServiceError where it does not run."""
        try:
            led = trace.followed(event.trace, called.latest.function_arn)
            event = replace(event, trace=led)
        except trace.Loop as error:
            logger.warning("%s", error)
            raise ServiceError(
                LOOP, f"Recursive invocation detected: {error}"
            ) from None
        try:
            return self.pool.work(called.plan, event, called.reserved)
        except Throttled as error:
            members = {"Reason": error.reason, "Type": "User"}
            raise ServiceError(
                "TooManyRequestsException", str(error), 429, **members
            ) from None
        except CannotStart as error:
            raise ServiceError(error.code, str(error)) from None

    def _version(
        self, backend: LambdaBackend, name: str, qualifier: str | None
    ) -> str | None:
        if qualifier is None or qualifier == "$LATEST" or qualifier.isdigit():
            return qualifier
        backend.get_function(name, qualifier)  # or it raises what AWS says
        alias = backend.get_alias(qualifier, name)
        routing: Any = alias.routing_config or {}
        weights = routing.get("AdditionalVersionWeights") or {}
        point = random.random()
        for version, weight in weights.items():
            point -= weight
            if point < 0:
                return str(version)
        return str(alias.function_version)


def event_of(body: bytes, arn: str, client_context: str = "") -> Event:
    """Return a new event; ServiceError where its body is no JSON."""
    body = body.strip() or b"{}"
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        text = f"Could not parse request body into json: {error}"
        raise ServiceError("InvalidRequestContentException", text) from None
    return Event(str(uuid.uuid4()), body, arn, client_context, trace.current())


def now() -> str:
    """Return the time as events of functions have it, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")[:23] + "Z"
