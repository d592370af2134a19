"""The function that an integration names, and whether API Gateway may call it."""

from __future__ import annotations

import json
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from typing import Any

from localaws.api.errors import ServiceError
from localaws.api.registry import Context
from localaws.functions.instance import INIT, Event, Outcome
from localaws.functions.invocation import Called, Functions
from localaws.gateway.documents import bad
from localaws.iam.identity import find_role, of_role, refusal, trusts
from localaws.iam.invokers import may_invoke
from localaws.iam.permissions import Need
from localaws.neighbours.guards import refused

SERVICE = "apigateway.amazonaws.com"
MOST = 6 * 1024 * 1024  # bytes of an event
AT_ONCE = 64  # calls that are waited for no longer than an API allows
_PATH = re.compile(
    r"arn:[\w-]+:apigateway:[\w-]+:lambda:path/2015-03-31/functions/(.+)/invocations"
)
_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_NAMED = r"(?:[\w-]|\$\{stageVariables\.\w+\})+"
_ARN = re.compile(
    rf"arn:[\w-]+:lambda:[\w-]+:\d{{12}}:function:{_NAMED}(?::{_NAMED}|:\$LATEST)?"
)
_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+")


class Rejected(Exception):
    """The function was not called: it is not there, or may not be, or not now."""


class Slow(Exception):
    """The function has not answered within the time that the integration allows."""


class TooLarge(Exception):
    """The event would be larger than what a function takes."""


def function_of(uri: str) -> str | None:
    """Return the ARN of the function that a URI names, or None.

    It may have variables of a stage in it.
    """
    found = _PATH.fullmatch(uri)
    arn = found[1] if found else uri
    return arn if _ARN.fullmatch(arn) else None


def check_credentials(role: str | None) -> None:
    """Refuse credentials that are not those of a role."""
    if role and "user/*" in role:
        raise refused("localaws calls no function as the caller: name a role.")
    if role and not _ROLE.fullmatch(role):
        raise bad("Invalid ARN specified in the request: credentials are a role's ARN")


@dataclass
class Targets:
    """Calls functions for APIs."""

    context: Context
    functions: Functions

    def __post_init__(self) -> None:
        # Waits for functions that may take longer than their API wants to wait.
        self._waiters = ThreadPoolExecutor(AT_ONCE, "gateway")

    def close(self) -> None:
        """Start nothing more; what runs is ended with its process."""
        self._waiters.shutdown(wait=False, cancel_futures=True)

    def call(
        self,
        uri: str,
        variables: dict[str, str],
        event: dict[str, Any],
        source: str,
        role: str | None = None,
        seconds: float = 29.0,
    ) -> Outcome:
        """Call the function of a URI; raises Rejected, Slow and TooLarge.

        `source` is the ARN of the method, which the function's policy may name.
        """
        name = function_of(uri) or ""
        arn = _VARIABLE.sub(lambda found: variables.get(found[1], ""), name)
        called = self._found(arn)
        self._check(arn, source, role)
        body = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
        if len(body) > MOST:
            raise TooLarge
        ask = Event(str(uuid.uuid4()), body, called.arn)
        return self._waited(called, ask, seconds)

    def _found(self, arn: str) -> Called:
        try:
            return self.functions.find(arn, None, (*arn.split(":"), "", "", "", "")[3])
        except (ServiceError, KeyError) as error:
            raise Rejected(str(error)) from None

    def _check(self, arn: str, source: str, role: str | None) -> None:
        account = self.context.account
        if not role:
            if not may_invoke(account, arn, source, SERVICE):
                raise Rejected("Invalid permissions on Lambda function")
            return
        found = find_role(account, role)
        if found is None or not trusts(account, role, SERVICE):
            raise Rejected(f"API Gateway cannot assume the role {role}")
        who = of_role(account, found, "BackplaneAssumeRoleSession")
        if why := refusal(account, who, [Need("lambda:InvokeFunction", arn)]):
            raise Rejected(why)

    def _waited(self, called: Called, event: Event, seconds: float) -> Outcome:
        """Call a function, in this thread where it cannot take too long."""
        try:
            if called.plan.timeout + INIT <= seconds:
                return self.functions.call(called, event)
            waiting = self._waiters.submit(self.functions.call, called, event)
        except ServiceError as error:
            raise Rejected(error.message) from None
        try:
            return waiting.result(seconds)
        except ServiceError as error:
            raise Rejected(error.message) from None
        except Late:
            waiting.cancel()  # where it has not begun
            raise Slow from None
