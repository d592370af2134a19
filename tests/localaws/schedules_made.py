"""Schedules for tests, the time that passes for them, and what they deliver."""

from contextlib import contextmanager
from datetime import UTC, datetime

from localaws.eventbridge import deliveries
from localaws.eventbridge.deliveries import Deliveries


def at(moment):
    """Return the expression of a moment, in UTC."""
    return f"at({datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S})"


@contextmanager
def delivering(context, patch, send):
    """Call `send` with what targets would be sent, for a while."""
    patch.setattr(deliveries, "send", send)
    made = context.add(Deliveries(context))
    made.start()
    yield
    context.closing.set()
    made.close()


def passed(context, seconds):
    """Let seconds pass, and await what they bring."""
    end = context.clock.now() + seconds
    while (left := end - context.clock.now()) > 0:
        context.clock.advance(min(left, 60))
        assert context.part(Deliveries).idle(10)
