"""Who has called whom: functions that call each other in a circle are stopped.

A request that a function sends says in a header what led to it: the AWS SDKs see to
that. What it brings about, an event or a message, is noted with it.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from typing import Any
from urllib.parse import unquote

from moto.sqs.models import Message

from localaws.api.registry import LED

MOST = 16  # calls of one function that one event may lead to
LONG = 2000  # characters of a header that is read
_LINEAGE = re.compile(r"Lineage=([0-9a-f:,]*)")

_made: Any = Message.__init__


class Loop(Exception):
    """A function has been called too often because of one event."""


def setup() -> None:
    """Note with each message what has led to it."""
    patched: Any = Message
    patched.__init__ = _message


def current() -> str:
    """Return what has led to what this thread does now."""
    return unquote(LED.get()[:LONG])


def of_messages(messages: list[Message]) -> str:
    """Return what has led to messages: the longest of their traces."""
    return max((getattr(one, "trace", "") for one in messages), key=total, default="")


def followed(trace: str, arn: str) -> str:
    """Return a trace with one more call of a function; raises Loop.

    Its Lineage has a number for each function that was called: "0a1b2c3d:2,...".
    """
    name = hashlib.sha256(arn.encode()).hexdigest()[:8]
    counts = _counts(trace)
    counts[name] = counts.get(name, 0) + 1
    if counts[name] > MOST:
        raise Loop(f"{arn} was called {MOST} times because of one event: it is stopped")
    lineage = ",".join(f"{one}:{count}" for one, count in counts.items())
    root = f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    given = re.match(r"Root=[\w-]+", trace)
    parent = f"Parent={secrets.token_hex(8)};Sampled=0"
    return f"{given[0] if given else root};{parent};Lineage={lineage}"


def total(trace: str) -> int:
    """Return how many calls a trace has."""
    return sum(_counts(trace).values())


def _counts(trace: str) -> dict[str, int]:
    found = _LINEAGE.search(trace)
    parts = [one.split(":") for one in (found[1] if found else "").split(",")]
    return {
        one[0]: int(one[1][:9]) for one in parts if len(one) == 2 and one[1].isdigit()
    }


def _message(self: Any, *given: Any, **more: Any) -> None:
    _made(self, *given, **more)
    self.trace = current()
