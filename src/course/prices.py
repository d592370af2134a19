"""The price lists that lessons use: that of localaws, and what a request costs."""

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
    "invocation",
]

# On x86 and in REGION, as SEEN, without the free tier and above it, up to 6 billion
# GB-seconds a month. https://aws.amazon.com/lambda/pricing/
LAMBDA_REQUEST = 0.20e-6  # dollars a request
LAMBDA_GB_SECOND = 0.0000166667  # dollars for a GB of memory in a second
# https://aws.amazon.com/api-gateway/pricing/
HTTP_API_REQUEST = 1.00e-6  # dollars a request of up to 512 kB


def invocation(memory: float, milliseconds: float) -> float:
    """Return the dollars of an invocation with `memory` MB, billed for so long."""
    seconds = milliseconds / 1000
    return LAMBDA_REQUEST + memory / 1024 * seconds * LAMBDA_GB_SECOND
