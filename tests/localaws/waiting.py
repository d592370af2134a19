"""Waiting for something that happens soon, elsewhere."""

import time

from botocore.exceptions import ClientError


def until(condition, seconds=20):
    """Return the first true value of `condition()`; AssertionError when it is late.

    A resource that is not there yet, such as a log group, is no true value.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            if found := condition():
                return found
        except ClientError as error:
            assert time.monotonic() < end, f"not within {seconds} s: {error}"
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.005)
