"""Schedules for tests."""

from datetime import UTC, datetime


def at(moment):
    """Return the expression of a moment, in UTC."""
    return f"at({datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S})"
