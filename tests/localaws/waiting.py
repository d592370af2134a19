"""Waiting for something that happens soon, elsewhere."""

import time

from botocore.exceptions import ClientError


def until(condition, seconds=20):
    """Return the first true value of `condition()`; AssertionError when it is late.

    A resource that is not there yet, such as a log group, is no true value. Most of the
    time is left to whoever brings it about.
    """
    end = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        try:
            if found := condition():
                return found
        except ClientError as error:
            assert time.monotonic() < end, f"not within {seconds} s: {error}"
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(max(0.005, 2 * (time.monotonic() - began)))


def ended(ask, over):
    """Return the first answer of `ask()` of which `over` holds, and that stays."""
    while not over(found := ask()):
        time.sleep(0.05)
    return found
