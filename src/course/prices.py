"""The price list of localaws, where lessons import it from."""

from localaws.machine.prices import (
    PER_GB,
    PER_GB_SECOND,
    PER_HOUR,
    REGION,
    SEEN,
    SOURCE,
    dollars,
)

__all__ = [
    "PER_GB",
    "PER_GB_SECOND",
    "PER_HOUR",
    "REGION",
    "SEEN",
    "SOURCE",
    "dollars",
]
